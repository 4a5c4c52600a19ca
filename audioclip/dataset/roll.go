package dataset

import (
	"math/rand/v2"
	"slices"
)

// Roll begins a window at any of its frames, and lets those before follow at its
// end.
type Roll struct {
	Probability float64 `json:"probability"`
}

func (r Roll) apply(x []float32, bands int, rng *rand.Rand) {
	if chance(rng, r.Probability) {
		rotate(x, bands*rng.IntN(len(x)/bands))
	}
}

// rotate moves x[n] to the beginning, and what was before to the end.
func rotate(x []float32, n int) {
	slices.Reverse(x[:n])
	slices.Reverse(x[n:])
	slices.Reverse(x)
}
