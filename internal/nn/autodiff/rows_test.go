package autodiff

import (
	"math/rand/v2"
	"testing"

	"github.com/soundspace/soundspace/internal/nn"
)

func TestRows(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 1))
	indices := []int{4, 0, 4, 2}
	operation{
		name: "rows", inputs: []nn.Matrix{randomMatrix(rng, 6, 3)},
		apply: func(t *Tape, xs []*Value) *Value { return t.Rows(xs[0], indices) },
		reference: func(xs [][]float64) []float64 {
			var y []float64
			for _, i := range indices {
				y = append(y, xs[0][3*i:3*i+3]...)
			}
			return y
		},
	}.check(t)
}

func TestMeanRows(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 2))
	lengths := []int{1, 5, 0, 12, 3, 2}
	operation{
		name: "means", inputs: []nn.Matrix{randomMatrix(rng, 23, 7)},
		apply: func(t *Tape, xs []*Value) *Value { return t.MeanRows(xs[0], lengths) },
		reference: func(xs [][]float64) []float64 {
			y := make([]float64, len(lengths)*7)
			at := 0
			for i, n := range lengths {
				for range n {
					for j := range 7 {
						y[i*7+j] += xs[0][at] / float64(n)
						at++
					}
				}
			}
			return y
		},
	}.check(t)
}

func TestLengthsThatDoNotFit(t *testing.T) {
	for _, lengths := range [][]int{{2, 2}, {3, 3}, {-1, 6}} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("lengths %v of 5 rows are taken", lengths)
				}
			}()
			tape := NewTape(nn.NewContext(1))
			tape.MeanRows(tape.Input(nn.NewMatrix(make([]float32, 10), 5, 2)), lengths)
		}()
	}
}
