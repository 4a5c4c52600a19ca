package dataset

import (
	"math"
	"math/rand/v2"
)

// Equalizer colours a clip as another microphone or place would: by a slope over all
// frequencies and a smooth curve with random values at points evenly spaced over the
// bands and half-cosines between them.
type Equalizer struct {
	Probability float64 `json:"probability"`
	// TiltDB is the steepest slope, in dB per octave. At 1 kHz it does nothing.
	TiltDB float64 `json:"tilt_db"`
	// CurveDB is how far the curve goes up or down at most.
	CurveDB float64 `json:"curve_db"`
	// Points is the number of points of the curve (0: 6).
	Points int `json:"points"`
}

// add adds a response to a curve of dB for each band.
func (e Equalizer) add(curve []float32, ax Axes, rng *rand.Rand) {
	if !chance(rng, e.Probability) {
		return
	}
	tilt := uniform(rng, -e.TiltDB, e.TiltDB)
	for b := range curve {
		curve[b] += float32(tilt * ax.octaves(b))
	}
	points := e.Points
	if points == 0 {
		points = 6
	}
	points = max(points, 2)
	left, right := uniform(rng, -e.CurveDB, e.CurveDB), uniform(rng, -e.CurveDB, e.CurveDB)
	segment := 0
	for b := range curve {
		at := float64(b) / float64(max(len(curve)-1, 1)) * float64(points-1)
		for at > float64(segment+1) {
			left, right = right, uniform(rng, -e.CurveDB, e.CurveDB)
			segment++
		}
		w := (1 - math.Cos(math.Pi*(at-float64(segment)))) / 2
		curve[b] += float32(left + w*(right-left))
	}
}
