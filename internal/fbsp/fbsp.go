// Package fbsp computes the spectrograms of AudioCLIP, whose basis functions are
// learnt: complex frequency B-splines.
//
// Filter k of the transform, with the parameters m (order), fb (bandwidth) and fc
// (centre frequency), is
//
//	w(t) = √fb · sinc(fb·t/m)^m · exp(-i·fc·t) / √2048,  sinc(z) = sin(z)/z
//
// for 2048 values of t from -π to π, where the power of a negative number is the
// principal complex one. With m = 0, fb = 1 and fc = k it is a Fourier transform.
//
// References: Teolis, Computational Signal Processing with Wavelets, 1998; Guzhov et
// al., ESResNe(X)t-fbsp: Learning Robust Time-Frequency Transformation of Audio,
// 2021; AndreyGuzhov/AudioCLIP, model/esresnet/fbsp.py.
package fbsp

import (
	"math"

	"github.com/soundspace/soundspace/internal/f32"
	"github.com/soundspace/soundspace/internal/nn"
)

const (
	// SampleRate is that of the samples, in Hz.
	SampleRate = 44100
	// Window is the number of samples of a frame.
	Window = 1654
	// Filters is the number of filters that have parameters.
	Filters = nfft/2 + 1

	hop  = 561
	nfft = 2048 // frames have zeros on both sides up to this length

	// Bands are the channels of an image: the filters' lower, middle and upper
	// third.
	Bands = 3
	// Height is that of an image. The last two filters are left out.
	Height = Filters / Bands
)

// Transform turns samples at 44.1 kHz into images. It is immutable and safe for
// concurrent use.
type Transform struct {
	window []float32
	// weights are the filters' real parts and then their imaginary parts.
	weights *nn.Weights
}

// New takes the coefficients of a window and the parameters of the filters. It
// panics if they are not Window and Filters long.
func New(window, m, fb, fc []float32) *Transform {
	if len(window) != Window || len(m) != Filters || len(fb) != Filters || len(fc) != Filters {
		panic("fbsp: parameters that do not fit")
	}
	const used = Height * Bands
	w := make([]float32, 2*used*Window)
	t := times()
	for k := range used {
		filter(w[k*Window:][:Window], w[(used+k)*Window:][:Window], t, m[k], fb[k], fc[k])
	}
	return &Transform{window: window, weights: nn.NewWeights(nn.NewMatrix(w, 2*used, Window), nn.Float32)}
}

// filter computes the part of a filter that meets a frame, at times t. The arguments of its
// functions are rounded to float32 where the original rounds them. That puts the
// upper filters off by up to 5e-6, but the network was trained with them so.
func filter(re, im, times []float32, m, fb, fc float32) {
	amplitude := math.Sqrt(float64(fb)) / math.Sqrt(nfft)
	power := float64(m)
	turnSin, turnCos := math.Sincos(float64(m * math.Pi)) // (-1)^m
	for j, t := range times {
		s := 1.0
		if z := float64(fb * t / (m + eps)); z != 0 {
			s = math.Sin(z) / z
		}
		sin, cos := math.Sincos(float64(fc * t))
		if s < 0 {
			sin, cos = sin*turnCos-cos*turnSin, cos*turnCos+sin*turnSin
		}
		a := amplitude * math.Pow(math.Abs(s), power)
		re[j], im[j] = float32(a*cos), float32(-a*sin)
	}
}

// eps keeps off the zeros of t and m.
const eps = 1e-8

// times returns the values of t within a frame.
func times() []float32 {
	const step = float32(2) / (nfft - 1)
	t := make([]float32, Window)
	for j := range t {
		i := (nfft-Window)/2 + j
		x := float64(step)*float64(i) - 1
		if i >= nfft/2 {
			x = 1 - float64(step)*float64(nfft-1-i)
		}
		t[j] = float32(float32(x)*math.Pi) + eps
	}
	return t
}

// Frames returns the number of frames of n samples, the width of an image: as
// many as it takes to have each sample in one, and at least one.
func Frames(n int) int { return 1 + (max(n-Window, 0)+hop-1)/hop }

// Image returns the powers of the filters' responses to frames of samples, in dB,
// as an image Height × Frames(len(samples)) of Bands channels, in scratch memory.
// The samples are at 44.1 kHz, from -1 to 1; the original's, 32768 times as large.
func (t *Transform) Image(c *nn.Context, samples []float32) nn.Images {
	frames := Frames(len(samples))
	image := c.Images(1, Height, frames, Bands)
	before := ((frames-1)*hop + Window - len(samples)) / 2 // zeros; there are as many after the clip, or one more
	const block = 64
	for from := 0; from < frames; from += block {
		mark := c.Mark()
		n := min(block, frames-from)
		x := c.Matrix(n, Window)
		for i := range n {
			t.frame(x.Row(i), samples, (from+i)*hop-before)
		}
		y := c.Matrix(n, t.weights.Out)
		t.weights.Multiply(c, y, x, nil, nn.Identity, false)
		for i := range n {
			power := decibels(y.Row(i))
			for k, v := range power {
				image.Data[(k%Height*frames+from+i)*Bands+k/Height] = v
			}
		}
		c.Release(mark)
	}
	return image
}

// frame computes the frame that begins at sample from. The original maps the range
// of 16-bit integers to [-1, 1], which moves 0 a little.
func (t *Transform) frame(dst, samples []float32, from int) {
	for j := range dst {
		dst[j] = 0
		if i := from + j; i >= 0 && i < len(samples) {
			dst[j] = ((samples[i]*32768+32768)*2/65535 - 1) * t.window[j]
		}
	}
}

var toDecibels = f32.NewLog(10/math.Ln10, 0, 0x1p-126)

// decibels replaces real parts, followed by as many imaginary parts, by 10·lg of
// re² + im². The power 0 counts as 1e-18.
func decibels(x []float32) []float32 {
	re, im := x[:len(x)/2], x[len(x)/2:]
	for i := range re {
		p := re[i]*re[i] + im[i]*im[i]
		if !(p > 0) {
			p = 1e-18
		}
		re[i] = p
	}
	toDecibels.Apply(re)
	return re
}
