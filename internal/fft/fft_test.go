package fft

import (
	"fmt"
	"math"
	"math/cmplx"
	"math/rand/v2"
	"sync"
	"testing"

	godsp "github.com/mjibson/go-dsp/fft"
	"gonum.org/v1/gonum/dsp/fourier"
)

// naive is the definition, with every root computed on its own: the oracle of
// all other tests. It is good to a few 1e-16.
func naive(x []float64) []complex128 {
	n := len(x)
	X := make([]complex128, n/2+1)
	for k := range X {
		var re, im, cre, cim float64 // compensated sums
		for j, v := range x {
			s, c := math.Sincos(2 * math.Pi * float64(j*k%n) / float64(n))
			re, cre = twoSum(re, v*c, cre)
			im, cim = twoSum(im, -v*s, cim)
		}
		X[k] = complex(re+cre, im+cim)
	}
	return X
}

func twoSum(a, b, c float64) (sum, carry float64) {
	s := a + b
	t := s - a
	return s, c + (a - (s - t)) + (b - t)
}

func noise[T Float](n int, seed uint64) []T {
	r := rand.New(rand.NewPCG(seed, uint64(n)))
	x := make([]T, n)
	for i := range x {
		x[i] = T(float32(r.NormFloat64())) // the same values in both precisions
	}
	return x
}

func forward[T Float](p *Real[T], x []T) []complex128 {
	X := make([]Complex[T], p.Bins())
	p.Forward(X, x, p.NewWorkspace())
	return wide(X)
}

func wide[T Float](X []Complex[T]) []complex128 {
	y := make([]complex128, len(X))
	for k, v := range X {
		y[k] = complex(float64(v.Re), float64(v.Im))
	}
	return y
}

// rmsError returns |got-want| / |want| in the 2-norm.
func rmsError(got, want []complex128) float64 {
	var d, s float64
	for k := range want {
		e := cmplx.Abs(got[k] - want[k])
		d += e * e
		s += real(want[k])*real(want[k]) + imag(want[k])*imag(want[k])
	}
	if s == 0 {
		return math.Sqrt(d)
	}
	return math.Sqrt(d / s)
}

func lengths() []int {
	var ns []int
	for n := 1; n <= 130; n++ {
		ns = append(ns, n)
	}
	return append(ns, 211, 240, 256, 360, 400, 441, 480, 512, 529, 551, 729, 882, 1000, 1021, 1024, 1103, 1200,
		1323, 1536, 1764, 1920, 2000, 2048, 2205, 2206, 2401, 3125, 3600, 4096, 4099)
}

// The tolerances of the package: relative RMS error.
func tolerance[T Float](n int) float64 {
	if _, ok := any(T(0)).(float32); ok {
		return 2e-7
	}
	return 2.5e-16 * math.Max(1, math.Sqrt(math.Log2(float64(n))))
}

func TestForwardIsTheDefinition(t *testing.T) {
	for _, n := range lengths() {
		x := noise[float64](n, 1)
		want := naive(x)
		if e := rmsError(forward(NewReal[float64](n), x), want); e > tolerance[float64](n) {
			t.Errorf("n=%d float64: relative RMS error %.2g", n, e)
		}
		if e := rmsError(forward(NewReal[float32](n), noise[float32](n, 1)), want); e > tolerance[float32](n) {
			t.Errorf("n=%d float32: relative RMS error %.2g", n, e)
		}
	}
}

func TestForwardAgreesWithGonumAndGoDSP(t *testing.T) {
	for _, n := range lengths() {
		x := noise[float64](n, 2)
		got := forward(NewReal[float64](n), x)
		// Gonum loses digits on lengths with large prime factors: 6e-11 at 4099.
		if e := rmsError(got, fourier.NewFFT(n).Coefficients(nil, x)); e > 2e-10 {
			t.Errorf("n=%d: %.2g from gonum", n, e)
		}
		if e := rmsError(got, godsp.FFTReal(x)[:n/2+1]); e > 1e-11 {
			t.Errorf("n=%d: %.2g from go-dsp", n, e)
		}
	}
}

func TestInverseUndoesForward(t *testing.T) {
	for _, n := range lengths() {
		inverseUndoesForward[float32](t, n)
		inverseUndoesForward[float64](t, n)
	}
}

