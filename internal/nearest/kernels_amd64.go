//go:build !noasm

package nearest

import "golang.org/x/sys/cpu"

var (
	useAVX2   = cpu.X86.HasAVX2 && cpu.X86.HasFMA
	useAVX512 = useAVX2 && cpu.X86.HasAVX512F && cpu.X86.HasAVX512BW
)

// These are upperBounds of blockRows rows of n codes, a multiple of 64.

//go:noescape
func upperBoundsAVX2(dst *float32, q *int16, codes *int8, scale, err, norm *float32, n int, qScale, qNorm, qErr float32)

//go:noescape
func upperBoundsAVX512(dst *float32, q *int16, codes *int8, scale, err, norm *float32, n int, qScale, qNorm, qErr float32)

// dotsAVX2 is dots of blockRows rows of n values, a multiple of 32.
//
//go:noescape
func dotsAVX2(dst, q, rows *float32, n int)
