package autodiff

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
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

// Many chunks of values, which workers share, have the gradients of the formula and the
// same bits however many workers there are.
func TestBatchNormChunks(t *testing.T) {
	const rows, cols = 9000, 24
	rng := rand.New(rand.NewPCG(23, 2))
	x, dy := randomMatrix(rng, rows, cols), randomMatrix(rng, rows, cols)
	norm := NewBatchNorm("bn", cols)
	for j := range cols {
		norm.Weight.Data[j] = float32(j) - 7.5
	}
	_, mean, variance := batchNorm64(float64s(x.Data), float64s(norm.Weight.Data), make([]float64, cols), 1e-5)
	dw, db, dx := make([]float64, cols), make([]float64, cols), make([]float64, rows*cols)
	normal := func(i int) float64 { return (float64(x.Data[i]) - mean[i%cols]) / math.Sqrt(variance[i%cols]+1e-5) }
	for i, d := range dy.Data {
		dw[i%cols] += float64(d) * normal(i)
		db[i%cols] += float64(d)
	}
	for i, d := range dy.Data {
		j := i % cols
		dx[i] = float64(norm.Weight.Data[j]) / math.Sqrt(variance[j]+1e-5) * (float64(d) - db[j]/rows - normal(i)*dw[j]/rows)
	}
	var first [][]float32
	for _, workers := range []int{1, 2, 5} {
		clear(norm.Weight.Grad)
		clear(norm.Bias.Grad)
		tape := NewTape(nn.NewContext(workers))
		tape.Train = true
		v := tape.Variable(x)
		tape.Backward([]*Value{tape.BatchNorm(v, norm)}, []nn.Matrix{dy})
		got := [][]float32{v.Grad().Data, norm.Weight.Grad, norm.Bias.Grad}
		if first == nil {
			near(t, "gradient", got[0], dx, 2e-6)
			near(t, "gradient of the weight", got[1], dw, 1e-5)
			near(t, "gradient of the bias", got[2], db, 1e-5)
			first = [][]float32{got[0], slices.Clone(got[1]), slices.Clone(got[2])}
		}
		for k := range got {
			same(t, fmt.Sprint(workers, " workers: gradient ", k), got[k], first[k])
		}
	}
}

// One row is its own mean and has no variance, and what is not finite leaves no trace in
// the statistics.
func TestBatchNormOddBatches(t *testing.T) {
	norm := NewBatchNorm("bn", 2)
	norm.Bias.Data[0], norm.Bias.Data[1] = 3, -4
	norm.Eps = 0x1p-10 // the rest is exact
	tape := NewTape(nn.NewContext(1))
	tape.Train = true
	x := tape.Variable(nn.NewMatrix([]float32{10, 20}, 1, 2))
	y := tape.BatchNorm(x, norm)
	tape.Backward([]*Value{y}, []nn.Matrix{nn.NewMatrix([]float32{1, 2}, 1, 2)})
	same(t, "result of one row", y.Data, []float32{3, -4})
	same(t, "its gradient", x.Grad().Data, []float32{0, 0})
	near(t, "its mean", norm.Mean, []float64{1, 2}, 1e-6)
	near(t, "its variance", norm.Variance, []float64{0.9, 0.9}, 1e-6)

	mean, variance := slices.Clone(norm.Mean), slices.Clone(norm.Variance)
	for _, bad := range []float32{float32(math.NaN()), float32(math.Inf(1)), -math.MaxFloat32} {
		tape.Reset()
		tape.BatchNorm(tape.Input(nn.NewMatrix([]float32{bad, 20, 0, 20}, 2, 2)), norm)
		same(t, fmt.Sprint("mean after ", bad), norm.Mean[:1], mean[:1])
		same(t, fmt.Sprint("variance after ", bad), norm.Variance[:1], variance[:1])
	}
	if norm.Mean[1] == mean[1] {
		t.Error("a column does not follow because of another one")
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
