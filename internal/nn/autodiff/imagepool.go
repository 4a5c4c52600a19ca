package autodiff

import (
	"github.com/soundspace/soundspace/internal/f32"
	"github.com/soundspace/soundspace/internal/nn"
)

// MaxPool2D returns the largest values under a kernel × kernel window that moves by
// stride, as nn.MaxPool2D does. The gradient goes to the first of equal ones.
func (t *Tape) MaxPool2D(x *Value, kernel, stride, pad int) *Value {
	return t.maxPool(x, nn.MaxPool2D(t.c, x.Images(), kernel, stride, pad), kernel, kernel, stride, pad)
}

// GlobalMax returns the largest value of each channel of each picture, a row for each.
// The gradient goes to the first of equal ones.
func (t *Tape) GlobalMax(x *Value) *Value {
	return t.maxPool(x, nn.AdaptiveMaxPool2D(t.c, x.Images(), 1, 1), x.H, x.W, 1, 0)
}

func (t *Tape) maxPool(x *Value, pooled nn.Images, kh, kw, stride, pad int) *Value {
	y := pictures(pooled, x)
	t.record(y, func(dy nn.Matrix) {
		dx, fresh := t.gradient(x)
		if fresh {
			clear(dx.Data)
		}
		t.c.Split(x.N, 1, func(c *nn.Context, from, to int) {
			rest := c.Floats(x.Cols)
			for i := from * y.H * y.W; i < to*y.H*y.W; i++ {
				image, top, left := i/y.W/y.H, i/y.W%y.H*stride-pad, i%y.W*stride-pad
				copy(rest, dy.Row(i))
				for r := max(top, 0); r < min(top+kh, x.H); r++ {
					for c := max(left, 0); c < min(left+kw, x.W); c++ {
						at := (image*x.H+r)*x.W + c
						f32.AddWhereEqual(dx.Row(at), rest, x.Row(at), y.Row(i))
					}
				}
			}
		})
	})
	return y
}

// AvgPool2D returns the means under kernelH × kernelW windows, side by side. Those at
// the bottom and on the right may be smaller: they are means of what is there.
func (t *Tape) AvgPool2D(x *Value, kernelH, kernelW int) *Value {
	y := pictures(nn.AvgPool2DCeil(t.c, x.Images(), kernelH, kernelW), x)
	t.record(y, func(dy nn.Matrix) {
		dx, fresh := t.gradient(x)
		t.c.Split(y.N*y.H, max(rowGrain(x.W*x.Cols)/kernelH, 1), func(_ *nn.Context, from, to int) {
			for i := from; i < to; i++ {
				image, top := i/y.H, i%y.H*kernelH
				rows := min(kernelH, x.H-top)
				for r := top; r < top+rows; r++ {
					for ox := range y.W {
						left := ox * kernelW
						cols := min(kernelW, x.W-left)
						for c := left; c < left+cols; c++ {
							row := dx.Row((image*x.H+r)*x.W + c)
							if fresh {
								clear(row)
							}
							f32.AddScaled(row, 1/float32(rows*cols), dy.Row(i*y.W+ox))
						}
					}
				}
			}
		})
	})
	return y
}

// GlobalMean returns the mean of each channel of each picture, a row for each.
func (t *Tape) GlobalMean(x *Value) *Value { return t.AvgPool2D(x, x.H, x.W) }

// GlobalMeanMax returns the sum of the mean and the largest value of each channel of
// each picture, a row for each.
func (t *Tape) GlobalMeanMax(x *Value) *Value { return t.Add(t.GlobalMean(x), t.GlobalMax(x)) }

// pictures returns the value that m, in the memory of the tape, is, computed from x.
func pictures(m nn.Images, x *Value) *Value {
	return &Value{Matrix: m.Matrix(), N: m.N, H: m.H, W: m.W, needs: x.needs}
}