func inverseUndoesForward[T Float](t *testing.T, n int) {
	p := NewReal[T](n)
	x, y, ws := noise[T](n, 3), make([]T, n), p.NewWorkspace()
	X := make([]Complex[T], p.Bins())
	p.Forward(X, x, ws)
	keep := append([]Complex[T](nil), X...)
	p.Inverse(y, X, ws)
	var d, s float64
	for j := range x {
		e := float64(y[j] - x[j])
		d, s = d+e*e, s+float64(x[j]*x[j])
	}
	if e := math.Sqrt(d / s); e > 2*tolerance[T](n) {
		t.Errorf("n=%d %T: relative RMS error %.2g", n, x[0], e)
	}
	for k := range X {
		if X[k] != keep[k] {
			t.Fatalf("n=%d: Inverse changed its input", n)
		}
	}
	// What no real signal has is ignored.
	X[0].Im = 3
	if n%2 == 0 {
		X[n/2].Im = -2
	}
	z := make([]T, n)
	p.Inverse(z, X, ws)
	for j := range z {
		if z[j] != y[j] {
			t.Fatalf("n=%d: the imaginary part of an end bin matters", n)
		}
	}
}

func TestForwardLeavesItsInput(t *testing.T) {
	for _, n := range []int{1, 2, 9, 16, 37, 400, 1103} {
		p, x := NewReal[float32](n), noise[float32](n, 4)
		forward(p, x)
		for j, v := range noise[float32](n, 4) {
			if x[j] != v {
				t.Fatalf("n=%d: x[%d] changed", n, j)
			}
		}
	}
}

func TestImpulse(t *testing.T) {
	for _, n := range lengths() {
		x := make([]float64, n)
		at := n / 3
		x[at] = 1
		for k, v := range forward(NewReal[float64](n), x) {
			w := root(at*k, n)
			if e := cmplx.Abs(v - complex(w.Re, w.Im)); e > 2e-15 {
				t.Fatalf("n=%d bin %d: off by %.2g", n, k, e)
			}
		}
	}
}

func TestParsevalAndLinearity(t *testing.T) {
	for _, n := range lengths() {
		p := NewReal[float64](n)
		x, y, z := noise[float64](n, 5), noise[float64](n, 6), make([]float64, n)
		energy := 0.0
		for j := range x {
			z[j] = 2*x[j] - 3*y[j]
			energy += x[j] * x[j]
		}
		X, Y, Z := forward(p, x), forward(p, y), forward(p, z)
		sum := 0.0
		for k := range X {
			a := real(X[k])*real(X[k]) + imag(X[k])*imag(X[k])
			if k == 0 || 2*k == n {
				sum += a
			} else {
				sum += 2 * a
			}
			X[k] = 2*X[k] - 3*Y[k]
		}
		if math.Abs(sum/float64(n)/energy-1) > 1e-14 {
			t.Errorf("n=%d: energy %g in the spectrum, %g in the signal", n, sum/float64(n), energy)
		}
		if e := rmsError(Z, X); e > 1e-14 {
			t.Errorf("n=%d: not linear, %.2g", n, e)
		}
	}
}

func TestExtremeValues(t *testing.T) {
	for _, n := range []int{1, 2, 7, 37, 64, 400, 441, 1103, 2048} {
		extremeValues[float32](t, n, 1e34, math.SmallestNonzeroFloat32)
		extremeValues[float64](t, n, 1e300, math.SmallestNonzeroFloat64)
	}
}

func extremeValues[T Float](t *testing.T, n int, huge, tiny T) {
	p := NewReal[T](n)
	fill := func(v T) []complex128 {
		x := make([]T, n)
		for j := range x {
			x[j] = v
		}
		return forward(p, x)
	}
	for k, v := range fill(0) {
		if v != 0 {
			t.Errorf("n=%d %T: zeros give %v in bin %d", n, huge, v, k)
		}
	}
	for k, v := range fill(tiny) {
		want := 0.0
		if k == 0 {
			want = float64(n) * float64(tiny)
		}
		if !(cmplx.Abs(v-complex(want, 0)) <= float64(n)*float64(tiny)) {
			t.Errorf("n=%d %T: the smallest value gives %v in bin %d", n, huge, v, k)
		}
	}
	for k, v := range fill(huge) {
		if cmplx.IsNaN(v) || cmplx.IsInf(v) {
			t.Errorf("n=%d %T: %g gives %v in bin %d", n, huge, huge, v, k)
		}
	}
	for _, bad := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
		x := noise[T](n, 7)
		x[n/2] = T(bad)
		if v := forward(p, x)[0]; !cmplx.IsNaN(v) && !cmplx.IsInf(v) {
			t.Errorf("n=%d %T: %v vanished: DC is %v", n, huge, bad, v)
		}
	}
}

