package dataset

import "math/rand/v2"

// Mask blanks out stretches of time and of frequency: each from 0 up to a greatest
// width, evenly, anywhere. What is blank becomes 0, half-way between silence and the loudest.
//
// Reference: Park et al., SpecAugment, 2019, without its time warping.
type Mask struct {
	// Times is the number of stretches of time, Frames the greatest width.
	Times  int `json:"times"`
	Frames int `json:"frames"`
	// Frequencies is the number of stretches of frequency, Bands the greatest
	// width.
	Frequencies int `json:"frequencies"`
	Bands       int `json:"bands"`
}

// apply sets to 0 what is masked of frames of relative values.
func (m Mask) apply(x []float32, bands int, rng *rand.Rand) {
	frames := len(x) / bands
	for range m.Times {
		n := rng.IntN(min(m.Frames, frames) + 1)
		at := rng.IntN(frames - n + 1)
		clear(x[at*bands : (at+n)*bands])
	}
	for range m.Frequencies {
		n := rng.IntN(min(m.Bands, bands) + 1)
		at := rng.IntN(bands - n + 1)
		for t := range frames {
			clear(x[t*bands+at : t*bands+at+n])
		}
	}
}
