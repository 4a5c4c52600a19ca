package dataset

import (
	"math"
	"math/rand/v2"
)

// BandLimit takes away low and high frequencies, as telephones, small loudspeakers,
// walls and low sample rates do, by the response of Butterworth filters
//
//	-10·log10(1 + (f/cut-off)^2n) dB
//
// for the low-pass, with n = slope/(20·log10 2), and with cut-off/f in place of
// f/cut-off for the high-pass. At the cut-off it is -3 dB. Cut-offs are spread
// evenly over octaves.
type BandLimit struct {
	// LowPass is the probability of a low-pass, with a cut-off from LowPassMinHz
	// to LowPassMaxHz.
	LowPass      float64 `json:"low_pass"`
	LowPassMinHz float64 `json:"low_pass_min_hz"`
	LowPassMaxHz float64 `json:"low_pass_max_hz"`
	// HighPass is the probability of a high-pass, with a cut-off from
	// HighPassMinHz to HighPassMaxHz.
	HighPass      float64 `json:"high_pass"`
	HighPassMinHz float64 `json:"high_pass_min_hz"`
	HighPassMaxHz float64 `json:"high_pass_max_hz"`
	// SlopeMinDB and SlopeMaxDB are in dB per octave (0: 12 and 96).
	SlopeMinDB float64 `json:"slope_min_db"`
	SlopeMaxDB float64 `json:"slope_max_db"`
}

// add adds the response to a curve of dB for each band.
func (l BandLimit) add(curve []float32, ax Axes, rng *rand.Rand) {
	if chance(rng, l.LowPass) {
		l.filter(curve, ax, l.LowPassMinHz, l.LowPassMaxHz, 1, rng)
	}
	if chance(rng, l.HighPass) {
		l.filter(curve, ax, l.HighPassMinHz, l.HighPassMaxHz, -1, rng)
	}
}

func (l BandLimit) filter(curve []float32, ax Axes, minHz, maxHz, sign float64, rng *rand.Rand) {
	cutoff := minHz * math.Pow(maxHz/minHz, rng.Float64())
	low, high := l.SlopeMinDB, l.SlopeMaxDB
	if low == 0 {
		low = 12
	}
	if high == 0 {
		high = 96
	}
	slope := uniform(rng, low, high) * sign
	for b, f := range ax.Hz {
		// (f/cutoff)^2n is a power ratio of slope dB per octave.
		curve[b] -= float32(10 * math.Log10(1+ratio(slope*math.Log2(f/cutoff))))
	}
}
