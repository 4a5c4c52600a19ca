//go:build noasm || !amd64

package f32

var useAVX512 = false

func logAVX2(x *float32, n int, c *logConstants) {
	panic("f32: no assembly in this build")
}

func logAVX512(x *float32, n int, c *logConstants) {
	panic("f32: no assembly in this build")
}

func log1pAVX2(x *float32, n int, c *logConstants) {
	panic("f32: no assembly in this build")
}

func log1pAVX512(x *float32, n int, c *logConstants) {
	panic("f32: no assembly in this build")
}
