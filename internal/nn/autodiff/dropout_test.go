package autodiff

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/soundspace/soundspace/internal/nn"
)

func TestDropout(t *testing.T) {
	rng := rand.New(rand.NewPCG(9, 1))
	const p, seed = 0.3, 77
	x := randomMatrix(rng, 19, 131)
	// What is kept is seen from values of 1.
	tape := NewTape(nn.NewContext(1))
	tape.Train = true
	ones := nn.NewMatrix(make([]float32, len(x.Data)), x.Rows, x.Cols)
	for i := range ones.Data {
		ones.Data[i] = 1
	}
	mask := tape.Dropout(tape.Input(ones), p, seed).Data
	operation{
		name: "dropout", inputs: []nn.Matrix{x},
		apply: func(t *Tape, xs []*Value) *Value { return t.Dropout(xs[0], p, seed) },
		reference: func(xs [][]float64) []float64 {
			y := make([]float64, len(xs[0]))
			for i, v := range xs[0] {
				if mask[i] != 0 {
					y[i] = v / (1 - p)
				}
			}
			return y
		},
	}.check(t)
}

// As many values are dropped as should be, whatever the seed, in rows, in columns
// and in what two seeds have in common.
func TestDropoutMask(t *testing.T) {
	const rows, cols = 400, 250
	ones := nn.NewMatrix(make([]float32, rows*cols), rows, cols)
	for i := range ones.Data {
		ones.Data[i] = 1
	}
	tape := NewTape(nn.NewContext(1))
	tape.Train = true
	for _, p := range []float64{0, 0.1, 0.5, 0.9} {
		for _, seed := range []uint64{0, 1, 2, 1 << 63} {
			a := tape.Dropout(tape.Input(ones), p, seed)
			b := tape.Dropout(tape.Input(ones), p, seed+1)
			dropped, both := 0, 0
			columns := make([]int, cols)
			for i := range rows {
				row := 0
				for j, v := range a.Row(i) {
					if v == 0 {
						row++
						columns[j]++
						if b.Row(i)[j] == 0 {
							both++
						}
					}
				}
				about(t, "row", row, cols, p)
				dropped += row
			}
			for _, n := range columns {
				about(t, "column", n, rows, p)
			}
			about(t, "all", dropped, rows*cols, p)
			about(t, "common to two seeds", both, rows*cols, p*p)
			tape.Reset()
		}
	}
}

// about fails unless n of so many are within five standard deviations of what a
// probability makes likely.
func about(t *testing.T, name string, n, of int, p float64) {
	t.Helper()
	if d := math.Abs(float64(n) - p*float64(of)); d > 5*math.Sqrt(float64(of)*p*(1-p)) {
		t.Errorf("%s: %d of %d are dropped, with probability %g", name, n, of, p)
	}
}

func TestDropoutWithoutTraining(t *testing.T) {
	tape := NewTape(nn.NewContext(1))
	if x := tape.Input(nn.NewMatrix([]float32{1, 2}, 1, 2)); tape.Dropout(x, 0.5, 1) != x {
		t.Error("Dropout changes values that are not trained on")
	}
}
