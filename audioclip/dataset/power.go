package dataset

import (
	"math"

	"github.com/soundspace/soundspace/internal/f32"
)

// toPower turns dB into power: 10^(x/10).
func toPower(x []float32) {
	f32.Scale(x, math.Ln10/10)
	f32.Exp(x)
}

// ratio returns the power ratio that a number of dB stands for.
func ratio(dB float64) float64 { return math.Pow(10, dB/10) }

// multiply multiplies every frame of p by a curve given in dB for each band, which
// it overwrites.
func multiply(p, curve []float32) {
	toPower(curve)
	for at := 0; at < len(p); at += len(curve) {
		frame := p[at : at+len(curve)]
		for b, g := range curve {
			frame[b] *= g
		}
	}
}

// activeRange is how far below the loudest frame one still counts as sound.
const activeRange = 20 // dB

// Level returns the level of a sound: the mean power, summed over the bands, of the
// frames that are at most 20 dB below the loudest one. So silence around a sound does
// not change it. p are frames of bands powers.
func Level(p []float32, bands int) float64 {
	loudest := float32(0)
	for at := 0; at < len(p); at += bands {
		loudest = max(loudest, total(p[at:at+bands]))
	}
	least := float32(float64(loudest) * ratio(-activeRange))
	sum, n := 0.0, 0
	for at := 0; at < len(p); at += bands {
		if s := total(p[at : at+bands]); s >= least {
			sum += float64(s)
			n++
		}
	}
	return sum / float64(max(n, 1))
}

func total(frame []float32) float32 {
	var a, b float32
	for len(frame) >= 2 {
		a += frame[0]
		b += frame[1]
		frame = frame[2:]
	}
	if len(frame) > 0 {
		a += frame[0]
	}
	return a + b
}
