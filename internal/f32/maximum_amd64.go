//go:build !noasm

package f32

// Each of these is the function of its name, of slices of n values.

//go:noescape
func maximumAVX2(dst, x *float32, n int)

//go:noescape
func maximumAVX512(dst, x *float32, n int)

//go:noescape
func reluAVX2(x *float32, n int)

//go:noescape
func reluAVX512(x *float32, n int)
