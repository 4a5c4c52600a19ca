package train

import (
	"fmt"
	"math"

	"github.com/soundspace/soundspace/internal/nn"
)

// Float is the type of the values of embeddings.
type Float interface{ float32 | float64 }

// MaxLogScale is the logarithm of the largest scale of logits that CLIP trains
// with, 100.
const MaxLogScale = 4.605170185988092

// ClampLogScale returns the logarithm of a scale, brought to [0, MaxLogScale]. As in
// CLIP it is applied to the parameter after each step of the optimiser, not within
// the losses, so that the gradient can always lead back.
func ClampLogScale(x float32) float32 { return min(max(x, 0), MaxLogScale) }

// matrix is a view of rows×cols values. Element (i, j) is data[i*cols+j], or
// data[j*rows+i] if transposed.
type matrix[F Float] struct {
	data       []F
	rows, cols int
	transposed bool
}

// rowsOf views x as rows of dim values, of which there is at least one.
func rowsOf[F Float](x []F, dim int) matrix[F] {
	if dim < 1 || len(x)%dim != 0 || len(x) == 0 {
		panic(fmt.Sprintf("train: %d values as rows of %d", len(x), dim))
	}
	return matrix[F]{data: x, rows: len(x) / dim, cols: dim}
}

func (m matrix[F]) t() matrix[F] {
	m.rows, m.cols, m.transposed = m.cols, m.rows, !m.transposed
	return m
}

// multiply sets dst to alpha·x·y. A dst without data is passed over.
func multiply[F Float](c *nn.Context, dst, x, y matrix[F], alpha float64) {
	if dst.data == nil {
		return
	}
	if _, ok := any(dst.data).([]float32); ok {
		nn.Gemm(c, dst.float32(), x.float32(), y.float32(), float32(alpha), 0)
		return
	}
	at := func(m matrix[F], i, j int) F {
		if m.transposed {
			return m.data[j*m.rows+i]
		}
		return m.data[i*m.cols+j]
	}
	for i := range dst.rows {
		for j := range dst.cols {
			var sum F
			for k := range x.cols {
				sum += at(x, i, k) * at(y, k, j)
			}
			dst.data[i*dst.cols+j] = F(alpha) * sum
		}
	}
}

func (m matrix[F]) float32() nn.Matrix {
	data := any(m.data).([]float32)
	if m.transposed {
		return nn.NewMatrix(data, m.cols, m.rows).T()
	}
	return nn.NewMatrix(data, m.rows, m.cols)
}

// comparison is a batch of n rows a and m rows b, and their products.
type comparison[F Float] struct {
	a, b, products matrix[F]
	targets        []float64
	scale          float64
	offsets        []float64 // added to the logits of each column; nil: none
}

// logit returns the logit of a product in column j.
func (k *comparison[F]) logit(product F, j int) float64 {
	l := k.scale * float64(product)
	if k.offsets != nil {
		l += k.offsets[j]
	}
	return l
}

func compare[F Float](c *nn.Context, a, b []F, dim int, targets []float64, logScale float64) *comparison[F] {
	k := &comparison[F]{a: rowsOf(a, dim), b: rowsOf(b, dim), targets: targets, scale: math.Exp(logScale)}
	n, m := k.a.rows, k.b.rows
	if targets == nil && n == m {
		k.targets = make([]float64, n*n)
		for i := range n {
			k.targets[i*n+i] = 1
		}
	}
	if len(k.targets) != n*m {
		panic(fmt.Sprintf("train: %d targets for %d rows and %d", len(targets), n, m))
	}
	k.products = rowsOf(make([]F, n*m), m)
	multiply(c, k.products, k.a, k.b.t(), 1)
	return k
}

// backward sets the gradients of the rows, which may be nil, from those of the
// logits, scale·a·bᵀ, which have taken the place of the products.
func (k *comparison[F]) backward(c *nn.Context, da, db []F) {
	checkGradient(da, k.a.data)
	checkGradient(db, k.b.data)
	multiply(c, matrix[F]{data: da, rows: k.a.rows, cols: k.a.cols}, k.products, k.b, k.scale)
	multiply(c, matrix[F]{data: db, rows: k.b.rows, cols: k.b.cols}, k.products.t(), k.a, k.scale)
}

func checkGradient[F Float](dx, x []F) {
	if dx != nil && len(dx) != len(x) {
		panic(fmt.Sprintf("train: gradient of %d values for %d", len(dx), len(x)))
	}
}

func sum(x []float64) (s float64) {
	for _, v := range x {
		s += v
	}
	return s
}
