package f32

import (
	"math"
	"slices"
	"testing"
)

func TestBatchNormPasses(t *testing.T) {
	forms(t, func(t *testing.T) {
		for _, n := range lengths() {
			for _, off := range []int{0, 3} {
				value := func(seed uint64) []float32 { return random(n+off, seed)[off:] }
				p, q, x, s, u, v := value(1), value(2), value(3), value(4), value(5), value(6)
				near := func(what string, got []float32, want func(i int) (exact, magnitude float64)) {
					t.Helper()
					for i, g := range got {
						w, m := want(i)
						if e := math.Abs(float64(g) - w); !(e <= 0x1p-22*m) {
							t.Fatalf("%s of %d values: value %d is %g, want %g", what, n, i, g, w)
						}
					}
				}
				f := func(x []float32, i int) float64 { return float64(x[i]) }

				sum, squares := slices.Clone(p), slices.Clone(q)
				Moments(sum, squares, x, s)
				near("Moments, sum,", sum, func(i int) (float64, float64) {
					return f(p, i) + f(x, i) - f(s, i), math.Abs(f(p, i)) + math.Abs(f(x, i)) + math.Abs(f(s, i))
				})
				near("Moments, squares,", squares, func(i int) (float64, float64) {
					d := f(x, i) - f(s, i)
					return f(q, i) + d*d, math.Abs(f(q, i)) + d*d
				})

				for _, floor := range []float32{float32(math.Inf(-1)), 0} {
					for _, term := range [][]float32{nil, v} {
						dst := make([]float32, n)
						Normalize(dst, x, s, u, term, floor)
						near("Normalize", dst, func(i int) (float64, float64) {
							y, m := f(x, i)*f(s, i)+f(u, i), math.Abs(f(x, i)*f(s, i))+math.Abs(f(u, i))
							if term != nil {
								y, m = y+f(term, i), m+math.Abs(f(term, i))
							}
							return max(y, float64(floor)), m
						})
					}
				}

				for _, y := range [][]float32{nil, v} {
					sum, product, dy := slices.Clone(p), slices.Clone(q), slices.Clone(u)
					GradientMoments(sum, product, dy, x, s, y)
					for i := range dy {
						if want := u[i]; y != nil && y[i] <= 0 && dy[i] != 0 || (y == nil || y[i] > 0) && dy[i] != want {
							t.Fatalf("GradientMoments leaves %g, from %g", dy[i], want)
						}
					}
					near("GradientMoments, sum,", sum, func(i int) (float64, float64) {
						return f(p, i) + f(dy, i), math.Abs(f(p, i)) + math.Abs(f(dy, i))
					})
					near("GradientMoments, product,", product, func(i int) (float64, float64) {
						d := f(dy, i) * (f(x, i) - f(s, i))
						return f(q, i) + d, math.Abs(f(q, i)) + math.Abs(d)
					})
				}

				dst := slices.Clone(x)
				Combine(dst, dst, s, u, v, p)
				near("Combine", dst, func(i int) (float64, float64) {
					return f(x, i)*f(s, i) + f(u, i)*f(v, i) + f(p, i), math.Abs(f(x, i)*f(s, i)) + math.Abs(f(u, i)*f(v, i)) + math.Abs(f(p, i))
				})
			}
		}
	})
}

func TestNormalizeKeepsNaN(t *testing.T) {
	forms(t, func(t *testing.T) {
		for _, n := range []int{3, 16, 40} {
			x, one, zero := slices.Repeat([]float32{nan32}, n), slices.Repeat([]float32{1}, n), make([]float32, n)
			for _, term := range [][]float32{nil, zero} {
				dst := make([]float32, n)
				Normalize(dst, x, one, zero, term, 0)
				for i, v := range dst {
					if v == v {
						t.Errorf("n=%d: value %d is %g", n, i, v)
					}
				}
			}
		}
	})
}
