package autodiff

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/soundspace/soundspace/internal/nn"
)

func attention64(q, k, v []float64, heads, dq, dv int, scale float64, causal bool, lengths []int) []float64 {
	y := make([]float64, len(v))
	start := 0
	for _, n := range lengths {
		for h := range heads {
			for i := start; i < start+n; i++ {
				seen := start + n
				if causal {
					seen = i + 1
				}
				weights, sum := make([]float64, n), 0.0
				for j := start; j < seen; j++ {
					s := 0.0
					for l := h * dq; l < (h+1)*dq; l++ {
						s += scale * q[i*heads*dq+l] * k[j*heads*dq+l]
					}
					weights[j-start] = math.Exp(s)
					sum += weights[j-start]
				}
				for j := start; j < seen; j++ {
					for l := h * dv; l < (h+1)*dv; l++ {
						y[i*heads*dv+l] += weights[j-start] / sum * v[j*heads*dv+l]
					}
				}
			}
		}
		start += n
	}
	return y
}

func TestAttention(t *testing.T) {
	rng := rand.New(rand.NewPCG(10, 1))
	for _, test := range []struct {
		lengths       []int
		heads, dq, dv int
	}{
		{[]int{1}, 1, 1, 1},
		{[]int{5, 0, 2, 7}, 3, 4, 3},
		{[]int{16, 16}, 2, 8, 8},
		{[]int{19}, 1, 7, 17},
	} {
		rows := 0
		for _, n := range test.lengths {
			rows += n
		}
		inputs := []nn.Matrix{
			randomMatrix(rng, rows, test.heads*test.dq),
			randomMatrix(rng, rows, test.heads*test.dq),
			randomMatrix(rng, rows, test.heads*test.dv),
		}
		scale := float32(1 / math.Sqrt(float64(test.dq)))
		for _, causal := range []bool{false, true} {
			operation{
				name: fmt.Sprint(test, causal), inputs: inputs,
				apply: func(t *Tape, xs []*Value) *Value {
					return t.Attention(xs[0], xs[1], xs[2], test.heads, scale, causal, test.lengths)
				},
				reference: func(xs [][]float64) []float64 {
					return attention64(xs[0], xs[1], xs[2], test.heads, test.dq, test.dv, float64(scale), causal, test.lengths)
				},
			}.check(t)
		}
	}
	operation{
		name: "one value for all", inputs: []nn.Matrix{randomMatrix(rng, 11, 12)},
		apply: func(t *Tape, xs []*Value) *Value {
			return t.Attention(xs[0], xs[0], xs[0], 2, 0.5, false, []int{4, 7})
		},
		reference: func(xs [][]float64) []float64 {
			return attention64(xs[0], xs[0], xs[0], 2, 6, 6, 0.5, false, []int{4, 7})
		},
	}.check(t)
}
