//go:build noasm || !amd64

package nearest

var useAVX2, useAVX512 = false, false

func upperBoundsAVX2(dst *float32, q *int16, codes *int8, scale, err, norm *float32, n int, qScale, qNorm, qErr float32) {
	panic("nearest: no assembly in this build")
}

func upperBoundsAVX512(dst *float32, q *int16, codes *int8, scale, err, norm *float32, n int, qScale, qNorm, qErr float32) {
	panic("nearest: no assembly in this build")
}

func dotsAVX2(dst, q, rows *float32, n int) { panic("nearest: no assembly in this build") }
