package fbsp

import (
	"math"
	"math/cmplx"
	"testing"

	"github.com/soundspace/soundspace/internal/nn"
)

// fourier returns the transform that training begins with, m = 0, fb = 1, fc = k,
// with a window of ones.
func fourier() *Transform {
	m, fb, fc, ones := make([]float32, Filters), make([]float32, Filters), make([]float32, Filters), make([]float32, Window)
	for k := range fc {
		fb[k], fc[k] = 1, float32(k)
	}
	for j := range ones {
		ones[j] = 1
	}
	return New(ones, m, fb, fc)
}

func TestFrames(t *testing.T) {
	for n, want := range map[int]int{0: 1, 1: 1, 1654: 1, 1655: 2, 1654 + 561: 2, 1654 + 562: 3, 22050: 38, 220500: 392} {
		if got := Frames(n); got != want {
			t.Errorf("%d frames of %d samples, want %d", got, n, want)
		}
	}
}

// With its first parameters a filter is nearly one of a Fourier transform, the
// times being 2π/2047 apart: its response by the definition.
func TestFourier(t *testing.T) {
	const n = 2000 // two frames
	x := make([]float32, n)
	for i := range x {
		x[i] = float32(math.Sin(0.3*float64(i))) / 2
	}
	image := fourier().Image(nn.NewContext(1), x)
	if image.N != 1 || image.H != 341 || image.W != 2 || image.C != 3 {
		t.Fatalf("image of %d × %d pixels and %d channels", image.H, image.W, image.C)
	}
	const before = (1654 + 561 - n) / 2
	for _, k := range []int{0, 1, 98, 340, 341, 700, 1022} {
		for frame := range 2 {
			var sum complex128
			for j := range 1654 {
				i := frame*561 + j - before
				if i < 0 || i >= n {
					continue
				}
				v := (float64(x[i])*32768+32768)/65535*2 - 1
				at := math.Pi * (2*float64(197+j)/2047 - 1)
				sum += complex(v, 0) * cmplx.Exp(complex(0, -float64(k)*at))
			}
			want := 20 * math.Log10(cmplx.Abs(sum)/math.Sqrt(2048))
			got := float64(image.Data[(k%341*2+frame)*3+k/341])
			if math.Abs(got-want) > 0.02 {
				t.Errorf("filter %d, frame %d: %.4f dB, want %.4f", k, frame, got, want)
			}
		}
	}
}

// What is not a number counts as nothing, as in the original, and so does an empty
// clip.
func TestOddSamples(t *testing.T) {
	c := nn.NewContext(1)
	for name, x := range map[string][]float32{"none": nil, "NaN": {float32(math.NaN())}} {
		for i, v := range fourier().Image(c, x).Data {
			if math.Abs(float64(v)+180) > 1e-4 {
				t.Fatalf("%s: value %d is %g, want -180", name, i, v)
			}
		}
	}
}
