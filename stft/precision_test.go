package stft_test

import (
	"math"
	"testing"

	"github.com/soundspace/soundspace/stft"
)

// TestPrecisionOnNoise holds float32 to what the best float32 libraries reach
// at 2048 points, 1.1e-7, and the float64 mode to one rounding, 2.7e-8. The
// reference is the float64 transform, which the goldens hold to 1e-13.
func TestPrecisionOnNoise(t *testing.T) {
	x64 := noise(100000)
	x := narrow(x64)
	for i, v := range x {
		x64[i] = float64(v)
	}
	for _, n := range []int{400, 512, 1024, 2048, 4096} {
		cfg := stft.Config{NFFT: n, HopSamples: n / 4}
		single := newPlan(t, cfg)
		cfg.Float64 = true
		double := newPlan(t, cfg)
		want := double.Magnitude64(nil, x64)
		for _, got := range []struct {
			name  string
			dst   []float32
			limit float64
		}{
			{"float32", single.Magnitude(nil, x), 1.1e-7},
			{"Float64 mode", double.Magnitude(nil, x), 2.7e-8},
		} {
			var d, s float64
			for i, w := range want {
				e := float64(got.dst[i]) - w
				d, s = d+e*e, s+w*w
			}
			e := math.Sqrt(d / s)
			if e > got.limit {
				t.Errorf("NFFT %d, %s: relative RMS error %.3g, want at most %.2g", n, got.name, e, got.limit)
			}
			t.Logf("NFFT %d, %s: relative RMS error %.3g", n, got.name, e)
		}
	}
}
