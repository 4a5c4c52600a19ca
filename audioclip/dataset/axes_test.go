package dataset

import (
	"testing"

	"github.com/soundspace/soundspace/spectrogram"
)

// Against librosa 0.10.2: mel_frequencies(66, fmin=50, fmax=14000)[1:-1].
func TestMelAxes(t *testing.T) {
	ax := MelAxes(50, 64, 50, 14000, spectrogram.SlaneyMel)
	for b, want := range map[int]float64{0: 103.98491902, 1: 157.96983803, 19: 1143.11262285, 39: 3480.66251491, 63: 13241.87216326} {
		near(t, "centre", ax.Hz[b], want, 1e-7)
	}
	if err := ax.check(64); err != nil {
		t.Error(err)
	}
	for _, bad := range []Axes{{}, {FramesPerSecond: 50}, {FramesPerSecond: 50, Hz: []float64{2, 1}}, {FramesPerSecond: 50, Hz: []float64{0, 1}}} {
		if err := bad.check(2); err == nil {
			t.Errorf("%v: no error", bad)
		}
	}
}
