package nearest

import (
	"math"
	"math/big"
	"math/rand/v2"
	"testing"
)

// exact is the inner product without rounding errors, as float64.
func exact(q, v []float32) float64 {
	sum := new(big.Float).SetPrec(1000)
	for i, x := range q {
		product := new(big.Float).SetPrec(1000).SetFloat64(float64(x))
		sum.Add(sum, product.Mul(product, big.NewFloat(float64(v[i]))))
	}
	f, _ := sum.Float64()
	return f
}

func TestScore(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	for dim := range 70 {
		for _, set := range sets {
			x := set.make(rng, 2, dim+1)
			q, v := x[:dim], x[dim:2*dim]
			want := exact(q, v)
			var abs float64
			for i := range q {
				abs += math.Abs(float64(q[i]) * float64(v[i]))
			}
			if got := score(q, v); math.Abs(float64(got)-want) > 0x1p-24*math.Abs(want)+0x1p-46*abs+0x1p-150 {
				t.Fatalf("%s, dim %d: %g, want %g", set.name, dim, got, want)
			}
		}
	}
}

// With scales of 1 and no errors, upper bounds are sums of integers.
func TestUpperBoundsExact(t *testing.T) {
	rng := rand.New(rand.NewPCG(2, 1))
	kernels(t, func(t *testing.T) {
		for n := 64; n <= 1100; n += 64 {
			q := query{codes: make([]int16, n), scale: 1, norm: 1, err: 1}
			b := codeBlock{codes: make([]int8, blockRows*n)}
			var norm, got [blockRows]float32
			for i := range q.codes {
				q.codes[i] = int16(rng.IntN(200) - 100) // sums are exact in float32
			}
			for i := range b.codes {
				b.codes[i] = int8(rng.IntN(255) - 127)
			}
			for i := range norm {
				b.scale[i], b.err[i], norm[i] = 1, float32(i), float32(1000*i)
			}
			norm[77] = float32(math.NaN())
			upperBounds(&got, &q, &b, &norm)
			for row, u := range got {
				want := 1001 * row
				for i, c := range q.codes {
					want += int(c) * int(b.codes[row*n+i])
				}
				if row == 77 && u != u {
					continue
				}
				if u != float32(want) {
					t.Fatalf("%d codes, row %d: %v, want %d", n, row, u, want)
				}
			}
		}
	})
}

// No sum of codes of any vectors overflows.
func TestLargestSums(t *testing.T) {
	kernels(t, func(t *testing.T) {
		for _, dim := range []int{1, 64, 512, 2048, MaxDim} {
			c := NewCodes(dim)
			q := make([]float32, dim)
			for i := range q {
				q[i] = 1 - 2*float32(i%2)
			}
			if _, err := c.Add(q); err != nil {
				t.Fatal(err)
			}
			p, err := c.prepare(q)
			if err != nil {
				t.Fatal(err)
			}
			var upper [blockRows]float32
			c.upper(&upper, &p, 0)
			if got := float64(upper[0]) / float64(dim); got < 1 || got > 1.005 {
				t.Errorf("%d dimensions: bound is %v of the score", dim, got)
			}
			if upper[1] == upper[1] {
				t.Errorf("bound %v where there is no vector", upper[1])
			}
		}
	})
}
