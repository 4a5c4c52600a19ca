//go:build noasm || !amd64

package f32

var useAVX2 = false

func dot4AVX2(x, a *float32, n, stride int) (s0, s1, s2, s3 float32) {
	panic("f32: no assembly in this build")
}
