//go:build !noasm

package fft

import "testing"

// forEachKernels runs f with the kernels of each instruction set that this
// processor has, and without any.
func forEachKernels(t *testing.T, f func(t *testing.T)) {
	best32, best64 := kernels32, kernels64
	defer func() { kernels32, kernels64 = best32, best64 }()
	for _, set := range []struct {
		name     string
		usable   bool
		f32, f64 *kernels
	}{
		{"Go", true, nil, nil},
		{"AVX2", hasAVX2, &avx2F32, &avx2F64},
		{"AVX512", hasAVX512, &avx512F32, &avx512F64},
	} {
		if set.usable {
			kernels32, kernels64 = set.f32, set.f64
			t.Run(set.name, f)
		}
	}
}
