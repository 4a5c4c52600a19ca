//go:build noasm || !amd64

package f32

func maxAVX2(dst, x *float32, n int) { panic("f32: no assembly in this build") }
