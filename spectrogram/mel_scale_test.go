package spectrogram

import (
	"math"
	"testing"
)

// TestMelScaleKnown checks values that follow from the definitions by hand.
func TestMelScaleKnown(t *testing.T) {
	tests := []struct {
		scale   MelScale
		hz, mel float64
	}{
		{SlaneyMel, 0, 0},
		{SlaneyMel, 200, 3},
		{SlaneyMel, 1000, 15},
		{SlaneyMel, 6400, 42},
		{HTKMel, 0, 0},
		{HTKMel, 700, 2595 * math.Log10(2)},
		{HTKMel, 6300, 2595},
		{HTKMel, 1000, 999.9855},
	}
	for _, tt := range tests {
		if got := tt.scale.Mel(tt.hz); math.Abs(got-tt.mel) > 1e-4 {
			t.Errorf("%v: %g Hz is %g mel, want %g", tt.scale, tt.hz, got, tt.mel)
		}
	}
}

func TestMelScaleInverse(t *testing.T) {
	for _, scale := range []MelScale{SlaneyMel, HTKMel} {
		last := -1.0
		for hz := 0.0; hz < 100_000; hz += 12.5 {
			mel := scale.Mel(hz)
			if !(mel > last) {
				t.Fatalf("%v does not rise at %g Hz", scale, hz)
			}
			last = mel
			if back := scale.Hz(mel); math.Abs(back-hz) > 1e-9*(1+hz) {
				t.Fatalf("%v: %g Hz comes back as %g", scale, hz, back)
			}
		}
	}
}
