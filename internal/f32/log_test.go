package f32

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// logInputs are positive values of all exponents, subnormals among them, with
// many mantissas, more of them around 1, and the neighbours of the ends of the
// intervals that logarithms are computed on.
func logInputs() []float32 {
	var x []float32
	for exp := uint32(0); exp < 255; exp++ {
		for m := 1 + exp%7; m < 1<<23; m += 12983 {
			x = append(x, math.Float32frombits(exp<<23|m))
		}
	}
	for b := uint32(0x3f000000); b < 0x40000000; b += 61 { // [½, 2)
		x = append(x, math.Float32frombits(b))
	}
	for d := uint32(0); d < 1000; d++ {
		for _, v := range []float32{0x1p-126, 0.75, 1, 1.5, 3, math.Sqrt2 / 2, math.Sqrt2} {
			b := math.Float32bits(v)
			x = append(x, math.Float32frombits(b-d), math.Float32frombits(b+d))
		}
		x = append(x, math.Float32frombits(1+d), math.Float32frombits(0x7f7fffff-d))
	}
	return x
}

// ulp is the distance between float32 values at x.
func ulp(x float64) float64 {
	_, e := math.Frexp(x)
	return math.Ldexp(1, max(e-24, -149))
}

func TestLogAccuracy(t *testing.T) {
	inputs := logInputs()
	for _, tt := range []struct {
		name  string
		apply func(x []float32)
		exact func(x float64) float64
	}{
		{"ln", NewLog(1, 0, 0x1p-126).Apply, func(x float64) float64 { return math.Log(max(x, 0x1p-126)) }},
		{"ln of subnormals", NewLog(1, 0, 1e-60).Apply, math.Log},
		{"log10", NewLog(1/math.Ln10, 0, 0x1p-126).Apply, func(x float64) float64 { return math.Log10(max(x, 0x1p-126)) }},
		{"10·log10", NewLog(10/math.Ln10, 0, 1e-10).Apply, func(x float64) float64 { return 10 * math.Log10(max(x, 1e-10)) }},
		{"20·log10", NewLog(20/math.Ln10, 0, 1e-5).Apply, func(x float64) float64 { return 20 * math.Log10(max(x, 1e-5)) }},
		{"log2", NewLog(1/math.Ln2, 0, 0x1p-126).Apply, func(x float64) float64 { return math.Log(max(x, 0x1p-126)) / math.Ln2 }},
		{"ln(1+x)", Log1p, math.Log1p},
	} {
		want := make([]float64, len(inputs))
		for i, x := range inputs {
			want[i] = tt.exact(float64(x))
		}
		forms(t, func(t *testing.T) {
			got := append([]float32(nil), inputs...)
			tt.apply(got)
			var worst float64
			var at float32
			for i, x := range inputs {
				want := want[i]
				if err := math.Abs(float64(got[i])-want) / ulp(want); want == 0 && got[i] != 0 {
					t.Fatalf("%s: %g becomes %g, want 0", tt.name, x, got[i])
				} else if err > worst {
					worst, at = err, x
				}
			}
			limit := 2.0
			if !useAVX2 {
				limit = 0.55
			}
			if t.Logf("%s: at most %.3f ulp, at %g", tt.name, worst, at); worst > limit {
				t.Errorf("%s of %g is off by %.3f ulp", tt.name, at, worst)
			}
		})
	}
}

// An offset is a reference power: near it the logarithm of the quotient is near
// 0, and must not be the difference of two large numbers.
func TestLogOffset(t *testing.T) {
	inputs := logInputs()
	for _, reference := range []float64{1e-9, 0.7, 1.3, 40000, 3e11, 1e300} {
		l := NewLog(10/math.Ln10, -10*math.Log10(reference), 1e-10)
		near := math.Float32bits(float32(min(reference, math.MaxFloat32)))
		x := append([]float32(nil), inputs...)
		for d := range uint32(10000) {
			x = append(x, math.Float32frombits(near-d))
		}
		forms(t, func(t *testing.T) {
			got := append([]float32(nil), x...)
			l.Apply(got)
			var worst float64
			for i, v := range x {
				p := max(float64(v), 1e-10)
				want := 10*math.Log10(p) - 10*math.Log10(reference)
				if p < 2*reference && p > reference/2 {
					want = 10 / math.Ln10 * math.Log1p((p-reference)/reference)
				}
				tolerance := ulp(want) + ulp(10/math.Ln10)
				worst = max(worst, math.Abs(float64(got[i])-want)/tolerance)
			}
			if t.Logf("%g: %.2f of the tolerance", reference, worst); worst > 1 {
				t.Errorf("reference %g: %.2f times the tolerance", reference, worst)
			}
		})
	}
}

