package dataset

import (
	"math"
	"math/rand/v2"
)

// Decay lets a clip die away as in a room: each band of each frame leaves behind
// power that decays exponentially,
//
//	state[t] = d·(state[t-1] + p[t-1])
//	p′[t]    = p[t] + g·state[t]
//
// where d is 10^(-6/(RT60·frames per second)), so that the level falls by 60 dB in
// RT60 seconds. g follows from the direct-to-reverberant ratio, which is the power
// of a sound over that of all its reverberation: (1-d)/d divided by the ratio.
type Decay struct {
	Probability float64 `json:"probability"`
	// RT60Min and RT60Max are the times at 1 kHz in seconds, spread evenly over
	// octaves (0: 0.2 and 2).
	RT60Min float64 `json:"rt60_min"`
	RT60Max float64 `json:"rt60_max"`
	// Damping shortens RT60 by a factor of 2^-Damping for each octave above 1 kHz.
	// Below, it stays.
	Damping float64 `json:"damping"`
	// DirectMinDB and DirectMaxDB are the direct-to-reverberant ratio.
	DirectMinDB float64 `json:"direct_min_db"`
	DirectMaxDB float64 `json:"direct_max_db"`
}

func (d Decay) apply(p []float32, ax Axes, s *scratch, rng *rand.Rand) {
	if !chance(rng, d.Probability) {
		return
	}
	shortest, longest := d.RT60Min, d.RT60Max
	if shortest == 0 {
		shortest = 0.2
	}
	if longest == 0 {
		longest = 2
	}
	rt60 := shortest * math.Pow(longest/shortest, rng.Float64())
	direct := ratio(uniform(rng, d.DirectMinDB, d.DirectMaxDB))
	bands := len(ax.Hz)
	decay, gain, state := s.curve[:bands], s.gain[:bands], s.frame[:bands]
	for b := range bands {
		at := rt60 * math.Exp2(-d.Damping*max(ax.octaves(b), 0))
		k := math.Pow(10, -6/(at*ax.FramesPerSecond))
		decay[b] = float32(k)
		gain[b] = float32((1 - k) / max(k, 1e-30) / direct)
		state[b] = 0
	}
	for at := 0; at < len(p); at += bands {
		x := p[at : at+bands]
		for b, v := range x {
			x[b] = v + gain[b]*state[b]
			state[b] = decay[b] * (state[b] + v)
		}
	}
}
