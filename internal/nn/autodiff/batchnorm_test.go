package autodiff

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/soundspace/soundspace/internal/nn"
)

// batchNorm64 returns normalised columns, and their means and variances.
func batchNorm64(x, w, b []float64, eps float64) (y, mean, variance []float64) {
	n := len(w)
	rows := float64(len(x) / n)
	mean, variance = make([]float64, n), make([]float64, n)
	for i, v := range x {
		mean[i%n] += v / rows
	}
	for i, v := range x {
		variance[i%n] += (v - mean[i%n]) * (v - mean[i%n]) / rows
	}
	for i, v := range x {
		y = append(y, (v-mean[i%n])/math.Sqrt(variance[i%n]+eps)*w[i%n]+b[i%n])
	}
	return y, mean, variance
}

func TestBatchNorm(t *testing.T) {
	rng := rand.New(rand.NewPCG(22, 1))
	for _, s := range [][2]int{{5, 3}, {7, 5}, {40, 16}, {30, 24}, {300, 3}} {
		x, residual := randomMatrix(rng, s[0], s[1]), randomMatrix(rng, s[0], s[1])
		for i := range x.Data {
			x.Data[i] = 2*x.Data[i] + 5
		}
		norm := NewBatchNorm("bn", s[1])
		for i := range s[1] {
			norm.Weight.Data[i], norm.Bias.Data[i] = float32(1+rng.NormFloat64()), float32(rng.NormFloat64())
		}
		for form, apply := range []func(t *Tape, xs []*Value) *Value{
			func(t *Tape, xs []*Value) *Value { return t.BatchNorm(xs[0], norm) },
			func(t *Tape, xs []*Value) *Value { return t.BatchNormReLU(xs[0], norm) },
			func(t *Tape, xs []*Value) *Value { return t.BatchNormAddReLU(xs[0], norm, xs[1]) },
			func(t *Tape, xs []*Value) *Value { return t.BatchNormAddReLU(xs[0], norm, xs[0]) },
		} {
			inputs := []nn.Matrix{x}
			if form == 2 {
				inputs = append(inputs, residual)
			}
			operation{
				name: fmt.Sprint(s, " form ", form), inputs: inputs, params: []*Param{norm.Weight, norm.Bias},
				apply: apply,
				reference: func(xs [][]float64) []float64 {
					k := len(xs) - 2
					y, _, _ := batchNorm64(xs[0], xs[k], xs[k+1], 1e-5)
					for i := range y {
						switch form {
						case 2:
							y[i] += xs[1][i]
						case 3:
							y[i] += xs[0][i]
						}
						if form > 0 {
							y[i] = max(y[i], 0)
						}
					}
					return y
				},
				tolerance: 1e-5,
			}.check(t)
		}
	}
}

// Sums are of hundreds of thousands of values far from zero.
func TestBatchNormStatistics(t *testing.T) {
	const rows, cols = 100000, 5
	rng := rand.New(rand.NewPCG(23, 1))
	x := randomMatrix(rng, rows, cols)
	for i := range x.Data {
		x.Data[i] = x.Data[i]*float32(i%cols+1) - 100
	}
	norm := NewBatchNorm("bn", cols)
	one, zero := []float64{1, 1, 1, 1, 1}, make([]float64, cols)
	want, mean, variance := batchNorm64(float64s(x.Data), one, zero, 1e-5)
	tape := NewTape(nn.NewContext(2))
	tape.Train = true
	near(t, "result", tape.BatchNorm(tape.Input(x), norm).Data, want, 1e-5)
	for j := range cols {
		mean[j] *= 0.1
		variance[j] = 0.9 + 0.1*variance[j]*rows/(rows-1)
	}
	near(t, "mean", norm.Mean, mean, 1e-6)
	near(t, "variance", norm.Variance, variance, 1e-6)

	// In evaluation they are what counts, and do not change.
	tape.Reset()
	tape.Train = false
	got := tape.BatchNormReLU(tape.Input(x), norm)
	for i, v := range x.Data {
		want[i] = max((float64(v)-mean[i%cols])/math.Sqrt(variance[i%cols]+1e-5), 0)
	}
	near(t, "evaluation", got.Data, want, 1e-5)
	near(t, "mean after evaluation", norm.Mean, mean, 1e-6)
}
