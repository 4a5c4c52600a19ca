package recording

import (
	"math"
	"math/rand/v2"

	"github.com/soundspace/soundspace/audio"
)

// WriteTone writes a WAV file of 16 bits: a tone that rises, with fading noise every
// second, other ones for each seed.
func WriteTone(path string, seconds float64, rate, channels int, seed uint64) error {
	r := rand.New(rand.NewPCG(seed, 1))
	hz := 100 * math.Exp2(5*r.Float64())
	c := audio.NewClip(channels, int(seconds*float64(rate)), rate)
	for _, samples := range c.Samples {
		for i := range samples {
			t := float64(i) / float64(rate)
			samples[i] = float32(0.3*math.Sin(2*math.Pi*hz*t*(1+0.1*t)) + 0.1*r.NormFloat64()*math.Exp(-3*math.Mod(t, 1)))
		}
	}
	return audio.WriteWAVFile(path, c, 16)
}
