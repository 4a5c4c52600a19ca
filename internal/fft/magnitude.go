package fft

import (
	"bytes"
	"math"
	"unsafe"
)

// magnitude returns the square root of a sum of squares, or hypot where that
// might have lost something.
func magnitude[T Float](re, im T) T {
	low, high := safe[T]()
	if q := re*re + im*im; q > low && q < high {
		return T(math.Sqrt(float64(q)))
	}
	return hypot(re, im)
}

// safeMagnitudes are the square roots of safe.
func safeMagnitudes[T Float]() (low, high T) {
	low, high = safe[T]()
	return T(math.Sqrt(float64(low))), T(math.Sqrt(float64(high)))
}

// doubtful tells whether squares of a frame's bins may have lost something,
// given the largest. From low on those of other bins may become subnormal only where
// they are below what rounding errors leave of them anyhow.
func doubtful[T Float](largest T, frame []T) bool {
	low, high := safe[T]()
	if unsafe.Sizeof(low) == 4 {
		low = 0x1p-66
	}
	if largest > low && largest < high {
		return false
	}
	return largest != 0 || !zero(frame)
}

var zeros [4096]byte

// zero tells whether all values are +0.
func zero[T Float](x []T) bool {
	var one T
	b := unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(x))), len(x)*int(unsafe.Sizeof(one)))
	for len(b) > 0 {
		n := min(len(b), len(zeros))
		if !bytes.Equal(b[:n], zeros[:n]) {
			return false
		}
		b = b[n:]
	}
	return true
}

// safe returns bounds between which a sum of two squares has lost nothing.
func safe[T Float]() (low, high T) {
	low, high = 0x1p-100, 0x1p126
	if unsafe.Sizeof(low) == 8 {
		l, h := 0x1p-900, 0x1p1022
		low, high = T(l), T(h)
	}
	return low, high
}

func hypot[T Float](x, y T) T {
	if x == 0 && y == 0 {
		return 0
	}
	return T(math.Hypot(float64(x), float64(y)))
}
