package f32

import (
	"fmt"
	"math"
	"slices"
	"testing"
)

func TestSoftmaxAccuracy(t *testing.T) {
	forms(t, func(t *testing.T) {
		var worst float64
		for _, n := range lengths() {
			for _, spread := range []float32{0.1, 3, 40} {
				got := random(n, uint64(n))
				for i := range got {
					got[i] = got[i]*spread + 7
				}
				x := slices.Clone(got)
				Softmax(got)
				largest, sum := math.Inf(-1), 0.0
				for _, v := range x {
					largest = max(largest, float64(v))
				}
				for _, v := range x {
					sum += math.Exp(float64(v) - largest)
				}
				for i, v := range x {
					d := float64(v) - largest
					want := math.Exp(d) / sum
					allowed := (4+float64(n)/8-d)*0x1p-24*want + 0x1p-149
					worst = max(worst, math.Abs(float64(got[i])-want)/allowed)
				}
			}
		}
		if t.Logf("at most %.2f of what is allowed", worst); worst > 1 {
			t.Errorf("%.2f times the error allowed", worst)
		}
	})
}

func TestSoftmaxSpecialValues(t *testing.T) {
	forms(t, func(t *testing.T) {
		for n := 1; n < 70; n++ {
			for at := range n {
				for _, special := range []float32{-inf32, inf32, nan32} {
					x := random(n, 1)
					x[at] = special
					Softmax(x)
					var sum float64
					for _, v := range x {
						sum += float64(v)
					}
					if special == -inf32 && n > 1 {
						if x[at] != 0 || math.Abs(sum-1) > 1e-6 {
							t.Fatalf("n=%d: -Inf at %d becomes %g, the sum is %g", n, at, x[at], sum)
						}
					} else if slices.ContainsFunc(x, func(v float32) bool { return v == v }) {
						t.Fatalf("n=%d: %g at %d does not make all NaN: %g", n, special, at, x)
					}
				}
			}
			x := slices.Repeat([]float32{-inf32}, n)
			Softmax(x)
			if slices.ContainsFunc(x, func(v float32) bool { return v == v }) {
				t.Fatalf("n=%d: all -Inf become %g, want NaN", n, x)
			}
		}
	})
}

// The same values give the same bits anywhere in memory, and nothing beside them
// changes.
func TestSoftmaxDoesNotDependOnPosition(t *testing.T) {
	in := random(200, 3)
	forms(t, func(t *testing.T) {
		for n := range 100 {
			want := slices.Clone(in[:n])
			Softmax(want)
			for off := range 20 {
				got := slices.Clone(in)
				copy(got[off:], in[:n])
				around := slices.Clone(got)
				Softmax(got[off:][:n])
				copy(around[off:], want)
				if !slices.Equal(got, around) {
					t.Fatalf("%d values from %d on: other bits, or others changed", n, off)
				}
			}
		}
	})
}

func BenchmarkSoftmax(b *testing.B) {
	for _, n := range []int{5, 17, 64, 77, 512} {
		in, x := random(16*n, 1), make([]float32, 16*n)
		benchmark(b, fmt.Sprintf("Softmax/columns=%d", n), len(x), func() {
			copy(x, in)
			for i := 0; i < len(x); i += n {
				Softmax(x[i:][:n])
			}
		})
	}
}
