package dataset

import (
	"fmt"
	"math"
)

// Augment says how clips are changed, in the order of the fields: each clip for
// itself up to Equalizer; then what happens in a place; then what recording does.
// The zero value changes nothing: the window begins with the clip, silence follows.
type Augment struct {
	Stretch    Stretch    `json:"stretch"`
	Place      Place      `json:"place"`
	Equalizer  Equalizer  `json:"equalizer"`
	Mix        Mix        `json:"mix"`
	Decay      Decay      `json:"decay"`
	Background Background `json:"background"`
	Noise      Noise      `json:"noise"`
	BandLimit  BandLimit  `json:"band_limit"`
	Gain       Gain       `json:"gain"`
	Roll       Roll       `json:"roll"`
	Mask       Mask       `json:"mask"`
}

// scaled returns a with probabilities, and the widths of masks, multiplied by r. Where
// clips are placed stays.
func (a Augment) scaled(r float64) Augment {
	for _, p := range []*float64{
		&a.Stretch.Probability, &a.Equalizer.Probability, &a.Mix.Probability, &a.Decay.Probability,
		&a.Background.Probability, &a.Noise.Probability, &a.BandLimit.LowPass, &a.BandLimit.HighPass,
	} {
		*p *= r
	}
	a.Mask.Frames, a.Mask.Bands = int(r*float64(a.Mask.Frames)), int(r*float64(a.Mask.Bands))
	return a
}

// check names the first field that is out of its range.
func (a Augment) check() error {
	probability := func(v float64) bool { return v >= 0 && v <= 1 }
	size := func(most float64) func(float64) bool { return func(v float64) bool { return v >= 0 && v <= most } }
	any200 := func(v float64) bool { return math.Abs(v) <= 200 }
	for _, f := range []struct {
		name  string
		value float64
		ok    func(float64) bool
	}{
		{"Stretch.Probability", a.Stretch.Probability, probability},
		{"Stretch.Time", a.Stretch.Time, size(3)},
		{"Stretch.Semitones", a.Stretch.Semitones, size(48)},
		{"Place.Tile", a.Place.Tile, probability},
		{"Equalizer.Probability", a.Equalizer.Probability, probability},
		{"Equalizer.TiltDB", a.Equalizer.TiltDB, size(200)},
		{"Equalizer.CurveDB", a.Equalizer.CurveDB, size(200)},
		{"Equalizer.Points", float64(a.Equalizer.Points), size(1000)},
		{"Mix.Probability", a.Mix.Probability, probability},
		{"Mix.MaxDB", a.Mix.MaxDB, size(200)},
		{"Decay.Probability", a.Decay.Probability, probability},
		{"Decay.RT60Min", a.Decay.RT60Min, size(100)},
		{"Decay.RT60Max", a.Decay.RT60Max, size(100)},
		{"Decay.Damping", a.Decay.Damping, size(10)},
		{"Decay.DirectMinDB", a.Decay.DirectMinDB, any200},
		{"Decay.DirectMaxDB", a.Decay.DirectMaxDB, any200},
		{"Background.Probability", a.Background.Probability, probability},
		{"Background.SNRMinDB", a.Background.SNRMinDB, any200},
		{"Background.SNRMaxDB", a.Background.SNRMaxDB, any200},
		{"Noise.Probability", a.Noise.Probability, probability},
		{"Noise.SNRMinDB", a.Noise.SNRMinDB, any200},
		{"Noise.SNRMaxDB", a.Noise.SNRMaxDB, any200},
		{"Noise.ColourMinDB", a.Noise.ColourMinDB, any200},
		{"Noise.ColourMaxDB", a.Noise.ColourMaxDB, any200},
		{"BandLimit.LowPass", a.BandLimit.LowPass, probability},
		{"BandLimit.HighPass", a.BandLimit.HighPass, probability},
		{"BandLimit.SlopeMinDB", a.BandLimit.SlopeMinDB, size(200)},
		{"BandLimit.SlopeMaxDB", a.BandLimit.SlopeMaxDB, size(200)},
		{"Gain.MaxDB", a.Gain.MaxDB, size(200)},
		{"Roll.Probability", a.Roll.Probability, probability},
		{"Mask.Times", float64(a.Mask.Times), size(1000)},
		{"Mask.Frames", float64(a.Mask.Frames), size(math.MaxInt32)},
		{"Mask.Frequencies", float64(a.Mask.Frequencies), size(1000)},
		{"Mask.Bands", float64(a.Mask.Bands), size(math.MaxInt32)},
	} {
		if !f.ok(f.value) {
			return fmt.Errorf("dataset: %s is %g, which is out of range", f.name, f.value)
		}
	}
	for _, f := range []struct {
		name        string
		probability float64
		low, high   float64
	}{
		{"BandLimit.LowPassMinHz", a.BandLimit.LowPass, a.BandLimit.LowPassMinHz, a.BandLimit.LowPassMaxHz},
		{"BandLimit.HighPassMinHz", a.BandLimit.HighPass, a.BandLimit.HighPassMinHz, a.BandLimit.HighPassMaxHz},
	} {
		if f.probability > 0 && !(f.low > 0 && f.low <= f.high && f.high <= 1e6) {
			return fmt.Errorf("dataset: %s is %g and the highest %g; both must be positive and in order", f.name, f.low, f.high)
		}
	}
	return nil
}

// scratch is what augmentation needs for one window.
type scratch struct {
	rng                *random
	other              []float32 // a window of powers
	clip, stretched    []float32 // frames of a clip before they are placed
	curve, gain, frame []float32 // bands
	index              []int     // bands
	drawn              []int     // rows: their clips
}

func newScratch(frames, bands, rows int) *scratch {
	return &scratch{
		rng:       newRandom(),
		other:     make([]float32, frames*bands),
		stretched: make([]float32, frames*bands),
		curve:     make([]float32, bands), gain: make([]float32, bands), frame: make([]float32, bands),
		index: make([]int, bands), drawn: make([]int, rows),
	}
}
