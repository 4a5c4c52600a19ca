package nn

import (
	"math"

	"github.com/soundspace/soundspace/internal/f32"
)

// LayerNorm scales each row to mean 0 and variance 1, then by Weight, and adds
// Bias:
//
//	(x - mean)/√(var + Eps)·Weight + Bias,  var = Σ(x-mean)²/n
//
// Weight and Bias may be nil.
type LayerNorm struct {
	Weight, Bias []float32
	Eps          float32
}

// Apply computes dst from the rows of x, which may be dst.
func (l *LayerNorm) Apply(c *Context, dst, x Matrix) {
	c.Split(x.Rows, 8, func(_ *Context, from, to int) {
		for i := from; i < to; i++ {
			l.Row(dst.Row(i), x.Row(i))
		}
	})
}

// Row computes dst from x, which may be dst.
func (l *LayerNorm) Row(dst, x []float32) { f32.LayerNorm(dst, x, l.Weight, l.Bias, l.Eps) }

// BatchNorm is the batch normalisation of a trained network: x·Scale + Shift,
// one of each for every column.
type BatchNorm struct{ Scale, Shift []float32 }

// NewBatchNorm returns (x - mean)/√(variance + eps)·weight + bias.
func NewBatchNorm(weight, bias, mean, variance []float32, eps float64) *BatchNorm {
	n := &BatchNorm{make([]float32, len(weight)), make([]float32, len(weight))}
	for i := range weight {
		scale := float64(weight[i]) / math.Sqrt(float64(variance[i])+eps)
		n.Scale[i] = float32(scale)
		n.Shift[i] = float32(float64(bias[i]) - float64(mean[i])*scale)
	}
	return n
}

// Apply changes the rows of x.
func (n *BatchNorm) Apply(c *Context, x Matrix) {
	c.Split(x.Rows, 8, func(_ *Context, from, to int) {
		for i := from; i < to; i++ {
			f32.MulAdd(x.Row(i), n.Scale, n.Shift)
		}
	})
}

// Fold returns weights [out, …] and a bias of a linear map or convolution with
// the normalisation of its outputs worked in. The bias given may be nil.
func (n *BatchNorm) Fold(weight, bias []float32) (w, b []float32) {
	w, b = make([]float32, len(weight)), make([]float32, len(n.Scale))
	in := len(weight) / len(n.Scale)
	for i := range b {
		for j := range in {
			w[i*in+j] = weight[i*in+j] * n.Scale[i]
		}
		if bias != nil {
			b[i] = bias[i] * n.Scale[i]
		}
		b[i] += n.Shift[i]
	}
	return w, b
}

// NormalizeL2 divides x by √Σx², or leaves it if that is 0.
func NormalizeL2(x []float32) {
	var sum float64
	for _, v := range x {
		sum += float64(v) * float64(v)
	}
	if sum > 0 {
		scale := 1 / math.Sqrt(sum)
		for i, v := range x {
			x[i] = float32(float64(v) * scale)
		}
	}
}
