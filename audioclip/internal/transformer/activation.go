package transformer

import (
	"fmt"

	"github.com/soundspace/soundspace/internal/nn"
)

// ParseActivation returns the activation of a name in a Hugging Face config.
func ParseActivation(name string) (nn.Activation, error) {
	switch name {
	case "gelu":
		return nn.GELU, nil
	case "gelu_new", "gelu_pytorch_tanh", "gelu_fast":
		return nn.GELUTanh, nil
	case "quick_gelu":
		return nn.QuickGELU, nil
	case "relu":
		return nn.ReLU, nil
	}
	return 0, fmt.Errorf("activation %q is not known", name)
}
