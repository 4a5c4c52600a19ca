package autodiff

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/soundspace/soundspace/internal/nn"
)

func TestNormalizeL2(t *testing.T) {
	rng := rand.New(rand.NewPCG(4, 1))
	check := func(name string, x nn.Matrix, eps float32, tolerance float64) {
		operation{
			name: fmt.Sprint(name, " of ", x.Cols), inputs: []nn.Matrix{x},
			apply: func(t *Tape, xs []*Value) *Value { return t.NormalizeL2(xs[0], eps) },
			reference: func(xs [][]float64) []float64 {
				y := make([]float64, 0, len(xs[0]))
				for i := range x.Rows {
					row, sum := xs[0][i*x.Cols:(i+1)*x.Cols], 0.0
					for _, v := range row {
						sum += v * v
					}
					y = append(y, scaled64(row, 1/max(math.Sqrt(sum), float64(eps)))...)
				}
				return y
			},
			tolerance: tolerance,
		}.check(t)
	}
	for _, cols := range []int{1, 2, 9, 64} {
		x := randomMatrix(rng, 7, cols)
		for i := range x.Rows { // no shorter than 1: differences are fine enough
			x.Row(i)[i%cols] += float32(math.Copysign(1, float64(x.Row(i)[i%cols])))
		}
		check("rows", x, 1e-12, 0)

		short := randomMatrix(rng, 3, cols) // than eps, and one of length 0
		for i := range short.Data {
			short.Data[i] *= 1e-4
		}
		clear(short.Row(1))
		check("short rows", short, 1e-2, 0)
	}
}
