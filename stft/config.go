package stft

import (
	"fmt"
	"math"
)

// Config says which transform a [Plan] computes. The zero value is a centred
// STFT of 2048 points with a periodic Hann window and a hop of 512 samples,
// padded with zeros and not scaled: librosa's defaults.
type Config struct {
	// NFFT is the length of the Fourier transform, 1 to 2^24. Any length works;
	// those with large prime factors are slower. 0 means 2048.
	NFFT int
	// WinLength is the length of the window, at most NFFT. A shorter window
	// lies in the middle of the NFFT samples, (NFFT-WinLength)/2 zeros before
	// it. 0 means NFFT.
	WinLength int
	// HopSamples is the distance between frames, at most 2^30. 0 means
	// WinLength/4, at least 1.
	HopSamples int
	// Window is the window function. The zero value is the periodic Hann window.
	Window Window
	// NoCenter lets frame t begin at sample t·HopSamples, and leaves out what
	// does not fill a frame. Otherwise the middle of frame t is at sample
	// t·HopSamples, and the signal is padded by NFFT/2 samples at each end.
	NoCenter bool
	// Pad says what a centred transform finds beyond the ends of the signal.
	Pad PadMode
	// PadValue is the sample value beyond the ends where Pad is PadConstant.
	PadValue float64
	// Scaling is what the transform is multiplied with.
	Scaling Scaling
	// OneSided2X accounts for the half of the spectrum that is left out, as
	// SciPy's fft_mode "onesided2X" does: bins that have a mirror image, all but
	// 0 Hz and the Nyquist frequency, are multiplied by 2 with ScaleMagnitude
	// and by √2 with ScalePSD. It needs one of these.
	OneSided2X bool
	// SampleRate is that of the signal in Hz. Only ScalePSD and the methods
	// that convert to and from seconds and Hz need it.
	SampleRate int
	// Float64 computes float32 results in float64 and rounds once at the end.
	Float64 bool
	// Workers is how many goroutines share the frames of one signal, at most
	// 4096; 0 means 1. Results don't depend on it. Streams use the goroutine that
	// calls them.
	Workers int
}

// PadMode says what lies beyond the ends of a signal x[0..n-1].
type PadMode uint8

// Pad modes, with the names that NumPy has for them.
const (
	PadZero     PadMode = iota // 0 0 0 | x0 x1 x2: "constant"
	PadConstant                // v v v | x0 x1 x2: "constant" with PadValue
	PadReflect                 // x3 x2 x1 | x0 x1 x2: "reflect", again and again in a short signal
	PadEdge                    // x0 x0 x0 | x0 x1 x2: "edge"
)

// String returns the lower-case name: "zero", "constant", "reflect", "edge".
func (m PadMode) String() string {
	return nameOf(int(m), "PadMode", "zero", "constant", "reflect", "edge")
}

// Scaling says what a transform is multiplied with. w is the window of
// WinLength values.
type Scaling uint8

// Scalings. Of torchaudio's normalizations, "frame_length" is ScaleUnitary, and
// True or "window" is ScalePSD at a SampleRate of 1.
const (
	ScaleNone      Scaling = iota // 1
	ScaleMagnitude                // 1/|Σw|: a sinusoid of amplitude a at a bin's centre has magnitude a/2 there; SciPy's "magnitude" or "spectrum"
	ScalePSD                      // 1/√(SampleRate·Σw²): power is spectral density per Hz; SciPy's "psd" or "density"
	ScaleUnitary                  // 1/√NFFT: the Fourier transform keeps the energy of a frame; torch.stft(normalized=True)
)

// String returns the lower-case name: "none", "magnitude", "psd", "unitary".
func (s Scaling) String() string {
	return nameOf(int(s), "Scaling", "none", "magnitude", "psd", "unitary")
}

func nameOf(i int, kind string, names ...string) string {
	if i < len(names) {
		return names[i]
	}
	return fmt.Sprintf("%s(%d)", kind, i)
}

const (
	maxNFFT    = 1 << 24
	maxHop     = 1 << 30
	maxWorkers = 1 << 12
)

// resolve fills in the defaults and checks the ranges.
func (c Config) resolve() (Config, error) {
	if c.NFFT == 0 {
		c.NFFT = 2048
	}
	if c.NFFT < 1 || c.NFFT > maxNFFT {
		return c, fmt.Errorf("stft: NFFT is %d, want 1 to %d, or 0 for 2048", c.NFFT, maxNFFT)
	}
	if c.WinLength == 0 {
		c.WinLength = c.NFFT
	}
	if c.WinLength < 1 || c.WinLength > c.NFFT {
		return c, fmt.Errorf("stft: WinLength is %d, want 1 to NFFT, %d, or 0 for NFFT", c.WinLength, c.NFFT)
	}
	if c.HopSamples == 0 {
		c.HopSamples = max(1, c.WinLength/4)
	}
	if c.HopSamples < 1 || c.HopSamples > maxHop {
		return c, fmt.Errorf("stft: HopSamples is %d, want 1 to %d, or 0 for WinLength/4", c.HopSamples, maxHop)
	}
	if c.Pad > PadEdge {
		return c, fmt.Errorf("stft: unknown pad mode %v", c.Pad)
	}
	if math.IsNaN(c.PadValue) || math.IsInf(c.PadValue, 0) {
		return c, fmt.Errorf("stft: PadValue is %v, want a finite number", c.PadValue)
	}
	if c.Scaling > ScaleUnitary {
		return c, fmt.Errorf("stft: unknown scaling %v", c.Scaling)
	}
	if c.OneSided2X && c.Scaling != ScaleMagnitude && c.Scaling != ScalePSD {
		return c, fmt.Errorf("stft: OneSided2X with scaling %v, want magnitude or psd", c.Scaling)
	}
	if c.Workers < 0 || c.Workers > maxWorkers {
		return c, fmt.Errorf("stft: Workers is %d, want 1 to %d, or 0 for 1", c.Workers, maxWorkers)
	}
	if c.SampleRate < 0 {
		return c, fmt.Errorf("stft: SampleRate is %d, want a positive number of Hz, or 0 for unknown", c.SampleRate)
	}
	if c.Scaling == ScalePSD && c.SampleRate == 0 {
		return c, fmt.Errorf("stft: scaling %v needs SampleRate", c.Scaling)
	}
	return c, nil
}

// scale returns the factor of the scaling for a window.
func (c Config) scale(window []float64) (float64, error) {
	sum, squares := sums(window)
	var divisor float64
	switch c.Scaling {
	case ScaleMagnitude:
		divisor = math.Abs(sum)
	case ScalePSD:
		divisor = math.Sqrt(float64(c.SampleRate) * squares)
	case ScaleUnitary:
		divisor = math.Sqrt(float64(c.NFFT))
	default:
		return 1, nil
	}
	if !(divisor > 1e-30 && divisor < 1e30) {
		return 0, fmt.Errorf("stft: scaling %v with window %v of %d values would divide by %g", c.Scaling, c.Window, len(window), divisor)
	}
	return 1 / divisor, nil
}

func sums(window []float64) (sum, squares float64) {
	for _, v := range window {
		sum += v
		squares += v * v
	}
	return sum, squares
}
