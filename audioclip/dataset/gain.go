package dataset

import "math/rand/v2"

// Gain makes a clip louder or softer.
type Gain struct {
	// MaxDB is by how much at most.
	MaxDB float64 `json:"max_db"`
}

// add adds the gain to a curve of dB for each band.
func (g Gain) add(curve []float32, rng *rand.Rand) {
	dB := float32(uniform(rng, -g.MaxDB, g.MaxDB))
	for b := range curve {
		curve[b] += dB
	}
}
