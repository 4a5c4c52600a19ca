// Package statistics summarises what was measured.
package statistics

import (
	"cmp"
	"math"
	"slices"
)

// Median returns the median of values in any order, NaN if there are none.
func Median(x []float64) float64 {
	x = slices.Sorted(slices.Values(x))
	n := len(x)
	if n == 0 {
		return math.NaN()
	}
	return (x[(n-1)/2] + x[n/2]) / 2
}

// Percentile returns the largest of the lowest p percent of values in any order:
// the least one for 0, the largest for 100. It panics if there are no values.
func Percentile[T cmp.Ordered](x []T, p int) T {
	x = slices.Sorted(slices.Values(x))
	return x[(len(x)-1)*p/100]
}
