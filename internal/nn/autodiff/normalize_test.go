package autodiff

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/soundspace/soundspace/internal/nn"
)

func TestNormalizeL2(t *testing.T) {
	rng := rand.New(rand.NewPCG(4, 1))
	for _, cols := range []int{1, 2, 9, 64} {
		x := randomMatrix(rng, 7, cols)
		const eps = 1e-2
		for j := range x.Row(3) { // shorter than eps
			x.Row(3)[j] *= 1e-4
		}
		operation{
			name: "normalize", inputs: []nn.Matrix{x},
			apply: func(t *Tape, xs []*Value) *Value { return t.NormalizeL2(xs[0], eps) },
			reference: func(xs [][]float64) []float64 {
				y := make([]float64, 0, len(xs[0]))
				for i := range 7 {
					row, sum := xs[0][i*cols:(i+1)*cols], 0.0
					for _, v := range row {
						sum += v * v
					}
					y = append(y, scaled64(row, 1/max(math.Sqrt(sum), eps))...)
				}
				return y
			},
			tolerance: 1e-5, // eps makes differences coarse
		}.check(t)
	}
}
