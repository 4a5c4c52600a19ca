package dataset

import (
	"math"
	"testing"
)

func TestBandLimit(t *testing.T) {
	_, ax := testFrontEnd(t)
	at := func(curve []float32, hz float64) float64 { // interpolated over octaves
		for b := range ax.Hz {
			if ax.Hz[b+1] >= hz {
				w := math.Log2(hz/ax.Hz[b]) / math.Log2(ax.Hz[b+1]/ax.Hz[b])
				return float64(curve[b]) + w*float64(curve[b+1]-curve[b])
			}
		}
		return 0
	}
	low := BandLimit{LowPass: 1, LowPassMinHz: 1000, LowPassMaxHz: 1000, SlopeMinDB: 24, SlopeMaxDB: 24}
	curve := make([]float32, testBands)
	low.add(curve, ax, testRand())
	near(t, "low-pass at the cut-off", at(curve, 1000), -3.01, 0.1)
	near(t, "low-pass two octaves below", at(curve, 250), 0, 0.01)
	near(t, "low-pass slope", at(curve, 8000)-at(curve, 4000), -24, 0.1)

	high := BandLimit{HighPass: 1, HighPassMinHz: 2000, HighPassMaxHz: 2000, SlopeMinDB: 48, SlopeMaxDB: 48}
	clear(curve)
	high.add(curve, ax, testRand())
	near(t, "high-pass at the cut-off", at(curve, 2000), -3.01, 0.3)
	near(t, "high-pass slope", at(curve, 800)-at(curve, 400), 48, 0.3)

	rng := testRand() // cut-offs stay where they are to
	for range 100 {
		clear(curve)
		BandLimit{LowPass: 1, LowPassMinHz: 500, LowPassMaxHz: 4000}.add(curve, ax, rng)
		if at(curve, 450) < -3.01 || at(curve, 4400) > -3.01 {
			t.Fatalf("%g dB at 450 Hz, %g dB at 4.4 kHz", at(curve, 450), at(curve, 4400))
		}
	}
}
