//go:build noasm || !amd64

package f32

func geluGradAVX2(dy, x *float32, n int, c *expTable)   { panic("f32: no assembly in this build") }
func geluGradAVX512(dy, x *float32, n int, c *expTable) { panic("f32: no assembly in this build") }
