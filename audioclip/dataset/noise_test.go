package dataset

import (
	"math"
	"testing"
)

// Noise comes at the SNR and in the colour that were asked for.
func TestNoise(t *testing.T) {
	_, ax := testFrontEnd(t)
	const frames = 4000
	for _, colour := range []float64{0, -6} {
		n := Noise{Probability: 1, SNRMinDB: 12, SNRMaxDB: 12, ColourMinDB: colour, ColourMaxDB: colour}
		p := constant(frames*testBands, 1)
		n.apply(p, ax, newScratch(frames, testBands, 1), testRand())
		sum, low, high := 0.0, 0.0, 0.0
		for i, v := range p {
			sum += float64(v) - 1
			switch i % testBands {
			case 10:
				low += float64(v) - 1
			case 50:
				high += float64(v) - 1
			}
		}
		near(t, "SNR", -dB(sum/float64(len(p))), 12, 0.1)
		near(t, "slope per octave", dB(high/low)/math.Log2(ax.Hz[50]/ax.Hz[10]), colour, 0.1)
	}
}

// The noise fluctuates as white noise does behind the real front end: the variance of
// the power in each band, over its squared mean.
func TestNoiseLikeReal(t *testing.T) {
	fe, ax := testFrontEnd(t)
	rng := testRand()
	const seconds = 60
	x := make([]float32, 32000*seconds)
	for i := range x {
		x[i] = float32(0.1 * rng.NormFloat64())
	}
	real := fe.Compute(nil, x)
	toPower(real)
	made := make([]float32, len(real))
	fill(made, 1)
	Noise{Probability: 1}.apply(made, ax, newScratch(1, testBands, 1), rng)
	for i := range made {
		made[i]--
	}
	spread := func(p []float32, b int) float64 { // variance over squared mean: 2/degrees of freedom
		sum, squares, n := 0.0, 0.0, 0.0
		for at := 3*testBands + b; at < len(p)-3*testBands; at += testBands {
			sum += float64(p[at])
			squares += float64(p[at]) * float64(p[at])
			n++
		}
		return squares*n/(sum*sum) - 1
	}
	var ratios float64
	for b := range testBands {
		r := spread(made, b) / spread(real, b)
		ratios += math.Log(r) / testBands
		if r < 1/1.6 || r > 1.6 {
			t.Errorf("band %d (%.0f Hz): variance of the noise %.3f, of real noise %.3f", b, ax.Hz[b], spread(made, b), spread(real, b))
		}
	}
	if m := math.Exp(ratios); m < 0.85 || m > 1.18 {
		t.Errorf("the variance is %.2f times that of real noise in the mean", m)
	}
}

// The values are χ² distributed: mean 1, variance 2/n, skewness √(8/n).
func TestWilsonHilferty(t *testing.T) {
	rng := testRand()
	for _, dof := range []float64{2.5, 4, 10, 40} {
		const n = 400000
		var m1, m2, m3 float64
		for range n {
			v := float64(wilsonHilferty(float32(2/(9*dof)), float32(rng.NormFloat64())))
			m1 += v / n
			m2 += (v - 1) * (v - 1) / n
			m3 += (v - 1) * (v - 1) * (v - 1) / n
		}
		near(t, "mean", m1, 1, 0.01)
		near(t, "variance·n/2", m2*dof/2, 1, 0.05)
		near(t, "skewness", m3/math.Pow(m2, 1.5)/math.Sqrt(8/dof), 1, 0.1)
	}
}
