//go:build !noasm

package optim

import "golang.org/x/sys/cpu"

var useAVX2 = cpu.X86.HasAVX2

// applyAVX2 is applyGo for n values, a multiple of 8. It does not fuse products and
// sums, as Go does not by default on amd64.
//
//go:noescape
func applyAVX2(u *update, x, dx, m, v *float32, n int)
