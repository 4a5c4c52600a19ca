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

// extremes are the smallest square but 0, in each lane of a vector, and after
// them the largest, as the kernels keep them.
type extremes[T Float] []T

func (e extremes[T]) reset() {
	n := len(e) / 2
	for i := range n {
		e[i], e[n+i] = 1, 0
	}
}

// safe tells whether no square of lane i has lost anything, unless all are 0.
func (e extremes[T]) safe(i int) bool {
	smallest := e[i]
	if s, ok := any(&smallest).(*float32); ok {
		*s = math.Float32frombits(math.Float32bits(*s) + 1) // it is kept as an integer
	}
	low, high := safe[T]()
	return smallest > low && e[len(e)/2+i] < high
}

// allSafe tells it of all lanes.
func (e extremes[T]) allSafe() bool {
	for i := range len(e) / 2 {
		if !e.safe(i) {
			return false
		}
	}
	return true
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
