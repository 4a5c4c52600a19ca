package dataset

import (
	"math"
	"math/rand/v2"
)

// Stretch plays a clip faster or slower and, on its own, higher or lower, by linear
// interpolation of powers between frames and between bands. It is meant for small
// changes: harmonics do not become sharper or blunter with the bands they move to.
type Stretch struct {
	Probability float64 `json:"probability"`
	// Time is by how much at most the clip becomes faster or slower: 0.1 is
	// between 1/1.1 and 1.1 times as fast.
	Time float64 `json:"time"`
	// Semitones is by how many at most all frequencies move up or down.
	Semitones float64 `json:"semitones"`
}

// choose returns how many times faster a clip is to be played, and by how many
// octaves it moves up.
func (s Stretch) choose(rng *rand.Rand) (speed, octaves float64) {
	if !chance(rng, s.Probability) {
		return 1, 0
	}
	most := math.Log1p(s.Time)
	return math.Exp(uniform(rng, -most, most)), uniform(rng, -s.Semitones, s.Semitones) / 12
}

// resampleFrames sets frame t of dst to src at frame t·speed, interpolated. src must
// have at least two frames or as many as dst; beyond its end the last one counts.
func resampleFrames(dst, src []float32, bands int, speed float64) {
	last := len(src)/bands - 1
	for t := range len(dst) / bands {
		at := float64(t) * speed
		i := min(int(at), last)
		j := min(i+1, last)
		w := float32(at - float64(i))
		if i == last {
			w = 0
		}
		out, a, b := dst[t*bands:(t+1)*bands], src[i*bands:(i+1)*bands], src[j*bands:(j+1)*bands]
		for k := range out {
			out[k] = a[k] + w*(b[k]-a[k])
		}
	}
}

// shiftBands moves every frame of p up by a number of octaves. Bands that nothing
// known moves into take the power of the nearest band that is known.
func shiftBands(p []float32, ax Axes, octaves float64, s *scratch) {
	bands := len(ax.Hz)
	from := s.index[:bands]
	weight := s.curve[:bands]
	i := 0
	for b, f := range ax.Hz {
		f = min(max(f*math.Exp2(-octaves), ax.Hz[0]), ax.Hz[bands-1])
		for i+2 < bands && ax.Hz[i+1] <= f {
			i++
		}
		for i > 0 && ax.Hz[i] > f {
			i--
		}
		from[b], weight[b] = i, 0
		if i+1 < bands {
			weight[b] = float32((f - ax.Hz[i]) / (ax.Hz[i+1] - ax.Hz[i]))
		}
	}
	frame := s.frame[:bands]
	for at := 0; at < len(p); at += bands {
		x := p[at : at+bands]
		copy(frame, x)
		for b, i := range from {
			low, high := frame[i], frame[min(i+1, bands-1)]
			x[b] = low + weight[b]*(high-low)
		}
	}
}
