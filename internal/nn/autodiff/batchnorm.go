package autodiff

import (
	"math"

	"github.com/soundspace/soundspace/internal/f32"
	"github.com/soundspace/soundspace/internal/nn"
)

// BatchNorm is a batch normalisation (Ioffe and Szegedy, Batch Normalization, 2015)
// of the columns of a matrix,
//
//	(x - mean)/√(variance + Eps)·Weight + Bias.
//
// In training, mean and variance Σ(x-mean)²/n are those of all rows at hand, and
// Mean and Variance, which are used otherwise, follow them: each becomes
// (1-Momentum)·old + Momentum·new, where the new variance is Σ(x-mean)²/(n-1), and 0
// for a single row. They do not follow what is NaN or infinite: of such a step nothing
// is to remain.
type BatchNorm struct {
	Weight, Bias   *Param
	Mean, Variance []float32
	Momentum       float32 // NewBatchNorm: 0.1
	Eps            float64 // NewBatchNorm: 1e-5

	sums []float64 // of the chunks of a pass
}

// NewBatchNorm returns a normalisation of so many columns, whose parameters are
// called name.weight and name.bias, with PyTorch's defaults.
func NewBatchNorm(name string, columns int) *BatchNorm {
	n := &BatchNorm{
		Weight:   NewParam(name+".weight", false, columns),
		Bias:     NewParam(name+".bias", false, columns),
		Mean:     make([]float32, columns),
		Variance: make([]float32, columns),
		Momentum: 0.1,
		Eps:      1e-5,
	}
	for i := range columns {
		n.Weight.Data[i], n.Variance[i] = 1, 1
	}
	return n
}

// BatchNorm returns x normalised by n. The backward pass uses up the gradient of the
// result, here and in the two functions below: it cannot be read afterwards.
func (t *Tape) BatchNorm(x *Value, n *BatchNorm) *Value { return t.batchNorm(x, n, nil, false) }

// BatchNormReLU returns max(x normalised by n, 0).
func (t *Tape) BatchNormReLU(x *Value, n *BatchNorm) *Value { return t.batchNorm(x, n, nil, true) }

// BatchNormAddReLU returns max(x normalised by n + residual, 0).
func (t *Tape) BatchNormAddReLU(x *Value, n *BatchNorm, residual *Value) *Value {
	if residual.Rows != x.Rows || residual.Cols != x.Cols {
		panic("autodiff: BatchNormAddReLU of values of different shapes")
	}
	return t.batchNorm(x, n, residual, true)
}

// The passes over the values are element by element: what belongs to the columns is
// laid out for some rows at once, a tile, and values are taken tile by tile. Sums
// are collected in a tile, too, chunk by chunk of some tiles, and then in float64.
const (
	tileFloats = 512
	chunkTiles = 64
)

// tileRows returns the number of rows of a tile. Tiles are whole cache lines.
func tileRows(cols int) int {
	rows := (tileFloats + cols - 1) / cols
	for rows*cols%16 != 0 {
		rows++
	}
	return rows
}

// tile lays out a row, which f computes, for each row of a tile.
func (t *Tape) tile(cols int, f func(j int) float64) []float32 {
	x := t.c.Floats(tileRows(cols) * cols)
	for j := range cols {
		x[j] = float32(f(j))
	}
	for n := cols; n < len(x); n *= 2 {
		copy(x[n:], x[:n])
	}
	return x
}

// tiles calls f for each tile of so many values.
func (t *Tape) tiles(values, tile int, f func(from, to int)) {
	t.c.Split(values, chunkTiles*tile, func(_ *nn.Context, from, to int) {
		for ; from < to; from += tile {
			f(from, min(from+tile, to))
		}
	})
}

// columnSums returns two sums for each column, first one for all columns and then
// the other one. f adds values [from, to), a tile or less, to tiles of sums.
func (n *BatchNorm) columnSums(t *Tape, values, tile, cols int, f func(a, b []float32, from, to int)) []float64 {
	chunk := chunkTiles * tile
	chunks := (values + chunk - 1) / chunk
	if len(n.sums) < chunks*2*cols {
		n.sums = make([]float64, chunks*2*cols)
	}
	t.c.Split(chunks, 1, func(c *nn.Context, i0, i1 int) {
		a, b := c.Floats(tile), c.Floats(tile)
		for i := i0; i < i1; i++ {
			clear(a)
			clear(b)
			for from := i * chunk; from < min((i+1)*chunk, values); from += tile {
				f(a, b, from, min(from+tile, (i+1)*chunk, values))
			}
			sums := n.sums[i*2*cols : (i+1)*2*cols]
			clear(sums)
			for at := 0; at < tile; at += cols {
				for j := range cols {
					sums[j] += float64(a[at+j])
					sums[cols+j] += float64(b[at+j])
				}
			}
		}
	})
	for i := 1; i < chunks; i++ {
		for j, v := range n.sums[i*2*cols : (i+1)*2*cols] {
			n.sums[j] += v
		}
	}
	return n.sums[:2*cols]
}

