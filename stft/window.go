package stft

import (
	"fmt"
	"math"
	"slices"

	"github.com/mjibson/go-dsp/window"
)

// Window is a window function: what a frame is multiplied with. The zero value
// is the periodic Hann window.
//
// Windows are small values and can be compared with ==; windows made by
// [Custom] are equal only when they come from the same call.
//
// A window of n values comes in two forms. The periodic one, the default, is
// the first n values of the symmetric one of n+1 values: repeated end to end
// it is a smooth periodic function, as spectral analysis wants it and as
// librosa, torch and scipy.signal.get_window default to. The symmetric one has
// equal first and last values, as filter design and Kaldi want it; see
// [Window.Symmetric].
type Window struct {
	shape     shape
	symmetric bool
	param     float64
	custom    *[]float64
}

type shape uint8

// The shapes, in the order of the table shapes.
const (
	hann shape = iota
	hamming
	blackman
	bartlett
	flatTop
	rectangular
	blackmanHarris
	nuttall
	kaiser
	gaussian
	tukey
	povey
	cosine
	custom
)

// Hann returns the Hann window, sin²(πj/n) in the periodic form.
func Hann() Window { return Window{shape: hann} }

// Hamming returns the Hamming window, 0.54 - 0.46·cos(2πj/n).
func Hamming() Window { return Window{shape: hamming} }

// Blackman returns the Blackman window,
// 0.42 - 0.5·cos(2πj/n) + 0.08·cos(4πj/n).
func Blackman() Window { return Window{shape: blackman} }

// Bartlett returns the triangular window that is zero at its ends.
func Bartlett() Window { return Window{shape: bartlett} }

// FlatTop returns the five-term flat top window of MATLAB and SciPy, which
// reads off the level of a sinusoid to 0.01 dB; its values near the ends are
// negative. Coefficients: 0.21557895, 0.41663158, 0.277263158, 0.083578947,
// 0.006947368 (G. D'Antona and A. Ferrero, Digital Signal Processing for
// Measurement Systems, Springer, 2006, p. 70).
func FlatTop() Window { return Window{shape: flatTop} }

// Rectangular returns the window of ones, scipy's "boxcar".
func Rectangular() Window { return Window{shape: rectangular} }

// BlackmanHarris returns the minimum four-term Blackman-Harris window, side
// lobes -92 dB. Coefficients: 0.35875, 0.48829, 0.14128, 0.01168 (F. Harris,
// On the use of windows for harmonic analysis with the discrete Fourier
// transform, Proc. IEEE 66, 1978).
func BlackmanHarris() Window { return Window{shape: blackmanHarris} }

// Nuttall returns the minimum four-term Blackman-Harris window as improved by
// Nuttall, side lobes -98 dB: the "nuttall" of SciPy and MATLAB. Coefficients:
// 0.3635819, 0.4891775, 0.1365995, 0.0106411 (A. Nuttall, Some windows with
// very good sidelobe behavior, IEEE Trans. ASSP 29, 1981, figure 12).
func Nuttall() Window { return Window{shape: nuttall} }

// Kaiser returns the Kaiser window, I0(beta·√(1-t²))/I0(beta) with t from -1
// to 1, 0 ≤ beta ≤ 700. Typical values: 5 is near Hamming, 8.6 near Blackman,
// 14 is for great dynamic range.
func Kaiser(beta float64) Window { return Window{shape: kaiser, param: beta} }

// Gaussian returns the Gaussian window of standard deviation std > 0, in
// samples.
func Gaussian(std float64) Window { return Window{shape: gaussian, param: std} }

// Tukey returns the tapered cosine window: alpha, from 0 (rectangular) to 1
// (Hann), is the part of the window that is inside the two tapers.
func Tukey(alpha float64) Window { return Window{shape: tukey, param: alpha} }

// Povey returns Kaldi's default window, Hann to the power 0.85. Kaldi uses
// Povey().Symmetric().
func Povey() Window { return Window{shape: povey} }

// Cosine returns one half-period of the sine, sin(π(j+½)/n) in its symmetric
// form.
func Cosine() Window { return Window{shape: cosine} }

// Custom returns a window of the given coefficients. It fits only where
// WinLength is their number. The slice is copied.
func Custom(coefficients []float64) Window {
	c := slices.Clone(coefficients)
	return Window{shape: custom, custom: &c}
}

// Symmetric returns the symmetric form of w. A custom window stays what it is.
func (w Window) Symmetric() Window {
	w.symmetric = w.shape != custom
	return w
}

