package stft

import (
	"slices"
	"sync"

	"github.com/soundspace/soundspace/internal/fft"
)

// Plan computes the short-time Fourier transform that a [Config] describes. It
// is immutable and safe for concurrent use. Given a dst of sufficient
// capacity, its methods allocate nothing.
type Plan struct {
	cfg    Config
	coeffs []float64
	scale  float64

	complex   transformer[float32, complex64]
	magnitude transformer[float32, float32]
	power     transformer[float32, float32]
	phase     transformer[float32, float32]

	// What only some need is set up when it is asked for.
	single func() *engine[float32]
	double func() *engine[float64]
	wide   func() *doubleTransforms
}

// doubleTransforms are in float64 throughout.
type doubleTransforms struct {
	complex   transformer[float64, complex128]
	magnitude transformer[float64, float64]
	power     transformer[float64, float64]
	phase     transformer[float64, float64]
}

// New returns a plan. The error names the field of the config that is wrong,
// its value, and what is allowed.
func New(cfg Config) (*Plan, error) {
	cfg, err := cfg.resolve()
	if err != nil {
		return nil, err
	}
	coeffs, err := cfg.Window.Coefficients(cfg.WinLength)
	if err != nil {
		return nil, err
	}
	scale, err := cfg.scale(coeffs)
	if err != nil {
		return nil, err
	}
	p := &Plan{cfg: cfg, coeffs: coeffs, scale: scale}
	p.single = sync.OnceValue(func() *engine[float32] { return newEngine[float32](p) })
	p.double = sync.OnceValue(func() *engine[float64] { return newEngine[float64](p) })
	p.wide = sync.OnceValue(func() *doubleTransforms {
		e := p.double()
		return &doubleTransforms{
			complex:   newTransform[float64, float64, complex128](e, fft.Spectrum, nil),
			magnitude: newTransform[float64, float64, float64](e, fft.Magnitude, nil),
			power:     newTransform[float64, float64, float64](e, fft.Power, nil),
			phase:     newTransform[float64](e, fft.Spectrum, phase[float64, float64]),
		}
	})
	if cfg.Float64 {
		e := p.double()
		p.complex = newTransform[float32](e, fft.Spectrum, narrowComplex)
		p.magnitude = newTransform[float32](e, fft.Magnitude, narrow)
		p.power = newTransform[float32](e, fft.Power, narrow)
		p.phase = newTransform[float32](e, fft.Spectrum, phase[float32, float64])
	} else {
		e := p.single()
		p.complex = newTransform[float32, float32, complex64](e, fft.Spectrum, nil)
		p.magnitude = newTransform[float32, float32, float32](e, fft.Magnitude, nil)
		p.power = newTransform[float32, float32, float32](e, fft.Power, nil)
		p.phase = newTransform[float32](e, fft.Spectrum, phase[float32, float32])
	}
	return p, nil
}

// Config returns the config with every default filled in.
func (p *Plan) Config() Config { return p.cfg }

// Window returns a copy of the WinLength coefficients of the window, unscaled.
func (p *Plan) Window() []float64 { return slices.Clone(p.coeffs) }

// WindowSum returns Σw, unscaled: the value that a constant signal of 1 has in
// bin 0 under ScaleNone, and twice the magnitude of a full-scale sinusoid.
func (p *Plan) WindowSum() float64 {
	sum, _ := sums(p.coeffs)
	return sum
}

// WindowSumSquares returns Σw², unscaled: the expected power of white noise of
// variance 1 in any bin under ScaleNone.
func (p *Plan) WindowSumSquares() float64 {
	_, squares := sums(p.coeffs)
	return squares
}

// Scale returns the factor of the config's Scaling, without that of OneSided2X.
func (p *Plan) Scale() float64 { return p.scale }

// Bins returns the number of values in a frame, NFFT/2+1.
func (p *Plan) Bins() int { return p.cfg.NFFT/2 + 1 }

// Frames returns the number of frames of a signal of n samples. Centred it is
// 1 + n/HopSamples, rounded down (n-1 in place of n when NFFT is odd, for NFFT/2
// samples are padded at each end, as in librosa and torch); not centred,
// 1 + (n-NFFT)/HopSamples, or 0 when n < NFFT. An empty signal has no frames.
func (p *Plan) Frames(n int) int {
	if n <= 0 {
		return 0
	}
	spare := n + 2*p.lead() - p.cfg.NFFT
	if spare < 0 {
		return 0
	}
	return 1 + spare/p.cfg.HopSamples
}

// lead returns how many samples frame 0 begins before the signal.
func (p *Plan) lead() int {
	if p.cfg.NoCenter {
		return 0
	}
	return p.cfg.NFFT / 2
}

// start returns the first sample of frame t, which may be negative.
func (p *Plan) start(t int) int { return t*p.cfg.HopSamples - p.lead() }

// Complex computes the transform of x: row t of Bins() values is frame t. The
// rows are written to dst if its capacity suffices and to a new slice
// otherwise; the slice is returned.
func (p *Plan) Complex(dst []complex64, x []float32) []complex64 {
	return p.complex.transform(dst, x)
}

// Magnitude is like [Plan.Complex] and computes |X|.
func (p *Plan) Magnitude(dst, x []float32) []float32 { return p.magnitude.transform(dst, x) }

// Power is like [Plan.Complex] and computes |X|².
func (p *Plan) Power(dst, x []float32) []float32 { return p.power.transform(dst, x) }

// Phase is like [Plan.Complex] and computes arg X in radians, -π to π. The
// phase is that at the first sample of the frame's NFFT, as in librosa and
// torch.
func (p *Plan) Phase(dst, x []float32) []float32 { return p.phase.transform(dst, x) }

// Complex128 is [Plan.Complex] in float64 throughout.
func (p *Plan) Complex128(dst []complex128, x []float64) []complex128 {
	return p.wide().complex.transform(dst, x)
}

// Magnitude64 is [Plan.Magnitude] in float64 throughout.
func (p *Plan) Magnitude64(dst, x []float64) []float64 {
	return p.wide().magnitude.transform(dst, x)
}

// Power64 is [Plan.Power] in float64 throughout.
func (p *Plan) Power64(dst, x []float64) []float64 { return p.wide().power.transform(dst, x) }

// Phase64 is [Plan.Phase] in float64 throughout.
func (p *Plan) Phase64(dst, x []float64) []float64 { return p.wide().phase.transform(dst, x) }
