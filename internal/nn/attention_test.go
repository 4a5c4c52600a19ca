package nn

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// attention64 computes one head in float64.
func attention64(q, k, v, bias Matrix, scale float64, causal bool) []float64 {
	n := q.Rows
	out := make([]float64, n*v.Cols)
	scores := make([]float64, n)
	for i := range n {
		largest, sum := math.Inf(-1), 0.0
		seen := n
		if causal {
			seen = i + 1
		}
		for j := range seen {
			s := 0.0
			for l := range q.Cols {
				s += float64(q.at(i, l)) * float64(k.at(j, l))
			}
			s *= scale
			if bias.Data != nil {
				s += float64(bias.at(i, j))
			}
			scores[j] = s
			largest = max(largest, s)
		}
		for j := range seen {
			scores[j] = math.Exp(scores[j] - largest)
			sum += scores[j]
		}
		for j := range seen {
			for l := range v.Cols {
				out[i*v.Cols+l] += scores[j] / sum * float64(v.at(j, l))
			}
		}
	}
	return out
}

func TestAttention(t *testing.T) {
	forEachKernels(t, func(t *testing.T) {
		rng := rand.New(rand.NewPCG(9, 10))
		for n, test := range []struct {
			lengths       []int
			heads, dq, dv int
		}{
			{nil, 2, 8, 8},
			{[]int{0}, 2, 8, 8},
			{[]int{1}, 1, 1, 1},
			{[]int{64, 64}, 4, 24, 24},
			{[]int{7, 0, 77, 13}, 3, 64, 64},
			{[]int{5, 12, 31}, 3, 7, 19},
			{[]int{560, 3}, 1, 16, 16},
		} {
			rows := 0
			for _, l := range test.lengths {
				rows += l
			}
			qk, dv := test.heads*test.dq, test.heads*test.dv
			qkv := random(rng, rows, 2*qk+dv, n%2, false)
			q, k, v := qkv.ColsOf(0, qk), qkv.ColsOf(qk, 2*qk), qkv.ColsOf(2*qk, 2*qk+dv)
			for variant := range 4 {
				causal := variant%2 == 1
				biases := make([]Matrix, len(test.lengths)*test.heads)
				var bias func(sequence, head int) Matrix
				if variant >= 2 {
					for i := range biases {
						if l := test.lengths[i/test.heads]; i%3 != 2 {
							biases[i] = random(rng, l, l, 2, false)
						}
					}
					bias = func(sequence, head int) Matrix { return biases[sequence*test.heads+head] }
				}
				a := Attention{Heads: test.heads, Scale: float32(1 / math.Sqrt(float64(test.dq))), Causal: causal}
				dst := random(rng, rows, dv, 3, false)
				a.Apply(NewContext(1+n%3), dst, q, k, v, test.lengths, bias)
				outside(t, dst)
				start := 0
				for s, l := range test.lengths {
					end := start + l
					for h := range test.heads {
						qh, kh := q.section(start, end, h*test.dq, (h+1)*test.dq), k.section(start, end, h*test.dq, (h+1)*test.dq)
						vh := v.section(start, end, h*test.dv, (h+1)*test.dv)
						want := attention64(qh, kh, vh, biases[s*test.heads+h], float64(a.Scale), causal)
						for i := range l {
							for j := range test.dv {
								got := dst.Row(start + i)[h*test.dv+j]
								if w := want[i*test.dv+j]; !(math.Abs(float64(got)-w) < 4e-6) {
									t.Fatalf("%v, variant %d, sequence %d, head %d: value (%d, %d) is %v, want %v", test, variant, s, h, i, j, got, w)
								}
							}
						}
					}
					start = end
				}
			}
		}
	})
}

// TestAttentionIndependence checks that a sequence gets the same bits alone and
// in a batch, with any number of workers, and without the tokens after a row if
// they are hidden.
func TestAttentionIndependence(t *testing.T) {
	forEachKernels(t, func(t *testing.T) {
		rng := rand.New(rand.NewPCG(11, 12))
		const heads, d = 2, 16
		lengths := []int{20, 540, 77}
		qkv := random(rng, 637, 3*heads*d, 0, false)
		run := func(causal bool, workers, from, to int, lengths ...int) Matrix {
			a := Attention{Heads: heads, Scale: 0.2, Causal: causal}
			dst := random(rng, to-from, heads*d, 0, false)
			x := qkv.RowsOf(from, to)
			a.Apply(NewContext(workers), dst, x.ColsOf(0, heads*d), x.ColsOf(heads*d, 2*heads*d), x.ColsOf(2*heads*d, 3*heads*d), lengths, nil)
			return dst
		}
		for _, causal := range []bool{false, true} {
			want := run(causal, 1, 0, 637, lengths...)
			for _, workers := range []int{2, 7} {
				equalBits(t, fmt.Sprint(workers, " workers"), run(causal, workers, 0, 637, lengths...), want)
			}
			equalBits(t, "first alone", run(causal, 2, 0, 20, 20), want.RowsOf(0, 20))
			equalBits(t, "second alone", run(causal, 1, 20, 560, 540), want.RowsOf(20, 560))
			equalBits(t, "third alone", run(causal, 1, 560, 637, 77), want.RowsOf(560, 637))
		}
		want := run(true, 1, 20, 560, 540)
		for _, n := range []int{1, 50, 90, 512, 513, 539} {
			equalBits(t, fmt.Sprint("the first ", n), run(true, 1, 20, 20+n, n), want.RowsOf(0, n))
		}
	})
}

func BenchmarkAttention(b *testing.B) {
	rng := rand.New(rand.NewPCG(1, 2))
	for _, shape := range [][4]int{
		{64, 64, 4, 24}, {16, 64, 8, 24}, {4, 64, 16, 24}, {1, 64, 32, 24}, // HTSAT-tiny
		{1, 7, 8, 64}, {1, 77, 8, 64}, {1, 16, 12, 32}, {1, 128, 12, 32}, {1, 512, 12, 64},
	} {
		for _, workers := range []int{1, 2} {
			n, l, heads, d := shape[0], shape[1], shape[2], shape[3]
			lengths := make([]int, n)
			for i := range lengths {
				lengths[i] = l
			}
			qkv := random(rng, n*l, 3*heads*d, 0, false)
			dst := random(rng, n*l, heads*d, 0, false)
			a := Attention{Heads: heads, Scale: 0.2}
			c := NewContext(workers)
			b.Run(fmt.Sprintf("%d×%d×%d×%d/%d", n, l, heads, d, workers), func(b *testing.B) {
				for b.Loop() {
					a.Apply(c, dst, qkv.ColsOf(0, heads*d), qkv.ColsOf(heads*d, 2*heads*d), qkv.ColsOf(2*heads*d, 3*heads*d), lengths, nil)
				}
				b.ReportMetric(4*float64(n*l*l*heads*d)*float64(b.N)/b.Elapsed().Seconds()/1e9, "GFLOP/s")
			})
		}
	}
}
