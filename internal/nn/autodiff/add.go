package autodiff

import (
	"github.com/soundspace/soundspace/internal/f32"
	"github.com/soundspace/soundspace/internal/nn"
)

// Add returns a + b, which have the same shape. If a is pictures, so is the result.
func (t *Tape) Add(a, b *Value) *Value {
	if a.Rows != b.Rows || a.Cols != b.Cols {
		panic("autodiff: Add of values of different shapes")
	}
	y := t.value(a.Rows, a.Cols, a, b)
	y.N, y.H, y.W = a.N, a.H, a.W
	t.forRows(y.Rows, y.Cols, func(i int) {
		copy(y.Row(i), a.Row(i))
		f32.Add(y.Row(i), b.Row(i))
	})
	t.record(y, func(dy nn.Matrix) {
		t.collect(a, func(dst []float32, i int) { copy(dst, dy.Row(i)) })
		t.pass(b, y, nil)
	})
	return y
}
