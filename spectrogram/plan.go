package spectrogram

import (
	"errors"
	"fmt"
	"math"

	"github.com/soundspace/soundspace/internal/f32"
	"github.com/soundspace/soundspace/stft"
)

// Config says which spectrogram a [Plan] computes. Only SampleRate must be
// given: with nothing else it is the magnitude of librosa's default STFT.
type Config struct {
	// SampleRate is that of the samples, in Hz. It must be positive: no rate is
	// assumed, as a wrong one goes unnoticed.
	SampleRate int
	// STFT is the transform. Its SampleRate may be left 0.
	STFT stft.Config
	// Mel sums the FFT bins into mel bands (nil: FFT bins stay). Its SampleRate
	// and NFFT may be left 0.
	Mel *MelConfig
	// Unit is what the values are to be (zero: Magnitude). With Mel, Magnitude
	// sums |X|, and every other unit starts from sums of |X|².
	Unit Unit
	// Floor is the smallest power that Ln and Log10 see (0: 1e-10).
	Floor float64
	// DB says how Decibel is measured. ReferenceMax and TopDB are out of place
	// here, since they need every frame before the first value is known: ask for
	// Power, and use [Spectrogram.ToDecibel] on the result.
	DB DBConfig
}

// Plan computes spectrograms. It is immutable and safe for concurrent use.
type Plan struct {
	layout    Layout
	transform *stft.Plan
	bank      *MelBank
	values    *stft.Projection
}

// New returns a plan. The error names the field of the config that is wrong,
// its value, and what is allowed.
func New(cfg Config) (*Plan, error) {
	if cfg.SampleRate <= 0 {
		return nil, fmt.Errorf("spectrogram: Config.SampleRate is %d, must be positive", cfg.SampleRate)
	}
	if err := inherit(&cfg.STFT.SampleRate, cfg.SampleRate, "STFT.SampleRate"); err != nil {
		return nil, err
	}
	transform, err := stft.New(cfg.STFT)
	if err != nil {
		return nil, err
	}
	p := &Plan{transform: transform}
	p.layout = Layout{
		SampleRate:  cfg.SampleRate,
		HopSamples:  transform.Config().HopSamples,
		FirstSample: int64(transform.FrameSample(0)),
		Bins:        transform.Bins(),
		Unit:        cfg.Unit,
		STFT:        transform.Config(),
	}
	p.layout.FullScale = fullScalePeak(transform)
	if cfg.Mel == nil {
		p.layout.Frequencies = make([]float64, p.layout.Bins)
		for k := range p.layout.Frequencies {
			p.layout.Frequencies[k] = transform.BinHz(k)
		}
	} else if err := p.addMel(*cfg.Mel); err != nil {
		return nil, err
	}
	convert, err := p.unit(cfg)
	if err != nil {
		return nil, err
	}
	projection := stft.ProjectionConfig{Magnitude: cfg.Unit == Magnitude, Then: convert}
	if p.bank != nil {
		projection.Bands = p.bank.filters
	}
	p.values, err = transform.NewProjection(projection)
	if err != nil {
		return nil, err
	}
	return p, nil
}

// inherit gives a field that is 0 the value it must have.
func inherit(field *int, value int, name string) error {
	if *field == 0 {
		*field = value
	}
	if *field != value {
		return fmt.Errorf("spectrogram: Config.%s is %d, must be 0 or %d as elsewhere in the config", name, *field, value)
	}
	return nil
}

// fullScalePeak returns the power at the peak of a sine between -1 and 1, half
// of whose amplitude is at the negative frequency.
func fullScalePeak(transform *stft.Plan) float64 {
	magnitude := transform.WindowSum() / 2 * transform.Scale()
	power := magnitude * magnitude
	if cfg := transform.Config(); cfg.OneSided2X && cfg.Scaling == stft.ScaleMagnitude {
		power *= 4
	} else if cfg.OneSided2X {
		power *= 2
	}
	return power
}

