package fft

import (
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

// withinSafe tells whether the smallest powers, in the first half of extremes,
// and the largest, in the second, are safe.
func withinSafe[T Float](extremes []T) bool {
	low, high := safe[T]()
	for i, n := 0, len(extremes)/2; i < n; i++ {
		if !(extremes[i] > low && extremes[n+i] < high) {
			return false
		}
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
