// Package optim changes the parameters of networks so that a loss becomes smaller.
//
// A training step is: set the gradients to zero, compute them, limit them with
// ClipNorm, let AdamW change the parameters at the rate of a Schedule, and let EMA
// follow them. Parameters without Grad are frozen: they are passed over.
//
// Results do not depend on the number of workers. What AdamW and EMA hold can be
// written to a file of tensors and read back, bit for bit.
package optim

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/soundspace/soundspace/internal/checkpoint"
	"github.com/soundspace/soundspace/internal/nn/autodiff"
)

// grain is the number of values that are worth a worker.
const grain = 1 << 14

// slot is a tensor beside each parameter, such as a moment of its gradient.
type slot struct {
	prefix string // of its name, before the parameter's
	values [][]float32
}

func (s slot) tensors(params []*autodiff.Param) []*checkpoint.Tensor {
	var list []*checkpoint.Tensor
	for i, v := range s.values {
		if v != nil {
			list = append(list, checkpoint.FromFloats(s.prefix+params[i].Name, params[i].Shape, v))
		}
	}
	return list
}

// check reports whether f has all tensors.
func (s slot) check(params []*autodiff.Param, f *checkpoint.File) error {
	for i, v := range s.values {
		if v == nil {
			continue
		}
		name := s.prefix + params[i].Name
		t := f.Tensor(name)
		if t == nil {
			return fmt.Errorf("there is no tensor %s", name)
		}
		if t.DType != checkpoint.Float32 || !slices.Equal(t.Shape, params[i].Shape) {
			return fmt.Errorf("tensor %s is %v of %v, expected %v of float32", name, t.Shape, t.DType, params[i].Shape)
		}
	}
	return nil
}

func (s slot) restore(params []*autodiff.Param, f *checkpoint.File) {
	for i, v := range s.values {
		if v != nil {
			copy(v, f.Tensor(s.prefix+params[i].Name).Floats())
		}
	}
}

func counter(f *checkpoint.File, key string) (int, error) {
	n, err := strconv.Atoi(f.Metadata[key])
	if err != nil || n < 0 {
		return 0, fmt.Errorf("metadata %s: %q is no number of steps", key, f.Metadata[key])
	}
	return n, nil
}
