//go:build !noasm

package f32

// int16AVX2 is FromInt16LE of n values side by side, a multiple of 8.
//
//go:noescape
func int16AVX2(dst *float32, src *byte, n int)

// int16PairsAVX2 is FromInt16LE of the first of n pairs each, a multiple of 8.
//
//go:noescape
func int16PairsAVX2(dst *float32, src *byte, n int)
