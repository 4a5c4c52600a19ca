// Package autodiff differentiates: it computes the layers of neural networks in
// float32 and, backwards, the gradients of what they were computed from.
//
// A Tape records each operation as it is done. Backward then goes through the
// record from its end and adds to each value's gradient what the chain rule says.
// The derivatives are written by hand, one for each operation, and checked in the
// tests against central differences in float64.
//
// Values are matrices as in package nn: a row is a token, a pixel or a clip, its
// columns are channels; pictures are channel-last. All results, gradients
// included, are the same bit for bit however many workers there are.
package autodiff

import "github.com/soundspace/soundspace/internal/nn"

// Value is a result on a tape.
type Value struct {
	nn.Matrix
	// N, H and W are set where the rows are the pixels of N pictures.
	N, H, W int

	grad  []float32 // nil: none so far
	needs bool      // something that is trained has a part in it
}

// Images views the value as pictures.
func (v *Value) Images() nn.Images {
	if v.N*v.H*v.W != v.Rows {
		panic("autodiff: not pictures")
	}
	return nn.Images{Data: v.Data, N: v.N, H: v.H, W: v.W, C: v.Cols}
}

// Tape records operations. It is not safe for concurrent use; operations are split
// over the workers of its context.
type Tape struct {
	c     *nn.Context
	start nn.Mark
	back  []func()
	// Train tells operations that behave differently in training, such as
	// BatchNorm and Dropout, that this is it. Without, nothing is recorded.
	Train bool
}

// NewTape returns an empty tape, whose values live in the scratch memory of c.
func NewTape(c *nn.Context) *Tape { return &Tape{c: c, start: c.Mark()} }

// Context returns what the tape computes in.
func (t *Tape) Context() *nn.Context { return t.c }

// Reset forgets all that was recorded. Values on the tape must not be used any more.
func (t *Tape) Reset() {
	t.c.Release(t.start)
	clear(t.back)
	t.back = t.back[:0]
}

// Input puts a matrix without gaps on the tape, which has no gradient. It is not copied.
func (t *Tape) Input(m nn.Matrix) *Value {
	if m.Transposed || m.Stride != m.Cols {
		panic("autodiff: a view as input")
	}
	return &Value{Matrix: m}
}

// InputImages puts pictures on the tape, as Input does.
func (t *Tape) InputImages(x nn.Images) *Value {
	return &Value{Matrix: x.Matrix(), N: x.N, H: x.H, W: x.W}
}

// Variable puts a matrix on the tape as Input does, but with a gradient.
func (t *Tape) Variable(m nn.Matrix) *Value {
	v := t.Input(m)
	v.needs = true
	return v
}

// value returns a new value of rows × cols, whose content is not defined, that has
// a gradient if one of those that it is computed from has.
func (t *Tape) value(rows, cols int, from ...*Value) *Value {
	v := &Value{Matrix: t.c.Matrix(rows, cols)}
	for _, f := range from {
		v.needs = v.needs || f.needs
	}
	return v
}

// uses notes that v is computed from parameters, which may be nil: it has a gradient
// if one of them is trained.
func (v *Value) uses(params ...*Param) {
	for _, p := range params {
		v.needs = v.needs || p != nil && p.Grad != nil
	}
}

// record notes how the gradients of what y was computed from follow from its own:
// f is called if y has got one. It must write or add to gradients by gradient.
func (t *Tape) record(y *Value, f func(dy nn.Matrix)) {
	if !t.Train || !y.needs {
		return
	}
	t.back = append(t.back, func() {
		if y.grad != nil {
			f(y.Grad())
		}
	})
}

// Grad returns the gradient of v, a Matrix without Data if there is none. After
// Backward, what is computed on the tape need not have one any more.
func (v *Value) Grad() nn.Matrix {
	return nn.Matrix{Data: v.grad, Rows: v.Rows, Cols: v.Cols, Stride: v.Cols}
}

// gradient returns where the gradient of v is collected. If it is fresh its content
// is not defined and must be overwritten, otherwise it must be added to.
func (t *Tape) gradient(v *Value) (g nn.Matrix, fresh bool) {
	if fresh = v.grad == nil; fresh {
		v.grad = t.c.Floats(v.Rows * v.Cols)
	}
	return v.Grad(), fresh
}

// Backward sets the gradients of the given values, ys[i] to dys[i], and computes from
// them those of all values and parameters that they were computed from. Those of
// parameters are added to what Grad held. It panics if the tape did not record, or if
// the shapes differ.
func (t *Tape) Backward(ys []*Value, dys []nn.Matrix) {
	if !t.Train {
		panic("autodiff: Backward on a tape that does not record: Train is false")
	}
	for i, y := range ys {
		if !y.needs {
			continue
		}
		g, fresh := t.gradient(y)
		if g.Rows != dys[i].Rows || g.Cols != dys[i].Cols {
			panic("autodiff: a gradient of another shape")
		}
		for r := range g.Rows {
			if fresh {
				copy(g.Row(r), dys[i].Row(r))
				continue
			}
			for j, d := range dys[i].Row(r) {
				g.Row(r)[j] += d
			}
		}
	}
	for i := len(t.back) - 1; i >= 0; i-- {
		t.back[i]()
	}
}
