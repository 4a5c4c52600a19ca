package dataset

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/soundspace/soundspace/spectrogram"
	"github.com/soundspace/soundspace/spectrogram/frontend"
)

const testBands = 64

// testFrontEnd returns a front end of 50 frames/s and 64 bands, and its axes.
func testFrontEnd(t testing.TB) (*frontend.LogMel, Axes) {
	t.Helper()
	cfg := frontend.LogMelConfig{SampleRate: 32000, NFFT: 1024, HopSamples: 640, Bands: testBands, FMinHz: 50, FMaxHz: 14000}
	fe, err := frontend.NewLogMel(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return fe, MelAxes(50, testBands, 50, 14000, spectrogram.SlaneyMel)
}

func testRand() *rand.Rand { return rand.New(rand.NewPCG(1, 2)) }

func constant(n int, v float32) []float32 {
	x := make([]float32, n)
	fill(x, v)
	return x
}

func dB(p float64) float64 { return 10 * math.Log10(p) }

func near(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tolerance) {
		t.Errorf("%s is %.4f, want %.4f ± %g", what, got, want, tolerance)
	}
}
