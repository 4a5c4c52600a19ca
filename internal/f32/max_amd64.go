//go:build !noasm

package f32

// maxAVX2 is Max of n values, a multiple of 8.
//
//go:noescape
func maxAVX2(dst, x *float32, n int)
