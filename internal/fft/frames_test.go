package fft

import (
	"fmt"
	"math"
	"slices"
	"testing"
)

func frameLengths() []int {
	var ns []int
	for n := 1; n <= 150; n++ {
		ns = append(ns, n)
	}
	return append(ns, 160, 176, 192, 200, 240, 256, 320, 360, 400, 441, 480, 512, 576, 600, 640, 686, 720, 768, 800, 882, 896,
		960, 1000, 1024, 1103, 1200, 1250, 1536, 1764, 1920, 2000, 2048, 2205, 2206, 2400, 3072, 3584, 3840, 4096, 4099, 4410,
		4800, 6144, 8192, 16384, 32768, 98304, 131072)
}

func TestFramesAreTheirTransforms(t *testing.T) {
	forEachKernels(t, func(t *testing.T) {
		framesAreTheirTransforms[float32](t, 2.5e-7)
		framesAreTheirTransforms[float64](t, 2e-15)
	})
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

// TestFramesDontDependOnTheirBlock computes each frame alone, and among others.
func TestFramesDontDependOnTheirBlock(t *testing.T) {
	forEachKernels(t, func(t *testing.T) {
		framesDontDependOnTheirBlock[float32](t)
		framesDontDependOnTheirBlock[float64](t)
	})
}

func framesDontDependOnTheirBlock[T Float](t *testing.T) {
	for _, n := range []int{64, 74, 96, 400, 441, 512, 1024, 2048, 2206} {
		p := NewFrames(noise[T](n, 21), 1)
		ws, hop := p.NewWorkspace(), n/2
		const frames = 16
		x := noise[T]((2*frames-1)*hop+n, 22)
		// A frame of silence, one of tiny values, and one that is not finite.
		for i := range n {
			x[i] = 0
			x[2*hop+i] *= 1e-30
		}
		x[3*hop+n-1] = T(math.Inf(1))
		bands := NewBands[T](p.Bins(), []int{0, 3}, [][]float64{{1, 2, 3}, {4}})
		for _, form := range []Form{Spectrum, Power, Magnitude} {
			for _, b := range []*Bands[T]{nil, bands} {
				if b != nil && form == Spectrum {
					continue
				}
				w := p.Width(form, b)
				whole, alone := make([]T, frames*w), make([]T, w)
				for i := 0; i < frames; i += p.Block() {
					p.Forward(whole[i*w:], form, b, x[i*hop:], hop, p.Block(), ws)
				}
				for i := range frames {
					p.Forward(alone, form, b, x[i*hop:], hop, 1, ws)
					for k, v := range alone {
						if u := whole[i*w+k]; u != v && (u == u || v == v) {
							t.Fatalf("n=%d %T form %d frame %d value %d: %g alone, %g in a block", n, v, form, i, k, v, u)
						}
					}
				}
			}
		}
	}
}

// TestLanesOfAnyLengthAgree: lanes give the same to the last bit in vectors of
// any length.
func TestLanesOfAnyLengthAgree(t *testing.T) {
	lanesOfAnyLengthAgree[float32](t)
	lanesOfAnyLengthAgree[float64](t)
}

func lanesOfAnyLengthAgree[T Float](t *testing.T) {
	for n := minLanes; n < 1100; n += 2 {
		p := NewFrames(noise[T](n, 31), 1)
		if p.few == nil || p.single != nil {
			continue
		}
		hop := n/2 + 3
		x := noise[T]((p.Block()-1)*hop+n, 32)
		w := p.Width(Spectrum, nil)
		all, few := make([]T, p.Block()*w), make([]T, p.few.lanes*w)
		p.lanes.forward(all, Spectrum, nil, x, hop, p.lanes.lanes, p.lanes.newWorkspace())
		p.few.forward(few, Spectrum, nil, x, hop, p.few.lanes, p.few.newWorkspace())
		for i, v := range few {
			if all[i] != v {
				t.Fatalf("n=%d %T: value %d is %g in long vectors, %g in short ones", n, v, i, all[i], v)
			}
		}
	}
}

func TestMagnitudesBeyondTheRangeOfSquares(t *testing.T) {
	forEachKernels(t, func(t *testing.T) {
		for _, n := range []int{64, 400, 512, 2048, 441} {
			window := make([]float32, n)
			for i := range window {
				window[i] = 1
			}
			p := NewFrames(window, 1)
			ws, hop := p.NewWorkspace(), n
			scales := []float32{1e30, 1e-30, 1, 0, 1e-40, 3e38}
			x := make([]float32, (len(scales)+p.Block())*n)
			for i, scale := range scales {
				for j := range n {
					// One period in the frame: bin 1 has half of n times the amplitude.
					x[i*n+j] = scale * float32(math.Cos(2*math.Pi*float64(j)/float64(n))*2/float64(n))
				}
			}
			dst := make([]float32, (len(scales)+p.Block())*p.Bins())
			for i := 0; i < len(scales); i += p.Block() {
				p.Forward(dst[i*p.Bins():], Magnitude, nil, x[i*n:], hop, p.Block(), ws)
			}
			for i, scale := range scales {
				want := float64(scale)
				tolerance := 1e-6*want + float64(n)*math.SmallestNonzeroFloat32
				if got := float64(dst[i*p.Bins()+1]); !(math.Abs(got-want) <= tolerance) {
					t.Errorf("n=%d: magnitude %g, want %g", n, got, want)
				}
			}
		}
	})
}

// TestExtremeSamples: a sample of a quarter of the largest value gives bins that are no larger,
// the smallest values none that are wrong, silence none at all.
func TestExtremeSamples(t *testing.T) {
	forEachKernels(t, func(t *testing.T) {
		for _, n := range []int{63, 64, 400, 441, 512, 1103, 2048} {
			window := slices.Repeat([]float32{1}, n)
			p := NewFrames(window, 1)
			ws := p.NewWorkspace()
			for _, v := range []float32{math.MaxFloat32 / 4, -math.MaxFloat32 / 4, math.SmallestNonzeroFloat32, 0} {
				x := make([]float32, p.Block()*n)
				for i := range p.Block() {
					x[i*n+(37*i+5)%n] = v
				}
				want := math.Abs(float64(v))
				tolerance := 1e-6*want + 4*math.SmallestNonzeroFloat32
				spectrum, magnitude := make([]float32, p.Block()*2*p.Bins()), make([]float32, p.Block()*p.Bins())
				p.Forward(spectrum, Spectrum, nil, x, n, p.Block(), ws)
				p.Forward(magnitude, Magnitude, nil, x, n, p.Block(), ws)
				for i, m := range magnitude {
					if e := math.Abs(float64(m) - want); !(e <= tolerance) {
						t.Fatalf("n=%d, sample %g: magnitude %g", n, v, m)
					}
					if e := math.Abs(math.Hypot(float64(spectrum[2*i]), float64(spectrum[2*i+1])) - want); !(e <= tolerance) {
						t.Fatalf("n=%d, sample %g: spectrum (%g, %g)", n, v, spectrum[2*i], spectrum[2*i+1])
					}
				}
			}
		}
	})
}

// TestMagnitudesAreRootsOfPowers: correctly rounded ones, half an ulp off.
func TestMagnitudesAreRootsOfPowers(t *testing.T) {
	forEachKernels(t, func(t *testing.T) {
		for _, n := range []int{63, 64, 400, 512, 1000, 2048} {
			p := NewFrames(noise[float32](n, 51), 1)
			x, ws := noise[float32](p.Block()*n, 52), p.NewWorkspace()
			power, magnitude := make([]float32, p.Block()*p.Bins()), make([]float32, p.Block()*p.Bins())
			p.Forward(power, Power, nil, x, n, p.Block(), ws)
			p.Forward(magnitude, Magnitude, nil, x, n, p.Block(), ws)
			for i, q := range power {
				if i%p.Bins() == 0 || (i+1)%p.Bins() == 0 {
					continue // bins 0 and n/2 have no square
				}
				if want := float32(math.Sqrt(float64(q))); magnitude[i] != want {
					t.Fatalf("n=%d: |X| is %g, where |X|² is %g", n, magnitude[i], q)
				}
			}
		}
	})
}

func TestFramesAllocateNothing(t *testing.T) {
	forEachKernels(t, func(t *testing.T) {
		for _, n := range []int{400, 1103, 2048} {
			p := NewFrames(noise[float32](n, 41), 1)
			x, ws := noise[float32](p.Block()*n, 42), p.NewWorkspace()
			bands := NewBands[float32](p.Bins(), []int{1}, [][]float64{{1, 2, 3}})
			dst := make([]float32, p.Block()*p.Width(Spectrum, nil))
			for _, form := range []Form{Power, Spectrum, Magnitude} {
				if a := testing.AllocsPerRun(3, func() {
					p.Forward(dst, form, nil, x, n/2, p.Block(), ws)
					p.Forward(dst, form, nil, x, n/2, 1, ws)
				}); a != 0 {
					t.Errorf("n=%d form %d: %v allocations", n, form, a)
				}
			}
			if a := testing.AllocsPerRun(3, func() { p.Forward(dst, Power, bands, x, n/2, p.Block(), ws) }); a != 0 {
				t.Errorf("n=%d bands: %v allocations", n, a)
			}
		}
	})
}

func BenchmarkFrames(b *testing.B) {
	for _, n := range []int{256, 400, 512, 800, 1024, 2048, 4096} {
		b.Run(fmt.Sprintf("n=%d/power/float32", n), func(b *testing.B) { benchmarkFrames[float32](b, n, Power, false) })
		b.Run(fmt.Sprintf("n=%d/bands/float32", n), func(b *testing.B) { benchmarkFrames[float32](b, n, Power, true) })
		b.Run(fmt.Sprintf("n=%d/magnitude/float32", n), func(b *testing.B) { benchmarkFrames[float32](b, n, Magnitude, false) })
		b.Run(fmt.Sprintf("n=%d/power/float64", n), func(b *testing.B) { benchmarkFrames[float64](b, n, Power, false) })
	}
}

func benchmarkFrames[T Float](b *testing.B, n int, form Form, sum bool) {
	p := NewFrames(noise[T](n, 1), 1)
	hop, ws := n/4, p.NewWorkspace()
	x := noise[T]((p.Block()-1)*hop+n, 2)
	dst := make([]T, p.Block()*p.Bins())
	var bands *Bands[T]
	if sum { // 64 bands that overlap by half
		var first []int
		var weights [][]float64
		for i := range 64 {
			first = append(first, i*(p.Bins()-p.Bins()/32)/64)
			weights = append(weights, make([]float64, p.Bins()/32))
		}
		bands = NewBands[T](p.Bins(), first, weights)
	}
	b.ReportAllocs()
	for b.Loop() {
		p.Forward(dst, form, bands, x, hop, p.Block(), ws)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*p.Block()), "ns/frame")
}
