package autodiff

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/soundspace/soundspace/internal/nn"
)

func layerNorm64(x, w, b []float64, eps float64) []float64 {
	n := len(w)
	y := make([]float64, 0, len(x))
	for ; len(x) > 0; x = x[n:] {
		mean, variance := 0.0, 0.0
		for _, v := range x[:n] {
			mean += v / float64(n)
		}
		for _, v := range x[:n] {
			variance += (v - mean) * (v - mean) / float64(n)
		}
		for j, v := range x[:n] {
			y = append(y, (v-mean)/math.Sqrt(variance+eps)*w[j]+b[j])
		}
	}
	return y
}

func TestLayerNorm(t *testing.T) {
	rng := rand.New(rand.NewPCG(8, 1))
	for _, s := range [][2]int{{1, 3}, {3, 5}, {7, 64}, {150, 19}} {
		x := randomMatrix(rng, s[0], s[1])
		for i := range x.Data {
			x.Data[i] = 2*x.Data[i] + 5
		}
		w, b := randomParam(rng, "w", 1, s[1]), randomParam(rng, "b", 0, s[1])
		operation{
			name: fmt.Sprint(s), inputs: []nn.Matrix{x}, params: []*Param{w, b},
			apply:     func(t *Tape, xs []*Value) *Value { return t.LayerNorm(xs[0], w, b, 1e-5) },
			reference: func(xs [][]float64) []float64 { return layerNorm64(xs[0], xs[1], xs[2], 1e-5) },
			tolerance: 5e-6,
		}.check(t)
	}
}
