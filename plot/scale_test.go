package plot

import (
	"math"
	"testing"

	"github.com/soundspace/soundspace/spectrogram"
)

// levelIn is the level of one value.
func levelIn(l *leveler, v float32) uint8 {
	var level [1]uint8
	l.levels(level[:], []float32{v})
	return level[0]
}

func TestLevels(t *testing.T) {
	inf, nan := float32(math.Inf(1)), float32(math.NaN())
	for _, unit := range []spectrogram.Unit{spectrogram.Power, spectrogram.Magnitude} {
		for _, ref := range []float64{0, 1e-12, 1, 3, 1e9} {
			for _, rangeDB := range []float64{1, 80, 1000} {
				l := spectrogram.Layout{Unit: unit}
				s := newValueScale(&l, &Config{RangeDB: rangeDB, Ref: ref}, 0.37)
				lv := newLeveler(&s)
				for db := -rangeDB - 5; db < 5; db += rangeDB / 700 {
					per := 10.0
					if unit == spectrogram.Magnitude {
						per = 20
					}
					v := float32(math.Pow(10, (db+s.refDB)/per))
					if v < 1e-37 || math.IsInf(float64(v), 0) {
						continue
					}
					if got := s.drawn(v); math.Abs(got-db) > 1e-4 {
						t.Fatalf("%v is drawn at %v dB, want %v", v, got, db)
					}
					exact := (s.drawn(v) + rangeDB) / rangeDB * levels
					got := float64(levelIn(lv, v))
					if got < min(max(exact, 0), levels-1)-1-1e-3 || got > max(exact, 0)+1e-3 {
						t.Fatalf("%v dB of %v has level %v, want that below %v", db, rangeDB, got, exact)
					}
				}
				for v, want := range map[float32]uint8{0: 0, -1: 0, inf: levels - 1, -inf: 0} {
					if got := levelIn(lv, v); got != want {
						t.Errorf("level of %v is %d, want %d", v, got, want)
					}
				}
				if got := levelIn(lv, nan); got != 0 {
					t.Errorf("level of NaN is %d, want 0", got)
				}
			}
		}
	}
}

func TestScaleOfLogarithms(t *testing.T) {
	for _, test := range []struct {
		unit        spectrogram.Unit
		ref, layRef float64
		peak        float64
		bottom, top float64
		name        string
	}{
		{spectrogram.Power, 0, 0, 5, -80, 0, "dB re max"},
		{spectrogram.Power, 0, 0, 0, -80, 0, "dB"},
		{spectrogram.Magnitude, 0.25, 0, 5, -80, 0, "dB re 0.25"},
		{spectrogram.Decibel, 0, 1, -12.5, -92.5, -12.5, "dB re 1"},
		{spectrogram.Decibel, 100, 0, 7, -60, 20, "dB"},
		{spectrogram.Decibel, 100, 10, 7, -70, 10, "dB re 10"},
		{spectrogram.Ln, 0, 0, 2, 2 - 8*math.Ln10, 2, "ln(power)"},
		{spectrogram.Log10, 10, 0, 9, -7, 1, "log10(power)"},
		{spectrogram.Log1p, 0, 0, 4, 0, 4, "ln(1 + power)"},
		{spectrogram.Log1p, 0, 0, 0, 0, 1, "ln(1 + power)"},
		{spectrogram.Ln, 0, 0, math.Inf(-1), -8 * math.Ln10, 0, "ln(power)"},
	} {
		l := spectrogram.Layout{Unit: test.unit, Reference: test.layRef}
		s := newValueScale(&l, &Config{RangeDB: 80, Ref: test.ref}, test.peak)
		if math.Abs(s.bottom-test.bottom) > 1e-12 || math.Abs(s.top-test.top) > 1e-12 || s.name != test.name {
			t.Errorf("%+v: %v … %v %q", test, s.bottom, s.top, s.name)
		}
		if test.unit >= spectrogram.Decibel {
			lv := newLeveler(&s)
			for x, want := range map[float64]uint8{-0.1: 0, 0.5: levels / 2, 0.9999: levels - 1, 1: levels - 1, 1.1: levels - 1} {
				if got := levelIn(lv, float32(s.bottom+x*(s.top-s.bottom)+1e-5)); got != want {
					t.Errorf("unit %d: level %d at %v of the range, want %d", test.unit, got, x, want)
				}
			}
		}
	}
}
