package dataset

import (
	"fmt"
	"math"

	"github.com/soundspace/soundspace/spectrogram"
)

// Axes say what frames and bands of log-mel features stand for.
type Axes struct {
	// FramesPerSecond is the sample rate divided by the hop.
	FramesPerSecond float64
	// Hz are the centre frequencies of the bands, ascending.
	Hz []float64
}

// MelAxes returns the axes of triangular bands spaced evenly on a mel scale, as
// [spectrogram.MelBank] has them: m[1] … m[bands] of m[0] … m[bands+1] from fMinHz
// to fMaxHz.
func MelAxes(framesPerSecond float64, bands int, fMinHz, fMaxHz float64, scale spectrogram.MelScale) Axes {
	low, high := scale.Mel(fMinHz), scale.Mel(fMaxHz)
	a := Axes{FramesPerSecond: framesPerSecond, Hz: make([]float64, bands)}
	for b := range bands {
		a.Hz[b] = scale.Hz(low + (high-low)*float64(b+1)/float64(bands+1))
	}
	return a
}

func (a Axes) check(bands int) error {
	if !(a.FramesPerSecond > 0) || math.IsInf(a.FramesPerSecond, 0) {
		return fmt.Errorf("dataset: %g frames per second", a.FramesPerSecond)
	}
	if len(a.Hz) != bands {
		return fmt.Errorf("dataset: centre frequencies of %d bands, the features have %d", len(a.Hz), bands)
	}
	for i, f := range a.Hz {
		if !(f > 0) || math.IsInf(f, 0) || i > 0 && f <= a.Hz[i-1] {
			return fmt.Errorf("dataset: band %d at %g Hz; bands must be positive and ascending", i, f)
		}
	}
	return nil
}

// octaves returns how far band b lies above 1 kHz.
func (a Axes) octaves(b int) float64 { return math.Log2(a.Hz[b] / 1000) }

// spacing returns by how many Hz band b and its neighbours are apart.
func (a Axes) spacing(b int) float64 {
	if len(a.Hz) == 1 {
		return a.Hz[0]
	}
	low, high := max(b-1, 0), min(b+1, len(a.Hz)-1)
	return (a.Hz[high] - a.Hz[low]) / float64(high-low)
}
