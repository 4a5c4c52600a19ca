//go:build noasm || !amd64

package f32

func addAVX2(dst, x *float32, n int)   { panic("f32: no assembly in this build") }
func addAVX512(dst, x *float32, n int) { panic("f32: no assembly in this build") }
func addScaledAVX2(dst *float32, factor float32, x *float32, n int) {
	panic("f32: no assembly in this build")
}
func addScaledAVX512(dst *float32, factor float32, x *float32, n int) {
	panic("f32: no assembly in this build")
}
func scaleAVX2(x *float32, factor float32, n int)   { panic("f32: no assembly in this build") }
func scaleAVX512(x *float32, factor float32, n int) { panic("f32: no assembly in this build") }
func mulAddAVX2(x, factor, term *float32, n int)    { panic("f32: no assembly in this build") }
func mulAddAVX512(x, factor, term *float32, n int)  { panic("f32: no assembly in this build") }
