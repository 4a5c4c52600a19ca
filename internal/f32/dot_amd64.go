//go:build !noasm

package f32

import "golang.org/x/sys/cpu"

var useAVX2 = cpu.X86.HasAVX2 && cpu.X86.HasFMA

// dot4AVX2 is Dot4 of the n values at x.
//
//go:noescape
func dot4AVX2(x, a *float32, n, stride int) (s0, s1, s2, s3 float32)
