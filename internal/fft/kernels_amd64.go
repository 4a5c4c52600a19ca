//go:build !noasm

package fft

import "golang.org/x/sys/cpu"

//go:generate go run ./asm

var hasAVX2 = cpu.X86.HasAVX2 && cpu.X86.HasFMA

var hasAVX512 = hasAVX2 && cpu.X86.HasAVX512F && cpu.X86.HasAVX512DQ && cpu.X86.HasAVX512VL && cpu.X86.HasAVX512BW

var kernels32, kernels64 = bestKernels()

func init() {
	avx512F32.shorter, avx512F64.shorter = &avx2F32, &avx2F64
}

func bestKernels() (f32, f64 *kernels) {
	switch {
	case hasAVX512:
		return &avx512F32, &avx512F64
	case hasAVX2:
		return &avx2F32, &avx2F64
	}
	return nil, nil
}
