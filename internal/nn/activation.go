package nn

import "github.com/soundspace/soundspace/internal/f32"

// Activation is a function of single values.
type Activation uint8

const (
	Identity  Activation = iota
	ReLU                 // max(x, 0)
	GELU                 // x/2·(1 + erf(x/√2))
	GELUTanh             // x/2·(1 + tanh(√(2/π)·(x + 0.044715x³))), GPT-2's gelu_new
	QuickGELU            // x·sigmoid(1.702x)
	Sigmoid              // 1/(1 + exp(-x))
	Tanh
)

// Apply replaces each x by its function value. NaN stays NaN.
func (a Activation) Apply(x []float32) {
	switch a {
	case Identity:
	case ReLU:
		f32.ReLU(x)
	case GELU:
		f32.GELU(x)
	case GELUTanh:
		f32.GELUTanh(x)
	case QuickGELU:
		f32.QuickGELU(x)
	case Sigmoid:
		f32.Sigmoid(x)
	case Tanh:
		f32.Tanh(x)
	default:
		panic("nn: unknown activation")
	}
}