func (t *Tape) batchNorm(x *Value, n *BatchNorm, residual *Value, relu bool) *Value {
	cols := x.Cols
	n.Weight.mustBe(cols)
	n.Bias.mustBe(cols)
	y := t.value(x.Rows, cols, x)
	y.N, y.H, y.W = x.N, x.H, x.W
	y.uses(n.Weight, n.Bias)
	var term []float32
	if residual != nil {
		y.needs = y.needs || residual.needs
		term = residual.Data
	}
	if x.Rows == 0 {
		return y
	}
	scale := t.c.Floats(cols) // 1/√(variance + Eps)
	var mean []float32        // a tile
	if t.Train {
		mean = n.statistics(t, x, scale)
	} else {
		mean = t.tile(cols, func(j int) float64 { return float64(n.Mean[j]) })
		for j, v := range n.Variance {
			scale[j] = float32(1 / math.Sqrt(float64(v)+n.Eps))
		}
	}
	tile := len(mean)
	mark := t.c.Mark()
	factor := t.tile(cols, func(j int) float64 { return float64(n.Weight.Data[j]) * float64(scale[j]) })
	shift := t.tile(cols, func(j int) float64 {
		return float64(n.Bias.Data[j]) - float64(mean[j])*float64(factor[j])
	})
	floor := float32(math.Inf(-1))
	if relu {
		floor = 0
	}
	t.tiles(len(x.Data), tile, func(from, to int) {
		var add []float32
		if term != nil {
			add = term[from:to]
		}
		f32.Normalize(y.Data[from:to], x.Data[from:to], factor[:to-from], shift[:to-from], add, floor)
	})
	t.c.Release(mark)
	t.record(y, func(dy nn.Matrix) {
		var out []float32
		if relu {
			out = y.Data
		}
		n.gradient(t, x, residual, dy.Data, out, mean, scale)
	})
	return y
}

// statistics returns a tile of the means of x and sets scale to 1/√(variance + Eps).
// The running statistics follow.
func (n *BatchNorm) statistics(t *Tape, x *Value, scale []float32) []float32 {
	// Sums are of differences from about the mean: that of a few rows.
	about := t.tile(x.Cols, func(j int) float64 {
		const samples = 16
		var sum float64
		for i := range samples {
			sum += float64(x.Data[i*(x.Rows-1)/(samples-1)*x.Cols+j])
		}
		return sum / samples
	})
	sums := n.columnSums(t, len(x.Data), len(about), x.Cols, func(a, b []float32, from, to int) {
		f32.Moments(a[:to-from], b[:to-from], x.Data[from:to], about[:to-from])
	})
	rows := float64(x.Rows)
	mean := t.tile(x.Cols, func(j int) float64 { return float64(about[j]) + sums[j]/rows })
	for j := range x.Cols {
		d := sums[j] / rows
		variance := max(sums[x.Cols+j]/rows-d*d, 0)
		scale[j] = float32(1 / math.Sqrt(variance+n.Eps))
		m := float64(n.Momentum)
		newMean := float32((1-m)*float64(n.Mean[j]) + m*(float64(about[j])+d))
		newVariance := float32((1-m)*float64(n.Variance[j]) + m*variance*rows/max(rows-1, 1))
		if finite(newMean) && finite(newVariance) {
			n.Mean[j], n.Variance[j] = newMean, newVariance
		}
	}
	return mean
}

func finite(x float32) bool { return x-x == 0 }

// gradient passes on dy, of which nothing remains, from a result out = max(…, 0), or
// nil if it is not cut off at 0. With d = dy where the result is positive, x̂ the
// normalised values before Weight and n rows,
//
//	dWeight = Σ d·x̂   dBias = Σ d   dx = Weight·scale·(d - Σd/n - x̂·Σ(d·x̂)/n)
//
// and d is the gradient of the residual.
func (n *BatchNorm) gradient(t *Tape, x, residual *Value, dy, out, mean, scale []float32) {
	cols, tile := x.Cols, len(mean)
	sums := n.columnSums(t, len(dy), tile, cols, func(a, b []float32, from, to int) {
		var y []float32
		if out != nil {
			y = out[from:to]
		}
		f32.GradientMoments(a[:to-from], b[:to-from], dy[from:to], x.Data[from:to], mean[:to-from], y)
	})
	for j := range cols {
		if n.Weight.Grad != nil {
			n.Weight.Grad[j] += float32(sums[cols+j] * float64(scale[j]))
		}
		if n.Bias.Grad != nil {
			n.Bias.Grad[j] += float32(sums[j])
		}
	}
	// Nobody needs dy any more: it becomes the gradient of the residual, or else of x,
	// if that has none yet.
	mark := t.c.Mark()
	dst := dy
	if residual != nil && residual.needs {
		if residual.grad == nil {
			residual.grad, dst = dy, nil
		} else {
			t.tiles(len(dy), tile, func(from, to int) { f32.Add(residual.grad[from:to], dy[from:to]) })
		}
	}
	if !x.needs {
		return
	}
	fresh := x.grad == nil
	switch {
	case fresh && dst == nil:
		g, _ := t.gradient(x)
		dst, mark = g.Data, t.c.Mark()
	case fresh:
		x.grad = dst
	case dst == nil:
		dst = t.c.Floats(len(dy))
	}
	rows := float64(x.Rows)
	a := t.tile(cols, func(j int) float64 { return float64(n.Weight.Data[j]) * float64(scale[j]) })
	b := t.tile(cols, func(j int) float64 {
		return -float64(a[j]) * float64(scale[j]) * float64(scale[j]) * sums[cols+j] / rows
	})
	c := t.tile(cols, func(j int) float64 {
		return -float64(a[j])*sums[j]/rows - float64(b[j])*float64(mean[j])
	})
	t.tiles(len(dy), tile, func(from, to int) {
		k := to - from
		f32.Combine(dst[from:to], dy[from:to], a[:k], x.Data[from:to], b[:k], c[:k])
		if !fresh {
			f32.Add(x.grad[from:to], dst[from:to])
		}
	})
	t.c.Release(mark)
}
