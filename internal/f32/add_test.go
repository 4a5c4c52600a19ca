package f32

import (
	"math"
	"slices"
	"testing"
)

// vectorwise are the functions of two or three slices, with what they do to a
// value in float64.
var vectorwise = []struct {
	name  string
	apply func(dst, x, y []float32)
	exact func(d, x, y float64) float64
}{
	{"Add", func(dst, x, _ []float32) { Add(dst, x) }, func(d, x, _ float64) float64 { return d + x }},
	{"AddScaled", func(dst, x, _ []float32) { AddScaled(dst, -1.7, x) }, func(d, x, _ float64) float64 { return d - float64(float32(1.7))*x }},
	{"Scale", func(dst, _, _ []float32) { Scale(dst, 0.3) }, func(d, _, _ float64) float64 { return d * float64(float32(0.3)) }},
	{"MulAdd", func(dst, x, y []float32) { MulAdd(dst, x, y) }, func(d, x, y float64) float64 { return d*x + y }},
	{"Maximum", func(dst, x, _ []float32) { Maximum(dst, x) }, func(d, x, _ float64) float64 { return max(d, x) }},
}

func TestVectorwise(t *testing.T) {
	forms(t, func(t *testing.T) {
		for _, f := range vectorwise {
			for _, n := range lengths() {
				for _, off := range []int{0, 1, 3, 8, 15} {
					got, x, y := random(n+30, 1), random(n+30, 2), random(n+30, 3)
					x, y = x[off:][:n], y[7:][:n]
					in := slices.Clone(got)
					f.apply(got[off:][:n], x, y)
					for i, v := range got {
						if i < off || i >= off+n {
							if v != in[i] {
								t.Fatalf("%s of %d values from %d on changes value %d", f.name, n, off, i)
							}
							continue
						}
						d, x, y := float64(in[i]), float64(x[i-off]), float64(y[i-off])
						want := f.exact(d, x, y)
						// Of two roundings, the first may be of a term far larger.
						if e := math.Abs(float64(v) - want); e > 0x1p-24*(math.Abs(want)+max(math.Abs(d*x), 1.7*math.Abs(x))) {
							t.Fatalf("%s of %d values from %d on: value %d is %g, want %g", f.name, n, off, i, v, want)
						}
					}
				}
			}
		}
	})
}

func TestMaximumSpecialValues(t *testing.T) {
	special := []float32{0, 1, -1, inf32, -inf32, nan32, -nan32}
	forms(t, func(t *testing.T) {
		for n := 1; n < 70; n++ {
			for _, a := range special {
				for _, b := range special {
					got, x := slices.Repeat([]float32{a}, n), slices.Repeat([]float32{b}, n)
					Maximum(got, x)
					want := max(a, b)
					for i, v := range got {
						if v != want && (v == v || want == want) {
							t.Fatalf("n=%d: the maximum of %g and %g at %d is %g", n, a, b, i, v)
						}
					}
				}
			}
		}
	})
}

func BenchmarkVectorwise(b *testing.B) {
	for _, n := range []int{64, 1024} {
		dst, x, y := random(n, 1), random(n, 2), random(n, 3)
		for _, f := range vectorwise {
			benchmark(b, f.name, n, func() { f.apply(dst, x, y) })
		}
	}
}
