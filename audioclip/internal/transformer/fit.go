package transformer

import (
	"fmt"

	"github.com/soundspace/soundspace/audioclip/internal/params"
)

// Fitting compares the sizes in a config with the shapes of a checkpoint's tensors,
// and takes from them those that are 0. With a config that was fitted, a model asks
// for no more memory than the checkpoint accounts for.
type Fitting struct {
	set *params.Set
	err error
}

// NewFitting returns the Fitting of a set.
func NewFitting(set *params.Set) *Fitting { return &Fitting{set: set} }

// Err returns what did not fit first.
func (f *Fitting) Err() error { return f.err }

// Shape compares sizes with the shape of a tensor.
func (f *Fitting) Shape(name string, sizes ...*int) { f.shape(f.set, name, sizes...) }

// Blocks compares the sizes of a stack, whose blocks are under prefix. Heads must
// be known otherwise.
func (f *Fitting) Blocks(prefix string, names Names, width, layers, feedForward *int) {
	set := f.set.Sub(prefix)
	n := 0
	for set.Sub(names.Block, n).Has(names.Norm1 + ".weight") {
		n++
	}
	if *layers == 0 {
		*layers = n
	}
	if f.err == nil && *layers != n {
		f.err = fmt.Errorf("there are tensors of %d blocks, the config says %d", n, *layers)
	}
	if first := set.Sub(names.Block, 0); names.Transposed {
		f.shape(first, names.Up+".weight", width, feedForward)
	} else {
		f.shape(first, names.Up+".weight", feedForward, width)
	}
}

func (f *Fitting) shape(set *params.Set, name string, sizes ...*int) {
	if f.err != nil {
		return
	}
	shape := set.Shape(name)
	if shape == nil {
		f.err = fmt.Errorf("tensor %s is missing", set.Name(name))
		return
	}
	fits := len(shape) == len(sizes)
	expected := make([]int, len(sizes))
	for i, n := range sizes {
		if fits && *n == 0 {
			*n = shape[i]
		}
		fits = fits && *n == shape[i]
		expected[i] = *n
	}
	if !fits {
		f.err = fmt.Errorf("tensor %s has shape %v, expected %v", set.Name(name), shape, expected)
	}
}
