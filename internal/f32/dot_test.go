package f32

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// forms runs f with each instruction set that the processor has, and without
// assembly.
func forms(t *testing.T, f func(t *testing.T)) {
	avx2, avx512 := useAVX2, useAVX512
	defer func() { useAVX2, useAVX512 = avx2, avx512 }()
	if avx512 {
		t.Run("AVX512", f)
	}
	useAVX512 = false
	if avx2 {
		t.Run("AVX2", f)
	}
	useAVX2 = false
	t.Run("Go", f)
}

// lengths are all up to 300 and a few that are halved.
func lengths() []int {
	list := []int{511, 512, 513, 1027, 4416, 9999}
	for n := range 301 {
		list = append(list, n)
	}
	return list
}

func random(n int, seed uint64) []float32 {
	rng := rand.New(rand.NewPCG(seed, 2))
	x := make([]float32, n)
	for i := range x {
		x[i] = float32(rng.NormFloat64())
	}
	return x
}

func dot4(x, a []float32, stride int) [4]float32 {
	s0, s1, s2, s3 := Dot4(x, a, stride)
	return [4]float32{s0, s1, s2, s3}
}

func TestDotAgainstFloat64(t *testing.T) {
	x, y := random(10100, 1), random(40000, 2)
	forms(t, func(t *testing.T) {
		for _, n := range lengths() {
			for _, stride := range []int{0, 1, 7, 8, 441, n} {
				a, b := x[n%5:][:n], y[n%9:][:3*stride+n]
				got := dot4(a, b, stride)
				for j := range got {
					c := b[j*stride:][:n]
					var want, abs float64
					for i := range a {
						p := float64(a[i]) * float64(c[i])
						want += p
						abs += math.Abs(p)
					}
					bound := (float64(n)/8 + 16) * 0x1p-24 * abs
					if math.Abs(float64(got[j])-want) > bound {
						t.Fatalf("n=%d stride=%d: sum %d is %v, want %v ± %.2g", n, stride, j, got[j], want, bound)
					}
					if one := Dot(a, c); one != got[j] {
						t.Fatalf("n=%d stride=%d: Dot is %v, sum %d of Dot4 %v", n, stride, one, j, got[j])
					}
				}
			}
		}
	})
}

// Small integers have exact sums, so that a product left out or taken twice
// cannot hide in a tolerance.
func TestDotExact(t *testing.T) {
	forms(t, func(t *testing.T) {
		for n := range 301 {
			x, a := make([]float32, n), make([]float32, n+30)
			for i := range x {
				x[i] = float32(i + 1)
			}
			for i := range a {
				a[i] = float32(i%7 - 3)
			}
			for j, got := range dot4(x, a, 10) {
				want := 0
				for i := range x {
					want += (i + 1) * ((i+10*j)%7 - 3)
				}
				if got != float32(want) {
					t.Fatalf("n=%d: sum %d is %v, want %d", n, j, got, want)
				}
			}
		}
	})
}

func TestDotDoesNotDependOnPosition(t *testing.T) {
	forms(t, func(t *testing.T) {
		x := random(333, 3)
		want := Dot(x, x)
		buf := make([]float32, 400)
		for off := range 16 {
			moved := buf[off:][:len(x)]
			copy(moved, x)
			if got := Dot(moved, x); got != want {
				t.Fatalf("offset %d: %v, at 0 %v", off, got, want)
			}
		}
	})
}

func TestDotSpecialValues(t *testing.T) {
	inf, nan := float32(math.Inf(1)), float32(math.NaN())
	forms(t, func(t *testing.T) {
		for _, n := range []int{1, 9, 40, 77} {
			for at := range 4 * n {
				x, a := make([]float32, n), make([]float32, 4*n)
				for i := range x {
					x[i] = 1
				}
				a[at] = inf
				for j, got := range dot4(x, a, n) {
					if want := at/n == j; want != (got == inf) {
						t.Fatalf("n=%d, Inf at %d: sum %d is %v", n, at, j, got)
					}
				}
				a[at] = nan
				for j, got := range dot4(x, a, n) {
					if want := at/n == j; want != (got != got) {
						t.Fatalf("n=%d, NaN at %d: sum %d is %v", n, at, j, got)
					}
				}
			}
		}
	})
}

func TestDotPanics(t *testing.T) {
	x := make([]float32, 8)
	for name, f := range map[string]func(){
		"lengths":         func() { Dot(x, x[:7]) },
		"short":           func() { Dot4(x, x[:7], 0) },
		"stride too long": func() { Dot4(x[:5], x, 2) },
		"huge stride":     func() { Dot4(x[:5], x, math.MaxInt) },
		"negative stride": func() { Dot4(x[:5], x, -1) },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: no panic", name)
				}
			}()
			f()
		}()
	}
	Dot4(x[:5], x, 1)
	Dot4(nil, nil, 0)
}

func TestDisableAsm(t *testing.T) {
	avx2, avx512 := useAVX2, useAVX512
	restore := DisableAsm()
	if useAVX2 || useAVX512 {
		t.Error("still on")
	}
	restore()
	if useAVX2 != avx2 || useAVX512 != avx512 {
		t.Error("not restored")
	}
}

func BenchmarkDot4(b *testing.B) {
	for _, n := range []int{16, 64, 192, 512, 4096} {
		x, a := make([]float32, n), make([]float32, 4*n+3)
		var sink float32
		run := func(name string) {
			b.Run(fmt.Sprintf("%s/%d", name, n), func(b *testing.B) {
				for range b.N {
					s, _, _, _ := Dot4(x, a, n+1)
					sink += s
				}
				b.ReportMetric(4*float64(n)*float64(b.N)/b.Elapsed().Seconds()/1e9, "Gmul/s")
			})
		}
		if useAVX2 {
			run("AVX2")
		}
		restore := DisableAsm()
		run("Go")
		restore()
	}
}
