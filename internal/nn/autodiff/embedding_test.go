package autodiff

import (
	"math/rand/v2"
	"testing"

	"github.com/soundspace/soundspace/internal/nn"
)

func TestEmbedding(t *testing.T) {
	rng := rand.New(rand.NewPCG(6, 1))
	for _, cols := range []int{1, 130} {
		table, ids := randomParam(rng, "table", 0, 9, cols), []int32{3, 8, 3, 0, 7, 3}
		operation{
			name: "embedding", params: []*Param{table},
			apply: func(t *Tape, _ []*Value) *Value { return t.Embedding(ids, table) },
			reference: func(xs [][]float64) []float64 {
				var y []float64
				for _, id := range ids {
					y = append(y, xs[0][int(id)*cols:(int(id)+1)*cols]...)
				}
				return y
			},
		}.check(t)
	}
}

func TestPositions(t *testing.T) {
	rng := rand.New(rand.NewPCG(6, 2))
	const cols = 67
	table, lengths := randomParam(rng, "table", 0, 6, cols), []int{3, 1, 0, 6, 2}
	operation{
		name: "positions", inputs: []nn.Matrix{randomMatrix(rng, 12, cols)}, params: []*Param{table},
		apply: func(t *Tape, xs []*Value) *Value { return t.Positions(xs[0], lengths, table) },
		reference: func(xs [][]float64) []float64 {
			y := append([]float64(nil), xs[0]...)
			at := 0
			for _, n := range lengths {
				for i := range n * cols {
					y[at] += xs[1][i]
					at++
				}
			}
			return y
		},
	}.check(t)
}
