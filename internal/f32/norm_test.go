package f32

import (
	"fmt"
	"math"
	"slices"
	"testing"
)

func TestLayerNormAccuracy(t *testing.T) {
	const eps = 1e-5
	ones, zeros := slices.Repeat([]float32{1}, 4096), make([]float32, 4096)
	forms(t, func(t *testing.T) {
		var worst float64
		for _, n := range append(lengths(), 3072, 4096) {
			if n > 4096 {
				continue
			}
			for _, mean := range []float32{0, 1, -300, 1e5} {
				x := random(n, uint64(n))
				for i := range x {
					x[i] = x[i]*2 + mean
				}
				var sum, squares float64
				for _, v := range x {
					sum += float64(v)
				}
				for _, v := range x {
					d := float64(v) - sum/float64(n)
					squares += d * d
				}
				scale := 1 / math.Sqrt(squares/float64(n)+eps)
				dst := make([]float32, n)
				LayerNorm(dst, x, ones[:n], zeros[:n], eps)
				for i, v := range x {
					want := (float64(v) - sum/float64(n)) * scale
					worst = max(worst, math.Abs(float64(dst[i])-want)/max(math.Abs(want), 1))
				}
				weight, bias := random(n, 7), random(n, 8)
				for _, p := range [][2][]float32{{weight, bias}, {weight, nil}, {nil, bias}, {nil, nil}} {
					got := slices.Clone(x)
					LayerNorm(got, got, p[0], p[1], eps)
					for i, v := range dst {
						want := float64(v)
						if p[0] != nil {
							want *= float64(weight[i])
						}
						if p[1] != nil {
							want += float64(bias[i])
						}
						if e := math.Abs(float64(got[i]) - want); e > 1e-6*max(math.Abs(want), 1, math.Abs(float64(v))) {
							t.Fatalf("n=%d: value %d with weight %t and bias %t is off by %g", n, i, p[0] != nil, p[1] != nil, e)
						}
					}
				}
			}
		}
		if t.Logf("at most %.2g", worst); worst > 1e-6 {
			t.Errorf("error %g", worst)
		}
	})
}

// Equal values have no variance, not even a negative one from rounding.
func TestLayerNormConstant(t *testing.T) {
	forms(t, func(t *testing.T) {
		for _, n := range []int{1, 3, 96, 100, 769} {
			x := slices.Repeat([]float32{0.1}, n)
			LayerNorm(x, x, nil, nil, 1e-12)
			for i, v := range x {
				if !(math.Abs(float64(v)) < 0.01) {
					t.Fatalf("n=%d: value %d is %g", n, i, v)
				}
			}
		}
	})
}

func TestLayerNormStaysInside(t *testing.T) {
	in := random(200, 1)
	forms(t, func(t *testing.T) {
		for n := range 100 {
			weight, bias, want := random(n, 2), random(n, 3), make([]float32, n)
			LayerNorm(want, in[:n], weight, bias, 1e-5)
			for off := range 20 {
				got, around := slices.Clone(in), slices.Clone(in)
				LayerNorm(got[off:][:n], slices.Clone(in[:n]), weight, bias, 1e-5)
				copy(around[off:], want)
				if !slices.Equal(got, around) {
					t.Fatalf("%d values from %d on: wrong, or others changed", n, off)
				}
			}
		}
	})
}

func TestLayerNormPanics(t *testing.T) {
	three, four := make([]float32, 3), make([]float32, 4)
	for i, f := range []func(){
		func() { LayerNorm(four, three, three, three, 1) },
		func() { LayerNorm(three, three, four, three, 1) },
		func() { LayerNorm(three, three, three, four, 1) },
		func() { Add(three, four) },
		func() { AddScaled(three, 1, four) },
		func() { MulAdd(three, four, three) },
		func() { MulAdd(three, three, four) },
		func() { Maximum(three, four) },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("call %d: no panic at different lengths", i)
				}
			}()
			f()
		}()
	}
}

func BenchmarkLayerNorm(b *testing.B) {
	for _, n := range []int{96, 768, 3072} {
		x, dst, weight, bias := random(16*n, 1), make([]float32, 16*n), random(n, 2), random(n, 3)
		benchmark(b, fmt.Sprintf("LayerNorm/columns=%d", n), len(x), func() {
			for i := 0; i < len(x); i += n {
				LayerNorm(dst[i:][:n], x[i:][:n], weight, bias, 1e-5)
			}
		})
	}
}
