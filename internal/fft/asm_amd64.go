//go:build !noasm

package fft

import (
	"unsafe"

	"golang.org/x/sys/cpu"
)

var useAVX2 = cpu.X86.HasAVX2 && cpu.X86.HasFMA

// pass4Asm does what pass4 does in assembly, if it can: in float32, four
// columns at a time. It rounds products and sums once together, so that results
// may differ from those of pass4 in the last bit.
func (s *pass[T]) pass4Asm(dst, src []Complex[T]) bool {
	if !useAVX2 || unsafe.Sizeof(T(0)) != 4 || s.l%4 != 0 {
		return false
	}
	_, _, _ = dst[len(src)-1], src[len(src)-1], s.tw[3*s.l-1]
	pass4AVX2(unsafe.Pointer(&dst[0]), unsafe.Pointer(&src[0]), unsafe.Pointer(&s.tw[0]), s.l, len(src)/4)
	return true
}

// pass4AVX2 is a pass of radix 4 over 4q values, l of them already in each
// transform, l a multiple of 4.
//
//go:noescape
func pass4AVX2(dst, src, tw unsafe.Pointer, l, q int)
