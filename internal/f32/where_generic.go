//go:build noasm || !amd64

package f32

func addWhereEqualAVX2(dst, rest, x, y *float32, n int) {
	panic("f32: no assembly in this build")
}

func addWhereEqualAVX512(dst, rest, x, y *float32, n int) {
	panic("f32: no assembly in this build")
}
