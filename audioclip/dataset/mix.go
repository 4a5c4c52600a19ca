package dataset

import (
	"math"
	"math/rand/v2"

	"github.com/soundspace/soundspace/internal/f32"
)

// Mix adds another clip of the batch, which then sounds at the same time. Both
// belong to the target then, in the proportion of their amplitudes:
//
//	λ = a/(a + a′) = 1/(1 + 10^(level/20))
//
// with level in dB, that of the other clip above the first, see [Level]. Reference:
// Tokozume, Ushiku and Harada, Learning from Between-class Examples for Deep Sound
// Recognition, 2018.
type Mix struct {
	Probability float64 `json:"probability"`
	// MaxDB is how much louder or softer the other clip is at most.
	MaxDB float64 `json:"max_db"`
}

// apply adds the powers q to p and returns λ. It overwrites q.
func (m Mix) apply(p, q []float32, bands int, rng *rand.Rand) (lambda float64) {
	dB := uniform(rng, -m.MaxDB, m.MaxDB)
	addAt(p, q, bands, dB)
	return 1 / (1 + math.Pow(10, dB/20))
}

// addAt adds q to p, after bringing it to a level in dB above that of p.
func addAt(p, q []float32, bands int, dB float64) {
	level := Level(q, bands)
	if level == 0 {
		return
	}
	f32.AddScaled(p, float32(Level(p, bands)/level*ratio(dB)), q)
}

// Background adds a clip of those that the [LoaderConfig] names as background, which
// do not belong to the target.
type Background struct {
	Probability float64 `json:"probability"`
	// SNRMinDB and SNRMaxDB are by how much the background lies below the clip.
	SNRMinDB float64 `json:"snr_min_db"`
	SNRMaxDB float64 `json:"snr_max_db"`
}

// apply adds the powers q to p. It overwrites q.
func (g Background) apply(p, q []float32, bands int, rng *rand.Rand) {
	addAt(p, q, bands, -uniform(rng, g.SNRMinDB, g.SNRMaxDB))
}
