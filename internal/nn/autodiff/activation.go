package autodiff

import (
	"github.com/soundspace/soundspace/internal/f32"
	"github.com/soundspace/soundspace/internal/nn"
)

// Activation returns the function of each value of x: Identity, ReLU, GELU, QuickGELU,
// Sigmoid or Tanh. The derivative of ReLU at 0 is 0.
func (t *Tape) Activation(x *Value, act nn.Activation) *Value {
	if act == nn.Identity {
		return x
	}
	y := t.value(x.Rows, x.Cols, x)
	y.N, y.H, y.W = x.N, x.H, x.W
	t.forRows(y.Rows, y.Cols, func(i int) {
		copy(y.Row(i), x.Row(i))
		act.Apply(y.Row(i))
	})
	derive := derivative(act)
	t.record(y, func(nn.Matrix) {
		t.pass(x, y, func(g []float32, i int) { derive(g, x.Row(i), y.Row(i)) })
	})
	return y
}

// derivative returns the function that multiplies g by the derivative at x, where the
// activation is y.
func derivative(act nn.Activation) func(g, x, y []float32) {
	switch act {
	case nn.ReLU:
		return func(g, _, y []float32) {
			for i, v := range y {
				if !(v > 0) {
					g[i] = 0
				}
			}
		}
	case nn.GELU:
		return func(g, x, _ []float32) { f32.GELUGrad(g, x) }
	case nn.QuickGELU:
		// y = x·s, s = 1/(1 + exp(-1.702x)): y' = s + 1.702·y·(1-s)
		return func(g, x, y []float32) {
			var block [64]float32
			for len(x) > 0 {
				s := block[:min(len(x), len(block))]
				copy(s, x)
				f32.Scale(s, 1.702)
				f32.Sigmoid(s)
				for i, s := range s {
					g[i] *= s + 1.702*y[i]*(1-s)
				}
				g, x, y = g[len(s):], x[len(s):], y[len(s):]
			}
		}
	case nn.Sigmoid:
		return func(g, _, y []float32) {
			for i, s := range y {
				g[i] *= s * (1 - s)
			}
		}
	case nn.Tanh:
		return func(g, _, y []float32) {
			for i, v := range y {
				g[i] *= (1 - v) * (1 + v)
			}
		}
	default:
		panic("autodiff: an activation without a derivative")
	}
}
