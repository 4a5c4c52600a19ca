package dataset

import (
	"math"
	"math/rand/v2"
)

// Noise adds coloured noise. As with real noise, the power in a frame of a band is
// not constant: it follows a χ² distribution, with twice as many degrees of freedom
// as independent values are summed in the band. A triangular band whose centre is Δ
// Hz from its neighbours' has a noise bandwidth of 1.5·Δ Hz, and a frame of a Hann
// window is worth about as much time as a hop of half a window. So there are
//
//	max(2, 2·1.5·Δ/frames per second)
//
// degrees of freedom.
type Noise struct {
	Probability float64 `json:"probability"`
	// SNRMinDB and SNRMaxDB are by how much the noise, summed over all bands, lies
	// below the level of the clip, see [Level].
	SNRMinDB float64 `json:"snr_min_db"`
	SNRMaxDB float64 `json:"snr_max_db"`
	// ColourMinDB and ColourMaxDB are the slope of the bands in dB per octave. 0
	// is as flat as white noise is in bands of equal area, -3 pink, -6 brown.
	ColourMinDB float64 `json:"colour_min_db"`
	ColourMaxDB float64 `json:"colour_max_db"`
}

func (n Noise) apply(p []float32, ax Axes, s *scratch, rng *rand.Rand) {
	if !chance(rng, n.Probability) {
		return
	}
	snr, colour := uniform(rng, n.SNRMinDB, n.SNRMaxDB), uniform(rng, n.ColourMinDB, n.ColourMaxDB)
	bands := len(ax.Hz)
	curve, spread := s.curve[:bands], s.gain[:bands]
	sum := 0.0
	for b := range bands {
		v := ratio(colour * ax.octaves(b))
		sum += v
		curve[b] = float32(v)
		dof := 3 * ax.spacing(b) / ax.FramesPerSecond
		spread[b] = 0 // exponential, which is what 2 degrees of freedom are
		if dof > 2.5 {
			spread[b] = float32(2 / (9 * dof))
		}
	}
	scale := float32(Level(p, bands) * ratio(-snr) / sum)
	for b := range curve {
		curve[b] *= scale
	}
	for at := 0; at < len(p); at += bands {
		x := p[at : at+bands]
		for b, v := range spread {
			if v == 0 {
				x[b] += curve[b] * float32(rng.ExpFloat64())
			} else {
				x[b] += curve[b] * wilsonHilferty(v, float32(rng.NormFloat64()))
			}
		}
	}
}

// wilsonHilferty makes of a normal value one of a χ² distribution divided by its
// degrees of freedom n, with v = 2/(9n): (1 - v + z·√v)³. The mean is 1 and the
// variance close to 2/n. Reference: Wilson and Hilferty, The Distribution of
// Chi-Square, 1931.
func wilsonHilferty(v, z float32) float32 {
	c := max(1-v+z*float32(math.Sqrt(float64(v))), 0)
	return c * c * c
}
