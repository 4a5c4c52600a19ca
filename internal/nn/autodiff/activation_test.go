package autodiff

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/soundspace/soundspace/internal/nn"
)

var activations = map[nn.Activation]func(float64) float64{
	nn.Identity:  func(x float64) float64 { return x },
	nn.ReLU:      func(x float64) float64 { return max(x, 0) },
	nn.GELU:      func(x float64) float64 { return x / 2 * math.Erfc(-x/math.Sqrt2) },
	nn.QuickGELU: func(x float64) float64 { return x / (1 + math.Exp(-1.702*x)) },
	nn.Sigmoid:   func(x float64) float64 { return 1 / (1 + math.Exp(-x)) },
	nn.Tanh:      math.Tanh,
}

func TestActivation(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 1))
	for act, f := range activations {
		for _, s := range [][2]int{{1, 1}, {9, 131}} {
			x := randomMatrix(rng, s[0], s[1])
			for i := range x.Data {
				x.Data[i] *= 3
				if math.Abs(float64(x.Data[i])) < 1e-3 { // where ReLU has a corner
					x.Data[i] = 1
				}
			}
			operation{
				name: fmt.Sprint(act, s), inputs: []nn.Matrix{x},
				apply: func(t *Tape, xs []*Value) *Value { return t.Activation(xs[0], act) },
				reference: func(xs [][]float64) []float64 {
					y := make([]float64, len(xs[0]))
					for i, v := range xs[0] {
						y[i] = f(v)
					}
					return y
				},
			}.check(t)
		}
	}
}

// Far from 0 functions are flat or straight, and nothing overflows.
func TestActivationFar(t *testing.T) {
	for act, want := range map[nn.Activation][5]float32{
		nn.ReLU:      {0, 0, 0, 1, 1},
		nn.GELU:      {0, 0, 0.5, 1, 1},
		nn.QuickGELU: {0, 0, 0.5, 1, 1},
		nn.Sigmoid:   {0, 0, 0.25, 0, 0},
		nn.Tanh:      {0, 0, 1, 0, 0},
	} {
		tape := NewTape(nn.NewContext(1))
		tape.Train = true
		x := tape.Variable(nn.NewMatrix([]float32{-3e38, -100, 0, 100, 3e38}, 1, 5))
		ones := nn.NewMatrix([]float32{1, 1, 1, 1, 1}, 1, 5)
		tape.Backward([]*Value{tape.Activation(x, act)}, []nn.Matrix{ones})
		for i, w := range want {
			if g := x.Grad().Data[i]; math.Abs(float64(g-w)) > 1e-6 {
				t.Errorf("activation %d has the derivative %v at %v, want %v", act, g, x.Data[i], w)
			}
		}
	}
}
