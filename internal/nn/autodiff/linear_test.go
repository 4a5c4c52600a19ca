package autodiff

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/soundspace/soundspace/internal/nn"
)

func TestLinear(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	for _, s := range [][3]int{{1, 1, 1}, {3, 7, 5}, {13, 33, 17}, {600, 3, 4}} {
		rows, in, out := s[0], s[1], s[2]
		x, w, b := randomMatrix(rng, rows, in), randomParam(rng, "w", 0, out, in), randomParam(rng, "b", 0, out)
		reference := func(xs [][]float64) []float64 {
			y := make([]float64, 0, rows*out)
			for i := range rows {
				for j := range out {
					sum := 0.0
					if len(xs) == 3 {
						sum = xs[2][j]
					}
					for k := range in {
						sum += xs[0][i*in+k] * xs[1][j*in+k]
					}
					y = append(y, sum)
				}
			}
			return y
		}
		operation{
			name: fmt.Sprint(s), inputs: []nn.Matrix{x}, params: []*Param{w, b}, reference: reference,
			apply: func(t *Tape, xs []*Value) *Value { return t.Linear(xs[0], w, b) },
		}.check(t)
		operation{
			name: fmt.Sprint(s, "without bias"), inputs: []nn.Matrix{x}, params: []*Param{w}, reference: reference,
			apply: func(t *Tape, xs []*Value) *Value { return t.Linear(xs[0], w, nil) },
		}.check(t)
	}
}