// Coefficients returns the n values of the window, unscaled: those of
// scipy.signal.get_window to 1e-14. A window of one value is 1. The error says
// that n is not positive, or a parameter out of range, or, for a custom window,
// that n is not its length or a value is not finite.
func (w Window) Coefficients(n int) ([]float64, error) {
	if n < 1 {
		return nil, fmt.Errorf("stft: window of %d values, want at least 1", n)
	}
	if err := w.validate(); err != nil {
		return nil, err
	}
	if w.shape == custom {
		if len(*w.custom) != n {
			return nil, fmt.Errorf("stft: custom window of %d values where %d are needed", len(*w.custom), n)
		}
		return slices.Clone(*w.custom), nil
	}
	if n == 1 {
		return []float64{1}, nil
	}
	if w.symmetric {
		return w.symmetricValues(n), nil
	}
	return w.symmetricValues(n + 1)[:n:n], nil
}

func (w Window) validate() error {
	p := w.param
	switch {
	case w.shape == kaiser && !(p >= 0 && p <= 700):
		return fmt.Errorf("stft: Kaiser window with beta %v, want 0 to 700", p)
	case w.shape == gaussian && !(p > 0 && p <= math.MaxFloat64):
		return fmt.Errorf("stft: Gaussian window with standard deviation %v, want a positive number of samples", p)
	case w.shape == tukey && !(p >= 0 && p <= 1):
		return fmt.Errorf("stft: Tukey window with alpha %v, want 0 to 1", p)
	case w.shape == custom:
		for i, v := range *w.custom {
			if math.IsNaN(v) || math.IsInf(v, 0) {
				return fmt.Errorf("stft: custom window: value %d is %v", i, v)
			}
		}
	}
	return nil
}

// symmetricValues returns the symmetric form, n ≥ 2.
func (w Window) symmetricValues(n int) []float64 {
	switch w.shape {
	case hann:
		return window.Hann(n)
	case hamming:
		return window.Hamming(n)
	case blackman:
		return window.Blackman(n)
	case bartlett:
		return window.Bartlett(n)
	case flatTop:
		return window.FlatTop(n)
	case rectangular:
		return window.Rectangular(n)
	case blackmanHarris:
		return cosineSum(n, 0.35875, 0.48829, 0.14128, 0.01168)
	case nuttall:
		return cosineSum(n, 0.3635819, 0.4891775, 0.1365995, 0.0106411)
	case kaiser:
		return values(n, func(j int) float64 {
			t := 2*float64(j)/float64(n-1) - 1
			return besselI0(w.param*math.Sqrt(math.Max(0, 1-t*t))) / besselI0(w.param)
		})
	case gaussian:
		return values(n, func(j int) float64 {
			t := (float64(j) - float64(n-1)/2) / w.param
			return math.Exp(-t * t / 2)
		})
	case tukey:
		return values(n, func(j int) float64 {
			// The distance from the nearer end, in tapers.
			t := float64(min(j, n-1-j)) / (w.param * float64(n-1) / 2)
			if !(t < 1) {
				return 1
			}
			return 0.5 * (1 - math.Cos(math.Pi*t))
		})
	case povey:
		c := window.Hann(n)
		for j, v := range c {
			c[j] = math.Pow(v, 0.85)
		}
		return c
	case cosine:
		return values(n, func(j int) float64 { return math.Sin(math.Pi / float64(n) * (float64(j) + 0.5)) })
	}
	panic("stft: unknown window")
}

func values(n int, f func(j int) float64) []float64 {
	c := make([]float64, n)
	for j := range c {
		c[j] = f(j)
	}
	return c
}

// cosineSum returns a[0] - a[1]·cos(t) + a[2]·cos(2t) - … with t = 2πj/(n-1).
func cosineSum(n int, a ...float64) []float64 {
	return values(n, func(j int) float64 {
		t := 2 * math.Pi * float64(j) / float64(n-1)
		sum, sign := 0.0, 1.0
		for k, v := range a {
			sum += sign * v * math.Cos(float64(k)*t)
			sign = -sign
		}
		return sum
	})
}

// besselI0 returns the modified Bessel function of the first kind of order 0,
// by its power series Σ ((x/2)^k/k!)², all of whose terms are positive.
func besselI0(x float64) float64 {
	sum, term := 1.0, 1.0
	for k := 1.0; term > 1e-17*sum; k++ {
		term *= x / 2 / k * (x / 2 / k)
		sum += term
	}
	return sum
}
