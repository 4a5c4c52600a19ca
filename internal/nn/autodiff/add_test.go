package autodiff

import (
	"math/rand/v2"
	"testing"

	"github.com/soundspace/soundspace/internal/nn"
)

func TestAdd(t *testing.T) {
	rng := rand.New(rand.NewPCG(2, 1))
	operation{
		name: "two", inputs: []nn.Matrix{randomMatrix(rng, 37, 130), randomMatrix(rng, 37, 130)},
		apply: func(t *Tape, xs []*Value) *Value { return t.Add(xs[0], xs[1]) },
		reference: func(xs [][]float64) []float64 {
			y := make([]float64, len(xs[0]))
			for i := range y {
				y[i] = xs[0][i] + xs[1][i]
			}
			return y
		},
	}.check(t)
	operation{
		name: "one twice", inputs: []nn.Matrix{randomMatrix(rng, 3, 5)},
		apply:     func(t *Tape, xs []*Value) *Value { return t.Add(xs[0], xs[0]) },
		reference: func(xs [][]float64) []float64 { return scaled64(xs[0], 2) },
	}.check(t)
}

func scaled64(x []float64, factor float64) []float64 {
	y := make([]float64, len(x))
	for i, v := range x {
		y[i] = factor * v
	}
	return y
}
