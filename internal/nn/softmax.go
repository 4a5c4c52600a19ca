package nn

import "github.com/soundspace/soundspace/internal/f32"

// Softmax replaces each row of x by exp(x)/Σexp(x). Where a row holds NaN or
// +Inf, or -Inf only, it becomes NaN.
func Softmax(c *Context, x Matrix) {
	c.Split(x.Rows, 16, func(_ *Context, from, to int) {
		for i := from; i < to; i++ {
			softmax(x.Row(i))
		}
	})
}

func softmax(x []float32) { f32.Softmax(x) }
