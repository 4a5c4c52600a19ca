//go:build noasm || !amd64

package f32

func momentsAVX2(sum, squares, x, shift *float32, n int) {
	panic("f32: no assembly in this build")
}

func momentsAVX512(sum, squares, x, shift *float32, n int) {
	panic("f32: no assembly in this build")
}

func normalizeAVX2(dst, x, scale, shift *float32, n int, floor float32) {
	panic("f32: no assembly in this build")
}

func normalizeAVX512(dst, x, scale, shift *float32, n int, floor float32) {
	panic("f32: no assembly in this build")
}

func normalizeAddAVX2(dst, x, scale, shift, term *float32, n int, floor float32) {
	panic("f32: no assembly in this build")
}

func normalizeAddAVX512(dst, x, scale, shift, term *float32, n int, floor float32) {
	panic("f32: no assembly in this build")
}

func gradientMomentsAVX2(sum, product, dy, x, mean *float32, n int) {
	panic("f32: no assembly in this build")
}

func gradientMomentsAVX512(sum, product, dy, x, mean *float32, n int) {
	panic("f32: no assembly in this build")
}

func gradientMomentsReLUAVX2(sum, product, dy, x, mean, y *float32, n int) {
	panic("f32: no assembly in this build")
}

func gradientMomentsReLUAVX512(sum, product, dy, x, mean, y *float32, n int) {
	panic("f32: no assembly in this build")
}

func combineAVX2(dst, x, a, y, b, c *float32, n int) {
	panic("f32: no assembly in this build")
}

func combineAVX512(dst, x, a, y, b, c *float32, n int) {
	panic("f32: no assembly in this build")
}
