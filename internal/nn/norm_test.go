package nn

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
)

func TestLayerNorm(t *testing.T) {
	x := goldenMatrix(t, "norm")
	weight, _ := golden(t, "norm_weight")
	bias, _ := golden(t, "norm_bias")
	vectorForms(t, func(t *testing.T) {
		for name, l := range map[string]*LayerNorm{
			"layer_norm":       {Weight: weight, Bias: bias, Eps: 1e-5},
			"layer_norm_plain": {Eps: 1e-5},
		} {
			dst, want := NewMatrix(make([]float32, len(x.Data)), x.Rows, x.Cols), goldenMatrix(t, name)
			l.Apply(NewContext(2), dst, x)
			compare(t, name, dst.Data, want.Data, 1e-6)
		}
	})
}

func TestBatchNorm(t *testing.T) {
	weight, _ := golden(t, "norm_weight")
	bias, _ := golden(t, "norm_bias")
	mean, _ := golden(t, "norm_mean")
	variance, _ := golden(t, "norm_variance")
	n := NewBatchNorm(weight, bias, mean, variance, 1e-5)
	want := goldenMatrix(t, "batch_norm")
	vectorForms(t, func(t *testing.T) {
		x := goldenMatrix(t, "norm")
		n.Apply(NewContext(2), x)
		compare(t, "batch_norm", x.Data, want.Data, 2e-6) // x·scale and the shift cancel
	})
}

// A linear map with the normalisation folded in gives what the two give in turn.
func TestBatchNormFold(t *testing.T) {
	rng := rand.New(rand.NewPCG(2, 2))
	x, w := random(rng, 4, 7, 0, false), random(rng, 5, 7, 0, false)
	v := random(rng, 5, 5, 0, false)
	for j := range v.Cols {
		v.Row(3)[j] = v.Row(3)[j]*v.Row(3)[j] + 0.1
	}
	n := NewBatchNorm(v.Row(0), v.Row(1), v.Row(2), v.Row(3), 1e-5)
	for _, bias := range [][]float32{nil, v.Row(4)} {
		folded, foldedBias := n.Fold(w.Data, bias)
		for i := range x.Rows {
			want, got := make([]float32, 5), make([]float32, 5)
			for o := range want {
				for j, xj := range x.Row(i) {
					want[o] += xj * w.Row(o)[j]
					got[o] += xj * folded[o*7+j]
				}
				if bias != nil {
					want[o] += bias[o]
				}
				got[o] += foldedBias[o]
			}
			n.Apply(NewContext(1), NewMatrix(want, 1, 5))
			compare(t, fmt.Sprintf("row %d, bias %t", i, bias != nil), got, want, 1e-5)
		}
	}
}

func TestNormalizeL2(t *testing.T) {
	x, want := goldenMatrix(t, "norm"), goldenMatrix(t, "normalize")
	for i := range x.Rows {
		NormalizeL2(x.Row(i))
		compare(t, "normalize", x.Row(i), want.Row(i), 1e-7)
	}
	tiny := []float32{3e-30, 4e-30} // their squares are no float32
	NormalizeL2(tiny)
	compare(t, "tiny", tiny, []float32{0.6, 0.8}, 1e-7)
	zero := make([]float32, 3)
	if NormalizeL2(zero); !slices.Equal(zero, make([]float32, 3)) {
		t.Errorf("zeros become %g", zero)
	}
}

func BenchmarkLayerNorm(b *testing.B) {
	for _, n := range []int{96, 384, 768, 3072} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			rng := rand.New(rand.NewPCG(1, 1))
			x, w := random(rng, 256, n, 0, false), random(rng, 2, n, 0, false)
			dst, c := NewMatrix(make([]float32, len(x.Data)), 256, n), NewContext(1)
			l := &LayerNorm{Weight: w.Row(0), Bias: w.Row(1), Eps: 1e-5}
			for range b.N {
				l.Apply(c, dst, x)
			}
			perValue(b, len(x.Data))
		})
	}
}
