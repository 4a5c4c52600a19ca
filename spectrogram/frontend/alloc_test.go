//go:build !race

// Under the race detector sync.Pool drops things at random.

package frontend

import "testing"

func TestNoAllocations(t *testing.T) {
	for name, f := range goldenFrontEnds {
		x := signal(t, "noise", 40000, f.SampleRate())
		dst := f.Compute(nil, x)
		if n := testing.AllocsPerRun(5, func() { f.Compute(dst, x) }); n > 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
}
