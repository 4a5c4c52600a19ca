package frontend

import (
	"fmt"
	"math"
)

// Limits of what a config may ask for, well beyond what models do.
const (
	maxSamples = 1 << 26 // of a clip
	maxNFFT    = 1 << 15
	maxBands   = 512
)

// setDefault gives a field that is 0 its default.
func setDefault[T int | float64](field *T, value T) {
	if *field == 0 {
		*field = value
	}
}

// checkRange returns an error unless 1 ≤ v ≤ most.
func checkRange(name string, v, most int) error {
	if v < 1 || v > most {
		return fmt.Errorf("frontend: %s is %d, must be from 1 to %d", name, v, most)
	}
	return nil
}

// finite tells whether v is a number.
func finite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }

// checkNormalization returns an error unless mean and std can be those of data.
func checkNormalization(config string, mean, std float64) error {
	if !finite(mean) || !finite(std) || std < 0 {
		return fmt.Errorf("frontend: %s has Mean %g and Std %g, must be finite, and Std positive", config, mean, std)
	}
	return nil
}
