package dataset

import (
	"math"
	"testing"
)

// The level of an impulse's reverberation falls by 60 dB in RT60, and its sum is as
// far below the impulse as was asked for.
func TestDecay(t *testing.T) {
	_, ax := testFrontEnd(t)
	d := Decay{Probability: 1, RT60Min: 0.8, RT60Max: 0.8, Damping: 0.5, DirectMinDB: 6, DirectMaxDB: 6}
	const frames = 400
	p := make([]float32, frames*testBands)
	fill(p[:testBands], 1)
	d.apply(p, ax, newScratch(frames, testBands, 1), testRand())
	for b := range testBands {
		level := func(t int) float64 { return dB(float64(p[t*testBands+b])) }
		rt60 := 60 / ((level(1) - level(11)) / 10) / ax.FramesPerSecond
		want := 0.8
		if f := ax.Hz[b]; f > 1000 {
			want = 0.8 / math.Sqrt(f/1000)
		}
		near(t, "RT60", rt60, want, 1e-3)
		sum := 0.0
		for t := 1; t < frames; t++ {
			sum += float64(p[t*testBands+b])
		}
		near(t, "impulse to reverberation", dB(float64(p[b])/sum), 6, 1e-2)
	}
}
