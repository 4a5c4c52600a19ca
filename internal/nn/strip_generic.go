//go:build noasm || !amd64

package nn

var vector *kernels

func transpose8(dst, src []float32, n, dstStride, srcStride int) bool { return false }

func gather16(dst, src []float32, n, srcStride int) bool { return false }
