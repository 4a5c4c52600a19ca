//go:build !noasm

package f32

import "golang.org/x/sys/cpu"

var useAVX512 = useAVX2 && cpu.X86.HasAVX512F

// logAVX2 and logAVX512 are Log.Apply to the n values at x, for a floor that is
// no subnormal float32.
//
//go:noescape
func logAVX2(x *float32, n int, c *logConstants)

//go:noescape
func logAVX512(x *float32, n int, c *logConstants)

// log1pAVX2 and log1pAVX512 are Log1p of the n values at x, given the constants
// of the natural logarithm.
//
//go:noescape
func log1pAVX2(x *float32, n int, c *logConstants)

//go:noescape
func log1pAVX512(x *float32, n int, c *logConstants)
