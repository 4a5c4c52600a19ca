//go:build !noasm

package f32

// Each of these is the function of its name, of the n values at x. c is
// expConstants.

//go:noescape
func expAVX2(x *float32, n int, c *expTable)

//go:noescape
func expAVX512(x *float32, n int, c *expTable)

//go:noescape
func sigmoidAVX2(x *float32, n int, c *expTable)

//go:noescape
func sigmoidAVX512(x *float32, n int, c *expTable)

//go:noescape
func tanhAVX2(x *float32, n int, c *expTable)

//go:noescape
func tanhAVX512(x *float32, n int, c *expTable)

//go:noescape
func geluAVX2(x *float32, n int, c *expTable)

//go:noescape
func geluAVX512(x *float32, n int, c *expTable)

//go:noescape
func geluTanhAVX2(x *float32, n int, c *expTable)

//go:noescape
func geluTanhAVX512(x *float32, n int, c *expTable)

//go:noescape
func quickGELUAVX2(x *float32, n int, c *expTable)

//go:noescape
func quickGELUAVX512(x *float32, n int, c *expTable)

//go:noescape
func softmaxAVX2(x *float32, n int, c *expTable)

//go:noescape
func softmaxAVX512(x *float32, n int, c *expTable)
