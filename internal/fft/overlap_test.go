package fft

import (
	"math"
	"testing"
)

func TestOverlapKernels(t *testing.T) {
	forEachKernels(t, func(t *testing.T) {
		overlapKernels[float32](t, 0x1p-24)
		overlapKernels[float64](t, 0)
	})
}

func overlapKernels[T Float](t *testing.T, rounding float64) {
	for n := range 40 {
		y, w, before := noise[T](n, 31), noise[float64](n, 32), noise[float64](n+1, 33)
		sums, dst := append([]float64(nil), before...), make([]T, n+1)
		dst[n] = 7
		AddProducts(sums[:n], w, y)
		Products(dst[:n], before, w)
		for j := range n {
			if want := before[j] + w[j]*float64(y[j]); math.Abs(sums[j]-want) > 4e-16 {
				t.Errorf("%d values: sum %d is %v, want %v", n, j, sums[j], want)
			}
			if want := before[j] * w[j]; math.Abs(float64(dst[j])-want) > rounding*math.Abs(want) {
				t.Errorf("%d values: product %d is %v, want %v", n, j, dst[j], want)
			}
		}
		if sums[n] != before[n] || dst[n] != 7 {
			t.Errorf("%d values: one more is changed", n)
		}
	}
}
