//go:build !noasm

package nn

import (
	"unsafe"

	"golang.org/x/sys/cpu"
)

//go:generate go run ./asm

var hasAVX2 = cpu.X86.HasAVX2 && cpu.X86.HasFMA && cpu.X86.HasBMI2

var hasAVX512 = hasAVX2 && cpu.X86.HasAVX512F && cpu.X86.HasAVX512DQ && cpu.X86.HasAVX512VL && cpu.X86.HasAVX512BW

// vector are the best kernels of this processor, nil if there are none.
var vector = bestKernels()

func bestKernels() *kernels {
	if !hasF16C() {
		stripsAVX2.strip[Float16] = [maxRows + 1]func(*strip){}
	}
	switch {
	case hasAVX512:
		return &stripsAVX512
	case hasAVX2:
		return &stripsAVX2
	}
	return nil
}

// hasF16C reports whether the processor expands float16 values in vectors of AVX.
func hasF16C() bool

// transpose8 writes the transpose of eight rows of n values, a multiple of eight,
// and reports whether it could.
func transpose8(dst, src []float32, n, dstStride, srcStride int) bool {
	if vector == nil {
		return false
	}
	if n > 0 {
		_, _ = dst[(n-1)*dstStride+7], src[7*srcStride+n-1]
		transposeAVX2(unsafe.Pointer(&dst[0]), unsafe.Pointer(&src[0]), n, dstStride, srcStride)
	}
	return true
}

// gather16 lays n rows of 16 values one after the other, and reports whether it
// could.
func gather16(dst, src []float32, n, srcStride int) bool {
	if vector == nil {
		return false
	}
	if n > 0 {
		_, _ = dst[n*16-1], src[(n-1)*srcStride+15]
		gatherAVX2(unsafe.Pointer(&dst[0]), unsafe.Pointer(&src[0]), n, srcStride)
	}
	return true
}
