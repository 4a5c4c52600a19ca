//go:build !noasm

package f32

// Each of these is the function of its name, of slices of n values.

//go:noescape
func addAVX2(dst, x *float32, n int)

//go:noescape
func addAVX512(dst, x *float32, n int)

//go:noescape
func addScaledAVX2(dst *float32, factor float32, x *float32, n int)

//go:noescape
func addScaledAVX512(dst *float32, factor float32, x *float32, n int)

//go:noescape
func scaleAVX2(x *float32, factor float32, n int)

//go:noescape
func scaleAVX512(x *float32, factor float32, n int)

//go:noescape
func mulAddAVX2(x, factor, term *float32, n int)

//go:noescape
func mulAddAVX512(x, factor, term *float32, n int)
