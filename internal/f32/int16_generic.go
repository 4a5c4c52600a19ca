//go:build noasm || !amd64

package f32

func int16AVX2(dst *float32, src *byte, n int)      { panic("f32: no assembly in this build") }
func int16PairsAVX2(dst *float32, src *byte, n int) { panic("f32: no assembly in this build") }