// addMel puts a mel bank behind the transform.
func (p *Plan) addMel(cfg MelConfig) error {
	if err := inherit(&cfg.SampleRate, p.layout.SampleRate, "Mel.SampleRate"); err != nil {
		return err
	}
	if err := inherit(&cfg.NFFT, p.layout.STFT.NFFT, "Mel.NFFT"); err != nil {
		return err
	}
	bank, err := NewMelBank(cfg)
	if err != nil {
		return err
	}
	p.bank = bank
	p.layout.Bins = bank.Bands()
	p.layout.Frequencies = bank.Frequencies()
	cfg = bank.Config()
	p.layout.Mel = &cfg
	weight := bank.maxWeight()
	if p.layout.Unit == Magnitude {
		weight *= weight
	}
	p.layout.FullScale *= weight
	return nil
}

// unit returns what turns power into the unit, nil if nothing has to be done.
func (p *Plan) unit(cfg Config) (func(values []float32), error) {
	if cfg.Floor == 0 {
		cfg.Floor = defaultFloor
	}
	if !positive(cfg.Floor) {
		return nil, fmt.Errorf("spectrogram: Config.Floor is %g, must be positive and finite", cfg.Floor)
	}
	switch cfg.Unit {
	case Magnitude, Power:
		return nil, nil
	case Log1p:
		return f32.Log1p, nil
	case Ln:
		return f32.NewLog(1, 0, cfg.Floor).Apply, nil
	case Log10:
		return f32.NewLog(1/math.Ln10, 0, cfg.Floor).Apply, nil
	case Decibel:
		db, err := cfg.DB.withDefaults()
		if err != nil {
			return nil, err
		}
		if db.Reference == ReferenceMax || db.TopDB > 0 {
			return nil, errors.New("spectrogram: Config.DB asks for ReferenceMax or TopDB, which need the whole spectrogram: use Unit Power and Spectrogram.ToDecibel")
		}
		reference := db.ReferencePower
		if db.Reference == ReferenceFullScale {
			reference = p.layout.FullScale
		}
		p.layout.Reference = max(reference, db.AMin)
		return decibel(Power, p.layout.Reference, db.AMin).Apply, nil
	}
	return nil, fmt.Errorf("spectrogram: Config.Unit is %d, must be one from Magnitude to Log1p", cfg.Unit)
}

// Layout returns what every spectrogram of the plan has in common. What it
// points to must not be changed.
func (p *Plan) Layout() Layout { return p.layout }

// Frames returns the number of frames of n samples, as [stft.Plan.Frames] does.
func (p *Plan) Frames(n int) int { return p.transform.Frames(n) }

// MelBank returns the mel bank, nil if there is none.
func (p *Plan) MelBank() *MelBank { return p.bank }

// Compute returns the spectrogram of x, which holds the samples of each
// channel. It is an error if there is no channel or channels differ in length.
// Too few samples for a frame give a spectrogram of no frames.
func (p *Plan) Compute(x [][]float32) (*Spectrogram, error) {
	s := new(Spectrogram)
	if err := p.ComputeInto(s, x); err != nil {
		return nil, err
	}
	return s, nil
}

// ComputeInto is [Plan.Compute] into dst, all of which is set. It allocates
// nothing when dst.Data has the capacity.
func (p *Plan) ComputeInto(dst *Spectrogram, x [][]float32) error {
	if len(x) == 0 {
		return errors.New("spectrogram: no channels")
	}
	for c := range x {
		if len(x[c]) != len(x[0]) {
			return fmt.Errorf("spectrogram: channel %d has %d samples, channel 0 has %d: all must have as many", c, len(x[c]), len(x[0]))
		}
	}
	dst.Layout, dst.Channels, dst.Frames = p.layout, len(x), p.Frames(len(x[0]))
	n := dst.Frames * dst.Bins
	if cap(dst.Data) < len(x)*n {
		dst.Data = make([]float32, len(x)*n)
	}
	dst.Data = dst.Data[:len(x)*n]
	for c := range x {
		p.values.Values(dst.Data[c*n:(c+1)*n:(c+1)*n], x[c])
	}
	return nil
}
