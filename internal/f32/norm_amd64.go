//go:build !noasm

package f32

// These are LayerNorm of n values, inverse = 1/n.

//go:noescape
func layerNormAVX2(dst, x, weight, bias *float32, n int, inverse, eps float32)

//go:noescape
func layerNormAVX512(dst, x, weight, bias *float32, n int, inverse, eps float32)
