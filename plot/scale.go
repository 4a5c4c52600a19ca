package plot

import (
	"math"

	"github.com/soundspace/soundspace/spectrogram"
)

// valueScale turns values of a spectrogram into what is drawn: decibels for
// powers and magnitudes, themselves for logarithms.
type valueScale struct {
	unit        spectrogram.Unit
	refDB       float64 // subtracted from the decibels of powers and magnitudes
	bottom, top float64 // the range drawn
	name        string
}

// newValueScale returns the scale for a picture whose largest finite value is
// peak, -Inf if there is none.
func newValueScale(l *spectrogram.Layout, cfg *Config, peak float64) valueScale {
	s := valueScale{unit: l.Unit, name: cfg.RefName}
	span := cfg.RangeDB
	named := func(name string) {
		if s.name == "" {
			s.name = name
		}
	}
	switch l.Unit {
	case spectrogram.Magnitude, spectrogram.Power:
		switch {
		case cfg.Ref > 0:
			s.refDB = 10 * math.Log10(cfg.Ref)
			named("dB re " + shortest(cfg.Ref))
		case peak > 0:
			s.refDB = s.drawn(float32(peak))
			named("dB re max")
		default:
			named("dB")
		}
		s.bottom = -span
		return s
	case spectrogram.Decibel:
		s.top = peak
		if cfg.Ref > 0 {
			s.top = 10 * math.Log10(cfg.Ref)
			if l.Reference > 0 {
				s.top -= 10 * math.Log10(l.Reference)
			}
		}
		if l.Reference > 0 {
			named("dB re " + shortest(l.Reference))
		}
		named("dB")
	case spectrogram.Ln:
		s.top = peak
		if cfg.Ref > 0 {
			s.top = math.Log(cfg.Ref)
		}
		span *= math.Ln10 / 10
		named("ln(power)")
	case spectrogram.Log10:
		s.top = peak
		if cfg.Ref > 0 {
			s.top = math.Log10(cfg.Ref)
		}
		span /= 10
		named("log10(power)")
	case spectrogram.Log1p:
		s.top = peak
		if cfg.Ref > 0 {
			s.top = math.Log1p(cfg.Ref)
		}
		if !(s.top > 0) {
			s.top = 1
		}
		span = s.top
		named("ln(1 + power)")
	}
	if math.IsInf(s.top, 0) {
		s.top = 0
	}
	s.bottom = s.top - span
	return s
}

// drawn returns the number that v is drawn as.
func (s *valueScale) drawn(v float32) float64 {
	switch s.unit {
	case spectrogram.Magnitude:
		return 20*math.Log10(float64(v)) - s.refDB
	case spectrogram.Power:
		return 10*math.Log10(float64(v)) - s.refDB
	}
	return float64(v)
}

// leveler finds the palette level of values fast: the range of a scale is cut
// into equal parts, one a level.
type leveler struct {
	scale *valueScale
	// from[i] is the smallest power or magnitude of level i, and guess the level
	// of the smallest value among those that share their first 16 bits.
	from  [levels]float32
	guess [1 << 15]uint8
}

func newLeveler(s *valueScale) *leveler {
	l := &leveler{scale: s}
	perFactor10 := 0.0
	switch s.unit {
	case spectrogram.Magnitude:
		perFactor10 = 20
	case spectrogram.Power:
		perFactor10 = 10
	default:
		return l
	}
	for i := range l.from {
		db := s.bottom + float64(i)*(s.top-s.bottom)/levels + s.refDB
		// Zero is below every range, even where float32 ends above it.
		l.from[i] = max(float32(math.Pow(10, db/perFactor10)), math.SmallestNonzeroFloat32)
	}
	level := 0
	for k := range l.guess {
		smallest := math.Float32frombits(uint32(k) << 16)
		for level < levels-1 && smallest >= l.from[level+1] {
			level++
		}
		l.guess[k] = uint8(level)
	}
	return l
}

// levels sets dst to the levels of as many values: 0 for NaN.
func (l *leveler) levels(dst []uint8, values []float32) {
	values = values[:len(dst)]
	if l.scale.unit > spectrogram.Power {
		for i, v := range values {
			dst[i] = levelOf((float64(v) - l.scale.bottom) / (l.scale.top - l.scale.bottom))
		}
		return
	}
	for i, v := range values {
		level := uint8(0)
		if v >= l.from[1] {
			level = l.guess[math.Float32bits(v)>>16]
			for level < levels-1 && v >= l.from[level+1] {
				level++
			}
		}
		dst[i] = level
	}
}

// levelOf returns the level at x of the way up the range.
func levelOf(x float64) uint8 {
	x *= levels
	if !(x >= 1) {
		return 0
	}
	return uint8(min(x, levels-1))
}
