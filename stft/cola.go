package stft

import (
	"math"
	"slices"
)

// overlapTolerance is that of scipy.signal.check_COLA and check_NOLA.
const overlapTolerance = 1e-10

// COLA tells whether a window has constant overlap-add at a hop: whether its
// copies, hop samples apart, add up to a constant, so that frames can be
// summed as they are. The deviation is the greatest distance of the sum from
// its median; ok is deviation < 1e-10, as in scipy.signal.check_COLA. It
// panics if hop < 1 or the window is empty.
func COLA(window []float64, hop int) (deviation float64, ok bool) {
	sums := overlapSums(window, hop, func(v float64) float64 { return v })
	sorted := slices.Sorted(slices.Values(sums))
	n := len(sorted)
	median := (sorted[(n-1)/2] + sorted[n/2]) / 2
	for _, v := range sums {
		deviation = math.Max(deviation, math.Abs(v-median))
	}
	return deviation, deviation < overlapTolerance
}

// NOLA tells whether a window has nonzero overlap-add at a hop: whether the
// squares of its copies, hop samples apart, add up to more than zero
// everywhere, which is what [Plan.Inverse] needs. The least is the smallest
// sum; ok is least > 1e-10, as in scipy.signal.check_NOLA. It panics if
// hop < 1 or the window is empty.
func NOLA(window []float64, hop int) (least float64, ok bool) {
	sums := overlapSums(window, hop, func(v float64) float64 { return v * v })
	least = slices.Min(sums)
	return least, least > overlapTolerance
}

// overlapSums returns one period of the sum of f(window) repeated every hop
// samples. A hop beyond the window leaves a gap of zeros, which one stands for.
func overlapSums(window []float64, hop int, f func(float64) float64) []float64 {
	if hop < 1 || len(window) == 0 {
		panic("stft: COLA and NOLA need a window and a positive hop")
	}
	sums := make([]float64, min(hop, len(window)+1))
	for i, v := range window {
		sums[i%hop] += f(v)
	}
	return sums
}
