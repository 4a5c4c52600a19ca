package dataset

import (
	"math"
	"testing"
)

func TestEqualizerAndGain(t *testing.T) {
	_, ax := testFrontEnd(t)
	rng := testRand()
	for range 50 {
		curve := make([]float32, testBands)
		Equalizer{Probability: 1, TiltDB: 3}.add(curve, ax, rng)
		slope := float64(curve[60]-curve[5]) / math.Log2(ax.Hz[60]/ax.Hz[5])
		if math.Abs(slope) > 3 {
			t.Fatalf("a tilt of %g dB", slope)
		}
		near(t, "tilt", float64(curve[40]), slope*math.Log2(ax.Hz[40]/1000), 1e-4)

		clear(curve)
		Equalizer{Probability: 1, CurveDB: 6}.add(curve, ax, rng)
		for b, v := range curve {
			// The steepest half-cosine falls by 12 dB over 63/5 bands: 12·π/2/12.6 a band.
			if math.Abs(float64(v)) > 6 || b > 0 && math.Abs(float64(v-curve[b-1])) > 1.5 {
				t.Fatalf("curve %v", curve)
			}
		}

		clear(curve)
		Gain{MaxDB: 10}.add(curve, rng)
		want := math.Pow(10, float64(curve[0])/10)
		p := constant(3*testBands, 2)
		multiply(p, curve)
		near(t, "power after gain", float64(p[100])/2, want, 1e-5*want)
	}
}
