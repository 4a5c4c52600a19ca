package dataset

import (
	"math"
	"testing"
)

func TestMix(t *testing.T) {
	// Two equal powers: +3.01 dB, and half of the target each.
	p, q := constant(10*4, 0.25), constant(10*4, 0.25)
	lambda := Mix{}.apply(p, q, 4, testRand())
	near(t, "two equal powers", dB(float64(p[17])/0.25), 3.0103, 1e-4)
	near(t, "λ", lambda, 0.5, 1e-12)

	// At any level: what was added lies by as much above the clip as λ says.
	rng := testRand()
	for range 100 {
		p, q := constant(10*4, 0.25), constant(10*4, 7e-5)
		lambda := Mix{MaxDB: 20}.apply(p, q, 4, rng)
		level := 20 * math.Log10((1-lambda)/lambda)
		near(t, "level of what was added", dB((float64(p[3])-0.25)/0.25), level, 1e-3)
		if math.Abs(level) > 20 {
			t.Errorf("a level of %g dB", level)
		}
	}
}

func TestBackground(t *testing.T) {
	p, q := constant(10*4, 1), constant(10*4, 100)
	Background{SNRMinDB: 10, SNRMaxDB: 10}.apply(p, q, 4, testRand())
	near(t, "clip and background at 10 dB", float64(p[0]), 1.1, 1e-5)
}
