package dataset

import (
	"math"
	"testing"
)

// A tone moves by the semitones asked for, and a rhythm plays at the speed.
func TestStretch(t *testing.T) {
	fe, ax := testFrontEnd(t)
	tone := func(hz float64) []float32 {
		x := make([]float32, 32000)
		for i := range x {
			x[i] = float32(0.5 * math.Sin(2*math.Pi*hz*float64(i)/32000))
		}
		p := fe.Compute(nil, x)
		toPower(p)
		return p
	}
	peak := func(p []float32) int {
		best, frame := 0, p[20*testBands:21*testBands]
		for b, v := range frame {
			if v > frame[best] {
				best = b
			}
		}
		return best
	}
	for _, semitones := range []float64{-5, 0, 3, 12} {
		p := tone(2000)
		shiftBands(p, ax, semitones/12, newScratch(1, testBands, 1))
		if got, want := peak(p), peak(tone(2000*math.Exp2(semitones/12))); got < want-1 || got > want+1 {
			t.Errorf("%g semitones: band %d, want %d", semitones, got, want)
		}
	}
	clicks := make([]float32, 100)
	for i := 0; i < 100; i += 10 {
		clicks[i] = 1
	}
	fast := make([]float32, 80)
	resampleFrames(fast, clicks, 1, 1.25)
	for i, v := range fast {
		if (i%8 == 0) != (v == 1) {
			t.Errorf("frame %d: %g", i, v)
		}
	}
	same := make([]float32, 100)
	resampleFrames(same, clicks, 1, 1)
	for i := range same {
		if same[i] != clicks[i] {
			t.Fatal("speed 1 changes frames")
		}
	}
}
