package f32

import (
	"math"
	"math/rand/v2"
	"testing"
)

func TestGELUGrad(t *testing.T) {
	inputs := everyFloat32()
	dy := make([]float32, len(inputs))
	forms(t, func(t *testing.T) {
		for i := range dy {
			dy[i] = 1
		}
		GELUGrad(dy, inputs)
		worst := 0.0
		for i, v := range inputs {
			x := float64(v)
			want := math.Erfc(-x/math.Sqrt2)/2 + x*math.Exp(-x*x/2)/math.Sqrt(2*math.Pi)
			if e := math.Abs(float64(dy[i]) - want); !(e <= 3e-7) {
				t.Fatalf("the derivative at %g is %g, want %g", v, dy[i], want)
			} else if e > worst {
				worst = e
			}
		}
		t.Logf("the largest error is %.1e", worst)
		special := []float32{inf32, -inf32, nan32, 0}
		factors := []float32{3, 3, 3, 3}
		GELUGrad(factors, special)
		if factors[0] != 3 || factors[1] != 0 || factors[2] == factors[2] || math.Abs(float64(factors[3])-1.5) > 1e-6 {
			t.Errorf("3 times the derivatives at %g are %g", special, factors)
		}
	})
}

// The same comes out wherever values lie, and nothing beside them changes.
func TestGELUGradPlaces(t *testing.T) {
	rng := rand.New(rand.NewPCG(4, 4))
	x, in := make([]float32, 100), make([]float32, 100)
	for i := range x {
		x[i], in[i] = float32(2*rng.NormFloat64()), float32(rng.NormFloat64())
	}
	forms(t, func(t *testing.T) {
		got := make([]float32, len(in))
		for n := range 70 {
			for off := range 20 {
				copy(got, in)
				GELUGrad(got[off:][:n], x[off:][:n])
				for i, v := range got {
					want := in[i : i+1 : i+1]
					if i >= off && i < off+n {
						want = []float32{in[i]}
						GELUGrad(want, x[i:i+1])
					}
					if v != want[0] {
						t.Fatalf("%d values from %d on: value %d is %g, want %g", n, off, i, v, want[0])
					}
				}
			}
		}
	})
}

func BenchmarkGELUGrad(b *testing.B) {
	const n = 4096
	x, in, dy := random(n, 1), random(n, 2), make([]float32, n)
	benchmark(b, "GELUGrad", n, func() {
		copy(dy, in)
		GELUGrad(dy, x)
	})
}
