//go:build noasm || !amd64

package f32

func maximumAVX2(dst, x *float32, n int)   { panic("f32: no assembly in this build") }
func maximumAVX512(dst, x *float32, n int) { panic("f32: no assembly in this build") }
func reluAVX2(x *float32, n int)           { panic("f32: no assembly in this build") }
func reluAVX512(x *float32, n int)         { panic("f32: no assembly in this build") }
