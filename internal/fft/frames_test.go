package fft

import (
	"fmt"
	"math"
	"testing"
)

func frameLengths() []int {
	var ns []int
	for n := 1; n <= 150; n++ {
		ns = append(ns, n)
	}
	return append(ns, 160, 176, 192, 200, 240, 256, 320, 360, 400, 441, 480, 512, 576, 600, 640, 686, 720, 768, 800, 882,
		960, 1000, 1024, 1103, 1200, 1250, 1536, 1764, 1920, 2000, 2048, 2205, 2206, 2400, 3072, 3840, 4096, 4099, 4410,
		4800, 6144, 8192, 16384, 32768)
}

func TestFramesAreTheirTransforms(t *testing.T) {
	framesAreTheirTransforms[float32](t, 2.5e-7)
	framesAreTheirTransforms[float64](t, 2e-15)
}

func framesAreTheirTransforms[T Float](t *testing.T, tolerance float64) {
	for _, n := range frameLengths() {
		window := noise[T](n, 11)
		const ends = 0.75
		p := NewFrames(window, ends)
		r, ws := NewReal[float64](n), p.NewWorkspace()
		hop := n/3 + 1
		x := noise[T]((p.Block()-1)*hop+n, 12)
		bins := p.Bins()
		first, weights := []int{0, bins / 2, bins - 1, 0}, [][]float64{{2}, {}, {3}, make([]float64, bins)}
		for k := range weights[3] {
			weights[3][k] = float64(k%5) - 1
		}
		bands := NewBands[T](bins, first, weights)
		for _, count := range []int{p.Block(), (p.Block() + 1) / 2, 1} {
			spectrum := make([]T, count*2*bins)
			power, magnitude, sums := make([]T, count*bins), make([]T, count*bins), make([]T, count*4)
			p.Forward(spectrum, Spectrum, nil, x, hop, count, ws)
			p.Forward(power, Power, nil, x, hop, count, ws)
			p.Forward(magnitude, Magnitude, nil, x, hop, count, ws)
			p.Forward(sums, Power, bands, x, hop, count, ws)
			for i := range count {
				frame := make([]float64, n)
				for j := range frame {
					frame[j] = float64(x[i*hop+j]) * float64(window[j])
				}
				want := forward(r, frame)
				want[0] *= ends
				if n%2 == 0 {
					want[n/2] *= ends
				}
				got := make([]complex128, bins)
				for k := range got {
					got[k] = complex(float64(spectrum[2*(i*bins+k)]), float64(spectrum[2*(i*bins+k)+1]))
				}
				if e := rmsError(got, want); !(e < tolerance) {
					t.Fatalf("n=%d %T frame %d of %d: relative RMS error %.2g", n, tolerance, i, count, e)
				}
				scale := 0.0
				for _, v := range want {
					scale = math.Max(scale, real(v)*real(v)+imag(v)*imag(v))
				}
				wantBands := make([]float64, 4)
				for k, v := range want {
					q := real(v)*real(v) + imag(v)*imag(v)
					if e := math.Abs(float64(power[i*bins+k]) - q); !(e <= 20*tolerance*scale) {
						t.Fatalf("n=%d frame %d bin %d: power %g, want %g", n, i, k, power[i*bins+k], q)
					}
					if e := math.Abs(float64(magnitude[i*bins+k]) - math.Sqrt(q)); !(e <= 20*tolerance*math.Sqrt(scale)) {
						t.Fatalf("n=%d frame %d bin %d: magnitude %g, want %g", n, i, k, magnitude[i*bins+k], math.Sqrt(q))
					}
					wantBands[3] += weights[3][k] * q
				}
				q := func(k int) float64 { return float64(power[i*bins+k]) }
				wantBands[0], wantBands[2] = 2*q(0), 3*q(bins-1)
				for b, v := range wantBands {
					if e := math.Abs(float64(sums[4*i+b]) - v); !(e <= 100*tolerance*scale*float64(bins)) {
						t.Fatalf("n=%d frame %d band %d: %g, want %g", n, i, b, sums[4*i+b], v)
					}
				}
			}
		}
	}
}

func BenchmarkFrames(b *testing.B) {
	for _, n := range []int{256, 400, 512, 800, 1024, 2048, 4096} {
		b.Run(fmt.Sprintf("n=%d/power/float32", n), func(b *testing.B) { benchmarkFrames[float32](b, n, Power) })
		b.Run(fmt.Sprintf("n=%d/magnitude/float32", n), func(b *testing.B) { benchmarkFrames[float32](b, n, Magnitude) })
		b.Run(fmt.Sprintf("n=%d/power/float64", n), func(b *testing.B) { benchmarkFrames[float64](b, n, Power) })
	}
}

func benchmarkFrames[T Float](b *testing.B, n int, form Form) {
	p := NewFrames(noise[T](n, 1), 1)
	hop, ws := n/4, p.NewWorkspace()
	x := noise[T]((p.Block()-1)*hop+n, 2)
	dst := make([]T, p.Block()*p.Bins())
	b.ReportAllocs()
	for b.Loop() {
		p.Forward(dst, form, nil, x, hop, p.Block(), ws)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*p.Block()), "ns/frame")
}
