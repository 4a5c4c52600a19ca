package f32

import (
	"slices"
	"testing"
)

func TestAddWhereEqual(t *testing.T) {
	forms(t, func(t *testing.T) {
		for _, n := range lengths() {
			dst, rest, x, y := random(n, 1), random(n, 2), random(n, 3), random(n, 4)
			for i := range x {
				switch i % 3 {
				case 0:
					x[i] = y[i]
				case 1:
					if i%7 == 0 {
						x[i], y[i] = nan32, nan32
					}
				}
			}
			got, left := slices.Clone(dst), slices.Clone(rest)
			AddWhereEqual(got, left, x, y)
			for i := range got {
				wantDst, wantRest := dst[i], rest[i]
				if x[i] == y[i] || x[i] != x[i] {
					wantDst, wantRest = dst[i]+rest[i], 0
				}
				if got[i] != wantDst || left[i] != wantRest {
					t.Fatalf("n=%d: value %d is %g and leaves %g, want %g and %g", n, i, got[i], left[i], wantDst, wantRest)
				}
			}
		}
	})
}