func TestRootsAreExactAndSymmetric(t *testing.T) {
	for _, n := range []int{1, 2, 3, 4, 5, 8, 12, 24, 100, 441, 1024, 1103} {
		for k := range n {
			w := root(k, n)
			s, c := math.Sincos(2 * math.Pi * float64(k) / float64(n))
			if math.Abs(w.Re-c) > 1e-15 || math.Abs(w.Im+s) > 1e-15 {
				t.Fatalf("root(%d, %d) = %v", k, n, w)
			}
			if m := root(n-k, n); m.Re != w.Re || m.Im != -w.Im {
				t.Fatalf("root(%d, %d) = %v is not the mirror of %v", n-k, n, m, w)
			}
			if n%4 == 0 {
				if q := root(k+n/4, n); q.Re != w.Im || q.Im != -w.Re {
					t.Fatalf("root(%d, %d) = %v is not %v turned a quarter", k+n/4, n, q, w)
				}
			}
		}
	}
}

func TestConcurrentUse(t *testing.T) {
	for _, n := range []int{400, 441, 1103} {
		p := NewReal[float32](n)
		x := noise[float32](n, 8)
		want := forward(p, x)
		var wg sync.WaitGroup
		for range 4 {
			wg.Add(1)
			go func() {
				defer wg.Done()
				for range 20 {
					for k, v := range forward(p, x) {
						if v != want[k] {
							t.Errorf("n=%d bin %d: %v, alone %v", n, k, v, want[k])
							return
						}
					}
				}
			}()
		}
		wg.Wait()
	}
}

func TestNothingIsAllocated(t *testing.T) {
	for _, n := range []int{1, 35, 400, 441, 1103, 2048} {
		p := NewReal[float32](n)
		x, X, ws := noise[float32](n, 9), make([]Complex[float32], p.Bins()), p.NewWorkspace()
		if a := testing.AllocsPerRun(5, func() { p.Forward(X, x, ws); p.Inverse(x, X, ws) }); a != 0 {
			t.Errorf("n=%d: %v allocations", n, a)
		}
	}
}

func TestWrongLengthsPanic(t *testing.T) {
	mustPanic := func(f func()) {
		t.Helper()
		defer func() {
			if recover() == nil {
				t.Error("no panic")
			}
		}()
		f()
	}
	p := NewReal[float64](8)
	mustPanic(func() { NewReal[float32](0) })
	mustPanic(func() { p.Forward(make([]Complex[float64], 4), make([]float64, 8), p.NewWorkspace()) })
	mustPanic(func() { p.Inverse(make([]float64, 7), make([]Complex[float64], 5), p.NewWorkspace()) })
}

// BenchmarkForward runs each length side by side with gonum's transform.
func BenchmarkForward(b *testing.B) {
	for _, n := range []int{256, 400, 441, 480, 512, 1000, 1024, 1103, 2048, 4096, 4099} {
		b.Run(fmt.Sprintf("n=%d/float32", n), func(b *testing.B) { benchmarkForward[float32](b, n) })
		b.Run(fmt.Sprintf("n=%d/float64", n), func(b *testing.B) { benchmarkForward[float64](b, n) })
		b.Run(fmt.Sprintf("n=%d/gonum", n), func(b *testing.B) {
			p, x, X := fourier.NewFFT(n), noise[float64](n, 1), make([]complex128, n/2+1)
			b.ReportAllocs()
			for b.Loop() {
				p.Coefficients(X, x)
			}
		})
	}
}

func benchmarkForward[T Float](b *testing.B, n int) {
	p, x := NewReal[T](n), noise[T](n, 1)
	X, ws := make([]Complex[T], p.Bins()), p.NewWorkspace()
	b.ReportAllocs()
	for b.Loop() {
		p.Forward(X, x, ws)
	}
}

func BenchmarkInverse(b *testing.B) {
	for _, n := range []int{400, 2048} {
		b.Run(fmt.Sprintf("n=%d/float32", n), func(b *testing.B) {
			p, x := NewReal[float32](n), noise[float32](n, 1)
			X, ws := make([]Complex[float32], p.Bins()), p.NewWorkspace()
			p.Forward(X, x, ws)
			b.ReportAllocs()
			for b.Loop() {
				p.Inverse(x, X, ws)
			}
		})
	}
}
