//go:build noasm || !amd64

package f32

func layerNormAVX2(dst, x, weight, bias *float32, n int, inverse, eps float32) {
	panic("f32: no assembly in this build")
}

func layerNormAVX512(dst, x, weight, bias *float32, n int, inverse, eps float32) {
	panic("f32: no assembly in this build")
}
