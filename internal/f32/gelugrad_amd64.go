//go:build !noasm

package f32

// These multiply the n values at dy by the derivative of GELU at those at x. c is
// expConstants.

//go:noescape
func geluGradAVX2(dy, x *float32, n int, c *expTable)

//go:noescape
func geluGradAVX512(dy, x *float32, n int, c *expTable)
