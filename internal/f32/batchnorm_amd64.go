//go:build !noasm

package f32

// Each of these is the function of its name, of n values, a multiple of 16 that is
// not 0.

//go:noescape
func momentsAVX2(sum, squares, x, shift *float32, n int)

//go:noescape
func momentsAVX512(sum, squares, x, shift *float32, n int)

//go:noescape
func normalizeAVX2(dst, x, scale, shift *float32, n int, floor float32)

//go:noescape
func normalizeAVX512(dst, x, scale, shift *float32, n int, floor float32)

//go:noescape
func normalizeAddAVX2(dst, x, scale, shift, term *float32, n int, floor float32)

//go:noescape
func normalizeAddAVX512(dst, x, scale, shift, term *float32, n int, floor float32)

//go:noescape
func gradientMomentsAVX2(sum, product, dy, x, mean *float32, n int)

//go:noescape
func gradientMomentsAVX512(sum, product, dy, x, mean *float32, n int)

//go:noescape
func gradientMomentsReLUAVX2(sum, product, dy, x, mean, y *float32, n int)

//go:noescape
func gradientMomentsReLUAVX512(sum, product, dy, x, mean, y *float32, n int)

//go:noescape
func combineAVX2(dst, x, a, y, b, c *float32, n int)

//go:noescape
func combineAVX512(dst, x, a, y, b, c *float32, n int)