func TestLogSpecialValues(t *testing.T) {
	inf, nan := float32(math.Inf(1)), float32(math.NaN())
	same := func(a, b float32) bool { return a == b || a != a && b != b }
	forms(t, func(t *testing.T) {
		for _, floor := range []float64{1e-10, 1e-40, 1e-300} {
			x := []float32{0, float32(math.Copysign(0, -1)), -1, -inf, -math.MaxFloat32, inf, nan, -nan, 1}
			low := float32(10 * math.Log10(floor))
			want := []float32{low, low, low, low, low, inf, nan, nan, 0}
			NewLog(10/math.Ln10, 0, floor).Apply(x)
			for i := range x {
				if !same(x[i], want[i]) {
					t.Errorf("floor %g: value %d is %g, want %g", floor, i, x[i], want[i])
				}
			}
		}
		x := []float32{0.5, math.MaxFloat32, inf, nan}
		NewLog(1, 0, 1e300).Apply(x)
		top := float32(math.Log(1e300))
		for i, want := range []float32{top, top, inf, nan} {
			if !same(x[i], want) {
				t.Errorf("floor 1e300: value %d is %g, want %g", i, x[i], want)
			}
		}
		x = []float32{0, float32(math.Copysign(0, -1)), -1e-45, -1, -inf, 1e-45, 1e-30, inf, nan}
		Log1p(x)
		for i, want := range []float32{0, 0, 0, 0, 0, 1e-45, 1e-30, inf, nan} {
			if !same(x[i], want) {
				t.Errorf("Log1p: value %d is %g, want %g", i, x[i], want)
			}
		}
	})
}

// Each value has the same image at any place of a slice of any length, and
// nothing beside the slice changes.
func TestLogDoesNotDependOnPosition(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	in := make([]float32, 100)
	for i := range in {
		in[i] = float32(math.Exp(20 * rng.NormFloat64()))
	}
	in[3], in[50] = float32(math.NaN()), 0
	l := NewLog(10/math.Ln10, -3, 1e-10)
	for name, apply := range map[string]func([]float32){"Log": l.Apply, "Log1p": Log1p} {
		forms(t, func(t *testing.T) {
			want := make([]float32, len(in))
			for i, v := range in {
				one := []float32{v}
				apply(one)
				want[i] = one[0]
			}
			got := make([]float32, len(in))
			for n := range 70 {
				for off := range 20 {
					copy(got, in)
					apply(got[off:][:n])
					for i, v := range got {
						w := in[i]
						if i >= off && i < off+n {
							w = want[i]
						}
						if math.Float32bits(v) != math.Float32bits(w) {
							t.Fatalf("%s of %d values from %d on: value %d is %g, want %g", name, n, off, i, v, w)
						}
					}
				}
			}
		})
	}
}

// The instruction sets compute the same bits.
func TestLogAssemblySame(t *testing.T) {
	if !useAVX512 {
		t.Skip("needs AVX-512")
	}
	l := NewLog(10/math.Ln10, 7, 1e-10)
	for name, apply := range map[string]func([]float32){"Log": l.Apply, "Log1p": Log1p} {
		wide := logInputs()
		narrow := append([]float32(nil), wide...)
		apply(wide)
		useAVX512 = false
		apply(narrow)
		useAVX512 = true
		for i := range wide {
			if wide[i] != narrow[i] {
				t.Fatalf("%s: value %d is %g with AVX-512, %g with AVX2", name, i, wide[i], narrow[i])
			}
		}
	}
}

func TestNewLogPanics(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	for _, a := range [][3]float64{{0, 0, 1}, {nan, 0, 1}, {inf, 0, 1}, {1, nan, 1}, {1, inf, 1}, {1, 0, 0}, {1, 0, -1}, {1, 0, 1e-310}, {1, 0, nan}, {1, 0, inf}} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%v: no panic", a)
				}
			}()
			NewLog(a[0], a[1], a[2])
		}()
	}
}

func BenchmarkLog(b *testing.B) {
	for _, n := range []int{80, 1280, 1 << 20} {
		power := make([]float32, n)
		for i := range power {
			power[i] = float32(math.Exp(5 * math.Sin(float64(i*i))))
		}
		x := make([]float32, n)
		run := func(name string, f func()) {
			b.Run(fmt.Sprintf("%s/%d", name, n), func(b *testing.B) {
				for range b.N {
					copy(x, power)
					f()
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*n), "ns/value")
			})
		}
		l := NewLog(10/math.Ln10, 0, 1e-10)
		all := func(form string) {
			run("Log/"+form, func() { l.Apply(x) })
			run("Log1p/"+form, func() { Log1p(x) })
		}
		run("copy", func() {})
		if avx512 := useAVX512; avx512 {
			all("AVX512")
			useAVX512 = false
			all("AVX2")
			useAVX512 = avx512
		} else if useAVX2 {
			all("AVX2")
		}
		restore := DisableAsm()
		all("Go")
		restore()
		run("math.Log10", func() {
			for i, p := range power {
				x[i] = float32(10 * math.Log10(max(1e-10, float64(p))))
			}
		})
	}
}
