package autodiff

import (
	"github.com/soundspace/soundspace/internal/f32"
	"github.com/soundspace/soundspace/internal/nn"
)

// Linear returns x·wᵀ + b for w [out, in] and b [out], which may be nil.
func (t *Tape) Linear(x *Value, w, b *Param) *Value {
	w.mustBe(0, x.Cols)
	out := w.Shape[0]
	var bias []float32
	if b != nil {
		b.mustBe(out)
		bias = b.Data
	}
	weight := nn.NewMatrix(w.Data, out, x.Cols)
	y := t.value(x.Rows, out, x)
	y.uses(w, b)
	mark := t.c.Mark()
	t.c.Weights(weight).Multiply(t.c, y.Matrix, x.Matrix, bias, nn.Identity, false)
	t.c.Release(mark)
	t.record(y, func(dy nn.Matrix) {
		if w.Grad != nil {
			nn.Gemm(t.c, nn.NewMatrix(w.Grad, out, x.Cols), dy.T(), x.Matrix, 1, 1)
		}
		if b != nil && b.Grad != nil {
			t.sumRows(b.Grad, dy)
		}
		if x.needs {
			dx, fresh := t.gradient(x)
			mark := t.c.Mark()
			t.c.Weights(weight.T()).Multiply(t.c, dx, dy, nil, nn.Identity, !fresh)
			t.c.Release(mark)
		}
	})
	return y
}

// sumRows adds the sum over the rows of x to dst. Rows are added up a few at a
// time first, so that there are fewer large sums to round.
func (t *Tape) sumRows(dst []float32, x nn.Matrix) {
	const block = 64
	t.c.Split(x.Cols, columnGrain, func(c *nn.Context, from, to int) {
		sum := c.Floats(to - from)
		for r := 0; r < x.Rows; r += block {
			clear(sum)
			for i := r; i < min(r+block, x.Rows); i++ {
				f32.Add(sum, x.Row(i)[from:to])
			}
			f32.Add(dst[from:to], sum)
		}
	})
}
