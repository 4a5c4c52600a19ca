package f32

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// everyFloat32 are every 2^12th bit pattern and one in between: values of both
// signs and all exponents, with 4096 mantissas each.
func everyFloat32() []float32 {
	var x []float32
	for b := uint64(0); b < 1<<32; b += 1 << 12 {
		v := math.Float32frombits(uint32(b) + uint32(b>>12)*2654435761>>20)
		if v == v && !math.IsInf(float64(v), 0) {
			x = append(x, v)
		}
	}
	return x
}

// pointwise are the functions of single values.
var pointwise = []struct {
	name  string
	apply func(x []float32)
	exact func(x float64) float64
	// The error that is allowed, in a wanted value of x, to the assembly and to
	// the Go form.
	asm, golang func(x, want float64) float64
	atNegInf    float32
	atInf       float32
}{
	{"Exp", Exp, math.Exp, ulps(1), ulps(0.6), 0, inf32},
	{"Sigmoid", Sigmoid, func(x float64) float64 { return 1 / (1 + math.Exp(-x)) }, ulps(2.5), ulps(0.6), 0, 1},
	{"Tanh", Tanh, math.Tanh, ulps(3.5), ulps(0.7), -1, 1},
	{"GELU", GELU, func(x float64) float64 { return x / 2 * math.Erfc(-x/math.Sqrt2) }, gelu(1e-7, 2), gelu(1e-7, 2), 0, inf32},
	{"GELUTanh", GELUTanh, func(x float64) float64 {
		return x / (1 + math.Exp(-2*math.Sqrt(2/math.Pi)*(x+0.044715*x*x*x)))
	}, gelu(2e-7, 3), gelu(2e-7, 3), 0, inf32},
	{"QuickGELU", QuickGELU, func(x float64) float64 { return x / (1 + math.Exp(-1.702*x)) }, gelu(2e-7, 1), gelu(2e-7, 1), 0, inf32},
	{"ReLU", ReLU, func(x float64) float64 { return max(x, 0) }, ulps(0), ulps(0), 0, inf32},
}

var inf32, nan32 = float32(math.Inf(1)), float32(math.NaN())

func ulps(n float64) func(x, want float64) float64 {
	return func(x, want float64) float64 { return n * ulp(want) }
}

// gelu is what the doc comments of the GELU functions promise.
func gelu(positive, power float64) func(x, want float64) float64 {
	return func(x, want float64) float64 {
		if x > 0 {
			return positive * max(x, 1)
		}
		return max(4e-7*(1+math.Pow(-x, power))*-want, (1-x)*0x1p-149)
	}
}

func TestPointwiseAccuracy(t *testing.T) {
	inputs := everyFloat32()
	got := make([]float32, len(inputs))
	for _, tt := range pointwise {
		forms(t, func(t *testing.T) {
			copy(got, inputs)
			tt.apply(got)
			allowed := tt.golang
			if useAVX2 {
				allowed = tt.asm
			}
			var worst, at, absolute float64
			for i, x := range inputs {
				x := float64(x)
				want := tt.exact(x)
				if float32(want) == got[i] {
					continue // +Inf too
				}
				e := math.Abs(float64(got[i]) - want)
				absolute = max(absolute, e/max(math.Abs(want), 1))
				if e /= allowed(x, want); !(e <= worst) {
					worst, at = e, x
				}
			}
			t.Logf("%s: at most %.2f of what is allowed, at %g; %.1e of max(|result|, 1)", tt.name, worst, at, absolute)
			if !(worst <= 1) {
				t.Errorf("%s(%g): %.2f times the error allowed", tt.name, at, worst)
			}
		})
	}
}

func TestPointwiseSpecialValues(t *testing.T) {
	forms(t, func(t *testing.T) {
		for _, tt := range pointwise {
			x := []float32{-inf32, inf32, nan32, -nan32, 0, float32(math.Copysign(0, -1)), -math.MaxFloat32, -1e4}
			zero := float32(tt.exact(0))
			tt.apply(x)
			for i, want := range []float32{tt.atNegInf, tt.atInf, nan32, nan32, zero, zero, tt.atNegInf, tt.atNegInf} {
				if x[i] != want && (x[i] == x[i] || want == want) {
					t.Errorf("%s: value %d is %g, want %g", tt.name, i, x[i], want)
				}
			}
		}
	})
}

// Each value has the same image at any place of a slice of any length, and
// nothing beside the slice changes.
func TestPointwiseDoesNotDependOnPosition(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	in := make([]float32, 100)
	for i := range in {
		in[i] = float32(5 * rng.NormFloat64())
	}
	in[3], in[50] = nan32, 0
	for _, tt := range pointwise {
		forms(t, func(t *testing.T) {
			want := make([]float32, len(in))
			for i, v := range in {
				one := []float32{v}
				tt.apply(one)
				want[i] = one[0]
			}
			got := make([]float32, len(in))
			for n := range 70 {
				for off := range 20 {
					copy(got, in)
					tt.apply(got[off:][:n])
					for i, v := range got {
						w := in[i]
						if i >= off && i < off+n {
							w = want[i]
						}
						if math.Float32bits(v) != math.Float32bits(w) {
							t.Fatalf("%s of %d values from %d on: value %d is %g, want %g", tt.name, n, off, i, v, w)
						}
					}
				}
			}
		})
	}
}

// The instruction sets compute the same bits.
func TestPointwiseAssemblySame(t *testing.T) {
	if !useAVX512 {
		t.Skip("needs AVX-512")
	}
	inputs := everyFloat32()
	for _, tt := range pointwise {
		wide, narrow := slices.Clone(inputs), slices.Clone(inputs)
		tt.apply(wide)
		useAVX512 = false
		tt.apply(narrow)
		useAVX512 = true
		for i := range wide {
			if math.Float32bits(wide[i]) != math.Float32bits(narrow[i]) {
				t.Fatalf("%s(%g) is %g with AVX-512, %g with AVX2", tt.name, inputs[i], wide[i], narrow[i])
			}
		}
	}
}

// benchmark measures f in each form. It takes the time of prepare off, which
// should be short.
func benchmark(b *testing.B, name string, values int, f func()) {
	run := func(form string) {
		b.Run(fmt.Sprintf("%s/%d/%s", name, values, form), func(b *testing.B) {
			for range b.N {
				f()
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*values), "ns/value")
		})
	}
	if avx512 := useAVX512; avx512 {
		run("AVX512")
		useAVX512 = false
		run("AVX2")
		useAVX512 = avx512
	} else if useAVX2 {
		run("AVX2")
	}
	restore := DisableAsm()
	run("Go")
	restore()
}

func BenchmarkPointwise(b *testing.B) {
	const n = 4096
	in, x := random(n, 1), make([]float32, n)
	for _, tt := range pointwise {
		benchmark(b, tt.name, n, func() {
			copy(x, in)
			tt.apply(x)
		})
	}
}
