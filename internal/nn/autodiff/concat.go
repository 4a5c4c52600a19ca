package autodiff

import "github.com/soundspace/soundspace/internal/nn"

// Concat returns the columns of values of as many rows, side by side.
func (t *Tape) Concat(xs ...*Value) *Value {
	cols := 0
	for _, x := range xs {
		if x.Rows != xs[0].Rows {
			panic("autodiff: Concat of values of different numbers of rows")
		}
		cols += x.Cols
	}
	y := t.value(xs[0].Rows, cols, xs...)
	start := 0
	for _, x := range xs {
		for i := range x.Rows {
			copy(y.Row(i)[start:], x.Row(i))
		}
		start += x.Cols
	}
	t.record(y, func(dy nn.Matrix) {
		start := 0
		for _, x := range xs {
			t.collect(x, func(dst []float32, i int) { copy(dst, dy.Row(i)[start:]) })
			start += x.Cols
		}
	})
	return y
}
