package autodiff

import (
	"math/rand/v2"
	"testing"

	"github.com/soundspace/soundspace/internal/nn"
)

func TestConcat(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 1))
	operation{
		name: "three", inputs: []nn.Matrix{randomMatrix(rng, 5, 3), randomMatrix(rng, 5, 1), randomMatrix(rng, 5, 4)},
		apply: func(t *Tape, xs []*Value) *Value { return t.Concat(xs...) },
		reference: func(xs [][]float64) []float64 {
			var y []float64
			for i := range 5 {
				y = append(y, xs[0][3*i:3*i+3]...)
				y = append(y, xs[1][i])
				y = append(y, xs[2][4*i:4*i+4]...)
			}
			return y
		},
	}.check(t)
}
