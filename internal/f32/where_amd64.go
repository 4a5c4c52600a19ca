//go:build !noasm

package f32

//go:noescape
func addWhereEqualAVX2(dst, rest, x, y *float32, n int)

//go:noescape
func addWhereEqualAVX512(dst, rest, x, y *float32, n int)
