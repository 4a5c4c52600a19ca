package autodiff

import (
	"math"

	"github.com/soundspace/soundspace/internal/f32"
	"github.com/soundspace/soundspace/internal/nn"
)

// LayerNorm scales each row of x to mean 0 and variance 1, then by w, and adds b:
//
//	(x - mean)/√(var + eps)·w + b,  var = Σ(x-mean)²/n
func (t *Tape) LayerNorm(x *Value, w, b *Param, eps float32) *Value {
	w.mustBe(x.Cols)
	b.mustBe(x.Cols)
	y := t.value(x.Rows, x.Cols, x)
	y.uses(w, b)
	norm := nn.LayerNorm{Weight: w.Data, Bias: b.Data, Eps: eps}
	norm.Apply(t.c, y.Matrix, x.Matrix)
	t.record(y, func(dy nn.Matrix) { t.layerNormBackward(x, dy, w, b, eps) })
	return y
}

// layerNormBackward computes, with h = (x-mean)·s and s = 1/√(var + eps),
//
//	dx = s·(g - mean(g) - h·mean(g·h)),  g = dy·w
//	dw = Σ dy·h,  db = Σ dy
//
// The sums over rows are those of fixed groups of rows first.
func (t *Tape) layerNormBackward(x *Value, dy nn.Matrix, w, b *Param, eps float32) {
	const group = 64
	cols := x.Cols
	groups := (x.Rows + group - 1) / group
	var dx nn.Matrix
	var fresh bool
	if x.needs {
		dx, fresh = t.gradient(x)
	}
	mark := t.c.Mark()
	sums := t.c.Matrix(groups, 2*cols)
	t.c.Split(groups, 1, func(c *nn.Context, from, to int) {
		h, g := c.Floats(cols), c.Floats(cols)
		for k := from; k < to; k++ {
			dw, db := sums.Row(k)[:cols], sums.Row(k)[cols:]
			clear(sums.Row(k))
			for i := k * group; i < min((k+1)*group, x.Rows); i++ {
				s := standardize(h, x.Row(i), eps)
				row := dy.Row(i)
				for j, d := range row {
					dw[j] += d * h[j]
				}
				f32.Add(db, row)
				if dx.Data == nil {
					continue
				}
				var sum float32
				for j, d := range row {
					g[j] = d * w.Data[j]
					sum += g[j]
				}
				along := f32.Dot(g, h) / float32(cols)
				mean := sum / float32(cols)
				for j, v := range g {
					g[j] = s * (v - mean - h[j]*along)
				}
				if fresh {
					copy(dx.Row(i), g)
				} else {
					f32.Add(dx.Row(i), g)
				}
			}
		}
	})
	for k := range groups {
		if w.Grad != nil {
			f32.Add(w.Grad, sums.Row(k)[:cols])
		}
		if b.Grad != nil {
			f32.Add(b.Grad, sums.Row(k)[cols:])
		}
	}
	t.c.Release(mark)
}

// standardize sets h to (x - mean)·s and returns s = 1/√(var + eps).
func standardize(h, x []float32, eps float32) float32 {
	var sum, squares float64
	for _, v := range x {
		sum += float64(v)
	}
	mean := sum / float64(len(x))
	for _, v := range x {
		d := float64(v) - mean
		squares += d * d
	}
	s := 1 / math.Sqrt(squares/float64(len(x))+float64(eps))
	for j, v := range x {
		h[j] = float32((float64(v) - mean) * s)
	}
	return float32(s)
}
