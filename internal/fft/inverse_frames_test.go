package fft

import (
	"fmt"
	"math"
	"testing"
)

// The transforms of signals, tested against gonum's and a naive DFT, give the
// signals back.
func TestInverseFramesGiveTheSignalBack(t *testing.T) {
	forEachKernels(t, func(t *testing.T) {
		inverseFrames[float32](t, 2.5e-7)
		inverseFrames[float64](t, 2e-15)
	})
}

func inverseFrames[T Float](t *testing.T, tolerance float64) {
	for _, n := range frameLengths() {
		const ends = 0.75
		p := NewFrames(make([]T, n), ends).Inverse()
		r, ws, bins := NewReal[float64](n), p.NewWorkspace(), n/2+1
		x := noise[float64](p.Block()*n, 21)
		var X []T
		for i := range p.Block() {
			row := forward(r, x[i*n:][:n])
			// No real signal has these imaginary parts: they are to be ignored.
			row[0] = complex(real(row[0])*ends, math.NaN())
			if n%2 == 0 {
				row[n/2] = complex(real(row[n/2])*ends, math.Inf(1))
			}
			for _, v := range row {
				X = append(X, T(real(v)), T(imag(v)))
			}
		}
		for _, count := range []int{p.Block(), (p.Block() + 1) / 2, 1} {
			p.Transform(X[:2*count*bins], count, ws)
			for i := range count {
				var sum, diff float64
				got := ws.Frame(i)
				for j, v := range x[i*n:][:n] {
					sum += v * v
					diff += (v - float64(got[j])) * (v - float64(got[j]))
				}
				if e := math.Sqrt(diff / sum); len(got) != n || !(e < tolerance) {
					t.Fatalf("n=%d %T frame %d of %d: relative RMS error %.2g", n, got[0], i, count, e)
				}
			}
		}
	}
}

// A frame is the same to the last bit wherever it lies in a block, whatever
// the others are.
func TestInverseFramesAreIndependent(t *testing.T) {
	forEachKernels(t, func(t *testing.T) {
		inverseFramesAreIndependent[float32](t)
		inverseFramesAreIndependent[float64](t)
	})
}

func inverseFramesAreIndependent[T Float](t *testing.T) {
	for _, n := range []int{15, 64, 66, 94, 188, 400, 2048, 2206} {
		p := NewFrames(make([]T, n), 1).Inverse()
		ws, width := p.NewWorkspace(), 2*(n/2+1)
		X := noise[T](p.Block()*width, 22)
		p.Transform(X, p.Block(), ws)
		want := make([][]T, p.Block())
		for i := range want {
			want[i] = append(want[i], ws.Frame(i)...)
		}
		for i := range want {
			bad := make([]T, len(X))
			for j := range bad {
				bad[j] = T(math.NaN())
			}
			copy(bad[i*width:][:width], X[i*width:])
			p.Transform(bad, p.Block(), ws)
			same(t, fmt.Sprintf("n=%d frame %d among NaN", n, i), ws.Frame(i), want[i])
			p.Transform(X[i*width:][:width], 1, ws)
			same(t, fmt.Sprintf("n=%d frame %d alone", n, i), ws.Frame(0), want[i])
		}
	}
}

func same[T Float](t *testing.T, what string, got, want []T) {
	t.Helper()
	for j, v := range want {
		if got[j] != v {
			t.Errorf("%s: sample %d is %g, want %g", what, j, got[j], v)
			return
		}
	}
}

func BenchmarkInverseFrames(b *testing.B) {
	for _, n := range []int{400, 512, 1024, 2048, 4096} {
		b.Run(fmt.Sprintf("n=%d/float32", n), func(b *testing.B) { benchmarkInverseFrames[float32](b, n) })
		b.Run(fmt.Sprintf("n=%d/float64", n), func(b *testing.B) { benchmarkInverseFrames[float64](b, n) })
	}
}

func benchmarkInverseFrames[T Float](b *testing.B, n int) {
	p := NewFrames(make([]T, n), 1).Inverse()
	X, ws := noise[T](p.Block()*2*(n/2+1), 1), p.NewWorkspace()
	b.ReportAllocs()
	for b.Loop() {
		p.Transform(X, p.Block(), ws)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*p.Block()), "ns/frame")
}
