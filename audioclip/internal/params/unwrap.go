package params

import (
	"strings"

	"github.com/soundspace/soundspace/internal/checkpoint"
)

// wrappings are what names of weights begin with where training saved them: beside
// the state of an optimiser and the like, and as the module that several devices
// share.
var wrappings = []string{"state_dict.module.", "state_dict.", "model.module.", "model.", "module."}

// Unwrap returns the tensors of a model as it names them itself: without what training
// has wrapped around the names, and without the tensors beside.
func Unwrap(tensors map[string]*checkpoint.Tensor) Map {
	for _, prefix := range wrappings {
		model := Map{}
		for name, t := range tensors {
			if bare, ok := strings.CutPrefix(name, prefix); ok {
				model[bare] = t
			}
		}
		if len(model) > 0 {
			return model
		}
	}
	return tensors
}
