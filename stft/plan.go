package stft

import (
	"math"
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
	single func() *engine[float32]
	double func() *engine[float64]
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
	p.single = sync.OnceValue(func() *engine[float32] { return newEngine[float32](cfg, coeffs, scale) })
	p.double = sync.OnceValue(func() *engine[float64] { return newEngine[float64](cfg, coeffs, scale) })
	// Only the precision that the float32 methods use is set up now: the other
	// is rarely wanted.
	if cfg.Float64 {
		p.double()
	} else {
		p.single()
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
	if p.cfg.Float64 {
		return transform(p, p.double(), dst, x, writeComplex64From64)
	}
	return transform(p, p.single(), dst, x, writeComplex64)
}

// Magnitude is like [Plan.Complex] and computes |X|.
func (p *Plan) Magnitude(dst, x []float32) []float32 {
	if p.cfg.Float64 {
		return transform(p, p.double(), dst, x, writeMagnitude[float32, float64])
	}
	return transform(p, p.single(), dst, x, writeMagnitude[float32, float32])
}

// Power is like [Plan.Complex] and computes |X|².
func (p *Plan) Power(dst, x []float32) []float32 {
	if p.cfg.Float64 {
		return transform(p, p.double(), dst, x, writePower[float32, float64])
	}
	return transform(p, p.single(), dst, x, writePower[float32, float32])
}

// Phase is like [Plan.Complex] and computes arg X in radians, -π to π. The
// phase is that at the first sample of the frame's NFFT, as in librosa and
// torch.
func (p *Plan) Phase(dst, x []float32) []float32 {
	if p.cfg.Float64 {
		return transform(p, p.double(), dst, x, writePhase[float32, float64])
	}
	return transform(p, p.single(), dst, x, writePhase[float32, float32])
}

// Complex128 is [Plan.Complex] in float64 throughout.
func (p *Plan) Complex128(dst []complex128, x []float64) []complex128 {
	return transform(p, p.double(), dst, x, writeComplex128)
}

// Magnitude64 is [Plan.Magnitude] in float64 throughout.
func (p *Plan) Magnitude64(dst, x []float64) []float64 {
	return transform(p, p.double(), dst, x, writeMagnitude[float64, float64])
}

// Power64 is [Plan.Power] in float64 throughout.
func (p *Plan) Power64(dst, x []float64) []float64 {
	return transform(p, p.double(), dst, x, writePower[float64, float64])
}

// Phase64 is [Plan.Phase] in float64 throughout.
func (p *Plan) Phase64(dst, x []float64) []float64 {
	return transform(p, p.double(), dst, x, writePhase[float64, float64])
}

// transform computes every frame of x with e and hands its spectrum to write.
func transform[T, S fft.Float, O any](p *Plan, e *engine[T], dst []O, x []S, write func(row []O, spectrum []fft.Complex[T])) []O {
	frames, bins := p.Frames(len(x)), p.Bins()
	dst = slices.Grow(dst[:0], frames*bins)[:frames*bins]
	if frames == 0 {
		return dst
	}
	ws := e.workspaces.Get().(*workspace[T])
	defer e.workspaces.Put(ws)
	s := segment[S]{x: x, total: len(x), pad: p.cfg.Pad, value: S(p.cfg.PadValue)}
	for t := range frames {
		write(dst[t*bins:][:bins], forward(e, ws, &s, p.start(t)))
	}
	return dst
}

func writeComplex64(row []complex64, spectrum []fft.Complex[float32]) {
	for k, v := range spectrum {
		row[k] = complex(v.Re, v.Im)
	}
}

func writeComplex64From64(row []complex64, spectrum []fft.Complex[float64]) {
	for k, v := range spectrum {
		row[k] = complex(float32(v.Re), float32(v.Im))
	}
}

func writeComplex128(row []complex128, spectrum []fft.Complex[float64]) {
	for k, v := range spectrum {
		row[k] = complex(v.Re, v.Im)
	}
}

func writePower[O, T fft.Float](row []O, spectrum []fft.Complex[T]) {
	row = row[:len(spectrum)]
	for k, v := range spectrum {
		row[k] = O(v.Re*v.Re + v.Im*v.Im)
	}
}

// writeMagnitude avoids the overflow and underflow of the squares.
func writeMagnitude[O, T fft.Float](row []O, spectrum []fft.Complex[T]) {
	// Squares in this range have lost nothing, even where T is float32.
	const low, high = 1e-30, 1e38
	row = row[:len(spectrum)]
	for k, v := range spectrum {
		p := v.Re*v.Re + v.Im*v.Im
		if p > low && p < high {
			row[k] = O(T(math.Sqrt(float64(p))))
		} else {
			row[k] = O(math.Hypot(float64(v.Re), float64(v.Im)))
		}
	}
}

func writePhase[O, T fft.Float](row []O, spectrum []fft.Complex[T]) {
	row = row[:len(spectrum)]
	for k, v := range spectrum {
		row[k] = O(math.Atan2(float64(v.Im), float64(v.Re)))
	}
}
