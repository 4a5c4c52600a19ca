package autodiff

import (
	"math"

	"github.com/soundspace/soundspace/internal/f32"
	"github.com/soundspace/soundspace/internal/nn"
)

// NormalizeL2 divides each row by its length, or by eps if that is larger:
//
//	y = x/max(‖x‖, eps)
//
// as torch.nn.functional.normalize does. It has the derivative dy/eps where the row
// is shorter than eps, which must be positive.
func (t *Tape) NormalizeL2(x *Value, eps float32) *Value {
	if !(eps > 0) {
		panic("autodiff: NormalizeL2 needs a positive eps")
	}
	y := t.value(x.Rows, x.Cols, x)
	t.forRows(x.Rows, x.Cols, func(i int) {
		copy(y.Row(i), x.Row(i))
		f32.Scale(y.Row(i), 1/max(length(x.Row(i)), eps))
	})
	t.record(y, func(dy nn.Matrix) {
		// dx = (dy - y·Σ(y·dy))/‖x‖
		t.collect(x, func(dst []float32, i int) {
			copy(dst, dy.Row(i))
			n := length(x.Row(i))
			if n > eps {
				f32.AddScaled(dst, -f32.Dot(y.Row(i), dy.Row(i)), y.Row(i))
			}
			f32.Scale(dst, 1/max(n, eps))
		})
	})
	return y
}

// length returns √Σx².
func length(x []float32) float32 {
	var sum float64
	for _, v := range x {
		sum += float64(v) * float64(v)
	}
	return float32(math.Sqrt(sum))
}
