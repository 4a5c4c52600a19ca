package statistics

import (
	"math"
	"slices"
	"testing"
)

func TestMedian(t *testing.T) {
	for _, c := range []struct {
		x    []float64
		want float64
	}{{[]float64{7}, 7}, {[]float64{9, 1, 5}, 5}, {[]float64{4, 1, 8, 2}, 3}} {
		before := slices.Clone(c.x)
		if got := Median(c.x); got != c.want {
			t.Errorf("of %v: %g, want %g", c.x, got, c.want)
		}
		if !slices.Equal(c.x, before) {
			t.Errorf("%v has become %v", before, c.x)
		}
	}
	if got := Median(nil); !math.IsNaN(got) {
		t.Errorf("of nothing: %g", got)
	}
}

func TestPercentile(t *testing.T) {
	x := make([]int, 201) // 0 to 200, in another order
	for i := range x {
		x[i] = i * 7 % 201
	}
	for p, want := range map[int]int{0: 0, 50: 100, 99: 198, 100: 200} {
		if got := Percentile(x, p); got != want {
			t.Errorf("%d: %d, want %d", p, got, want)
		}
	}
}
