package spectrogram

import (
	"fmt"
	"math"

	"github.com/soundspace/soundspace/internal/f32"
)

// Reference says which power reads 0 dB.
type Reference uint8

const (
	// ReferenceValue is DBConfig.ReferencePower.
	ReferenceValue Reference = iota
	// ReferenceMax is the largest finite power of all frames and channels.
	ReferenceMax
	// ReferenceFullScale is Layout.FullScale: the peak of a sine that swings
	// from -1 to 1.
	ReferenceFullScale
)

// DBConfig says how power becomes decibels:
//
//	dB = 10·log10(max(power, AMin)) - 10·log10(max(reference, AMin))
//
// The zero value is relative to a power of 1 without a limit below the floor:
// librosa's power_to_db(S, top_db=None), torchaudio's AmplitudeToDB().
type DBConfig struct {
	// Reference says which power reads 0 dB (zero: ReferenceValue).
	Reference Reference
	// ReferencePower is the power at 0 dB under ReferenceValue (0: 1).
	ReferencePower float64
	// AMin is the smallest power told apart from nothing (0: 1e-10), the floor
	// of the result and of the reference. librosa's amplitude_to_db takes its
	// square root.
	AMin float64
	// TopDB raises everything that is more than TopDB below the largest value of
	// all frames and channels to there (0: no limit). librosa's default is 80.
	TopDB float64
}

// defaultFloor is the smallest power under a logarithm, -100 dB.
const defaultFloor = 1e-10

func (c DBConfig) withDefaults() (DBConfig, error) {
	if c.ReferencePower == 0 {
		c.ReferencePower = 1
	}
	if c.AMin == 0 {
		c.AMin = defaultFloor
	}
	if c.Reference > ReferenceFullScale {
		return c, fmt.Errorf("spectrogram: DBConfig.Reference is %d, must be ReferenceValue, ReferenceMax or ReferenceFullScale", c.Reference)
	}
	if c.Reference != ReferenceValue && c.ReferencePower != 1 {
		return c, fmt.Errorf("spectrogram: DBConfig.ReferencePower is %g, but Reference asks for another power", c.ReferencePower)
	}
	if !positive(c.ReferencePower) {
		return c, fmt.Errorf("spectrogram: DBConfig.ReferencePower is %g, must be positive and finite", c.ReferencePower)
	}
	if !positive(c.AMin) {
		return c, fmt.Errorf("spectrogram: DBConfig.AMin is %g, must be positive and finite", c.AMin)
	}
	if !(c.TopDB >= 0) || math.IsInf(c.TopDB, 1) {
		return c, fmt.Errorf("spectrogram: DBConfig.TopDB is %g, must not be negative, and finite", c.TopDB)
	}
	return c, nil
}

// positive tells whether x can stand under a logarithm: subnormal values, which
// ln does not take, count as 0.
func positive(x float64) bool { return x >= 0x1p-1022 && x <= math.MaxFloat64 }

// ToDecibel turns a spectrogram of [Power] or [Magnitude] into decibels, in
// place; both give the same dB. Unit becomes [Decibel] and Layout.Reference the
// power at 0 dB. Another unit, or a configuration out of range, is an error and
// leaves s as it was.
//
// The largest value is taken over all channels together, as torchaudio and
// librosa up to 0.11 do, so that a quiet channel stays quiet; librosa 1.0 takes
// one for each channel, which calling ToDecibel on every [Spectrogram.Channel]
// does too. NaN stays NaN and +Inf stays +Inf; neither counts as the largest
// value.
func (s *Spectrogram) ToDecibel(cfg DBConfig) error {
	cfg, err := cfg.withDefaults()
	if err != nil {
		return err
	}
	if s.Unit != Power && s.Unit != Magnitude {
		return fmt.Errorf("spectrogram: ToDecibel needs power or magnitude, not %v", s.Unit)
	}
	reference := cfg.ReferencePower
	switch cfg.Reference {
	case ReferenceMax:
		reference = max(0, largestFinite(s.Data))
		if s.Unit == Magnitude {
			reference *= reference
		}
	case ReferenceFullScale:
		reference = s.FullScale
	}
	reference = max(reference, cfg.AMin)
	decibel(s.Unit, reference, cfg.AMin).Apply(s.Data)
	if cfg.TopDB > 0 {
		raise(s.Data, float32(largestFinite(s.Data)-cfg.TopDB))
	}
	s.Unit, s.Reference = Decibel, reference
	return nil
}

// decibel returns the map from values of unit Power or Magnitude to dB.
func decibel(unit Unit, reference, aMin float64) *f32.Log {
	offset := -10 * math.Log10(reference)
	if unit == Magnitude {
		return f32.NewLog(20/math.Ln10, offset, math.Sqrt(aMin))
	}
	return f32.NewLog(10/math.Ln10, offset, aMin)
}

// largestFinite returns the largest value that is neither NaN nor infinite,
// -Inf if there is none.
func largestFinite(x []float32) float64 {
	largest := float32(math.Inf(-1))
	for _, v := range x {
		if v > largest && v <= math.MaxFloat32 {
			largest = v
		}
	}
	return float64(largest)
}

// raise lifts every value below floor to it.
func raise(x []float32, floor float32) {
	for i, v := range x {
		if v < floor {
			x[i] = floor
		}
	}
}
