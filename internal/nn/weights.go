package nn

import (
	"math"

	"github.com/soundspace/soundspace/internal/half"
)

// Storage is how weights are kept in memory. They are expanded to float32 where
// they are used.
type Storage uint8

const (
	Float32  Storage = iota
	Float16          // IEEE 754 binary16
	BFloat16         // the upper half of a float32
	Int8             // 8 bits and a scale for each output
)

// Weights are the weights of a linear map from In to Out values, in the order in
// which the kernels read them. They are safe for concurrent use.
type Weights struct {
	In, Out int
	factor  factor
	scale   []float32 // of Int8: for each output
}

// NewWeights packs w, [out, in]. Float16 and BFloat16 round to the nearest value,
// to the even one of two; Int8 to the nearest multiple of the largest magnitude
// of the output's weights divided by 127.
func NewWeights(w Matrix, s Storage) *Weights { return newWeights(aligned, w, s) }

// newWeights is NewWeights with float32 weights in memory of alloc.
func newWeights(alloc func(n int) []float32, w Matrix, s Storage) *Weights {
	l := &Weights{In: w.Cols, Out: w.Rows}
	l.factor = factor{storage: s, step: panelCols, panel: l.In * panelCols}
	size := l.In * roundUp(l.Out, panelCols)
	switch s {
	case Float32:
		l.factor.b = alloc(size)
		pack(l.factor.b, w.T())
		return l
	case Float16, BFloat16:
		l.factor.half = make([]uint16, size)
	case Int8:
		l.factor.octets = make([]int8, size)
		l.scale = make([]float32, l.Out)
	default:
		panic("nn: unknown storage")
	}
	panel := make([]float32, l.In*panelCols)
	for j := 0; j < l.Out; j += panelCols {
		n := min(panelCols, l.Out-j)
		pack(panel, w.RowsOf(j, j+n).T())
		at := j * l.In
		switch s {
		case Float16:
			for i, v := range panel {
				l.factor.half[at+i] = half.Float16Bits(v)
			}
		case BFloat16:
			for i, v := range panel {
				l.factor.half[at+i] = half.BFloat16Bits(v)
			}
		case Int8:
			quantize(l.factor.octets[at:], l.scale[j:j+n], panel)
		}
	}
	return l
}

// Weights packs w, [out, in], in float32 in scratch memory: for weights that change
// from one pass to the next.
func (c *Context) Weights(w Matrix) *Weights { return newWeights(c.Floats, w, Float32) }

// quantize rounds the columns of a panel. One that holds NaN or infinities gets
// the scale NaN, and so do its results.
func quantize(dst []int8, scale, panel []float32) {
	var largest, step [panelCols]float64
	for i, v := range panel {
		j := i % panelCols
		largest[j] = max(largest[j], math.Abs(float64(v)))
	}
	for j := range scale {
		scale[j] = float32(largest[j] / 127)
		step[j] = float64(scale[j])
		if math.IsInf(largest[j], 0) || math.IsNaN(largest[j]) {
			scale[j], step[j] = float32(math.NaN()), 0
		}
	}
	for i, v := range panel {
		if step := step[i%panelCols]; step > 0 {
			dst[i] = int8(math.RoundToEven(min(max(float64(v)/step, -127), 127)))
		}
	}
}

// Multiply computes dst = act(x·wᵀ + bias), or dst += act(x·wᵀ + bias) if add is
// true. The bias may be nil. dst may not share memory with x.
func (w *Weights) Multiply(c *Context, dst, x Matrix, bias []float32, act Activation, add bool) {
	if x.Cols != w.In || dst.Cols != w.Out || x.Rows != dst.Rows || dst.Transposed || bias != nil && len(bias) != w.Out {
		panic("nn: product of weights and a matrix that do not fit")
	}
	o := output{scale: w.scale, alpha: 1, bias: bias, act: act}
	if c.Workers() == 1 || dst.Rows*w.In*w.Out < tinyProduct {
		w.multiply(c, dst, x, o, add)
		return
	}
	w.multiplyParts(c, dst, x, o, add)
}

func (w *Weights) multiplyParts(c *Context, dst, x Matrix, o output, add bool) {
	splitProduct(c, dst.Rows, w.Out, w.In, func(c *Context, r0, r1, n0, n1 int) {
		part := Weights{In: w.In, Out: n1 - n0, factor: w.factor.colsFrom(n0)}
		part.multiply(c, dst.section(r0, r1, n0, n1), x.RowsOf(r0, r1), o.cols(n0, n1), add)
	})
}

// multiply is Multiply on one worker.
func (w *Weights) multiply(c *Context, dst, x Matrix, o output, add bool) {
	switch {
	case !add:
		product(c, dst, x, &w.factor, &o)
	case o.act == Identity:
		o.add = dst
		product(c, dst, x, &w.factor, &o)
	default:
		mark := c.Mark()
		y := c.Matrix(dst.Rows, dst.Cols)
		product(c, y, x, &w.factor, &o)
		for i := range y.Rows {
			to := dst.Row(i)
			for j, v := range y.Row(i) {
				to[j] += v
			}
		}
		c.Release(mark)
	}
}

// Bytes returns the size of the weights in memory.
func (w *Weights) Bytes() int {
	return 4*len(w.factor.b) + 2*len(w.factor.half) + len(w.factor.octets) + 4*len(w.scale)
}
