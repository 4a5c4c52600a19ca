package nn

import (
	"math"

	"github.com/soundspace/soundspace/internal/f32"
)

// Interpolation is how ResizeRows finds values between samples.
type Interpolation uint8

const (
	Bilinear Interpolation = iota
	Bicubic                // Keys' cubic convolution with a = -0.75, as in PyTorch
)

// ResizeRows resamples x along its columns to the rows of dst, column by column,
// without low-pass, as torch.nn.functional.interpolate does. With alignCorners
// the first and last rows of both lie on each other, otherwise their outer edges.
// Rows beyond the edge are those at the edge.
//
// The place of a row of dst between those of x is computed in float32, as PyTorch
// does: at row 1000 that is off by up to 3e-5 rows, which can be seen in the
// values, so it is part of what the function is.
func ResizeRows(c *Context, dst, x Matrix, kind Interpolation, alignCorners bool) {
	if x.Cols != dst.Cols || x.Rows == 0 {
		panic("nn: ResizeRows of matrices that do not fit")
	}
	scale := float32(x.Rows) / float32(dst.Rows)
	if alignCorners {
		scale = float32(x.Rows-1) / float32(max(dst.Rows-1, 1))
	}
	c.Split(dst.Rows, 8, func(_ *Context, from, to int) {
		for i := from; i < to; i++ {
			at := float32(i) * scale
			if !alignCorners {
				// In float64 the product is exact: one rounding, as if fused.
				at = float32((float64(i)+0.5)*float64(scale) - 0.5)
			}
			floor := math.Floor(float64(at))
			var taps [4]float64
			weights := kind.weights(&taps, float64(at)-floor)
			first := int(floor) - (len(weights)/2 - 1)
			row := dst.Row(i)
			clear(row)
			for k, w := range weights {
				f32.AddScaled(row, float32(w), x.Row(min(max(first+k, 0), x.Rows-1)))
			}
		}
	})
}

// weights returns, in dst, the weights of the rows around a place t, in [0, 1),
// after the row before it: of as many rows before it as after it.
func (kind Interpolation) weights(dst *[4]float64, t float64) []float64 {
	if kind == Bilinear {
		return append(dst[:0], 1-t, t)
	}
	return append(dst[:0], cubicFar(1+t), cubicNear(t), cubicNear(1-t), cubicFar(2-t))
}

// Keys' kernel at distances up to 1, and from 1 to 2 (Cubic Convolution
// Interpolation for Digital Image Processing, 1981).
func cubicNear(t float64) float64 { return ((cubicA+2)*t-(cubicA+3))*t*t + 1 }
func cubicFar(t float64) float64  { return cubicA * (((t-5)*t+8)*t - 4) }

const cubicA = -0.75
