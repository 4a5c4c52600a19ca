//go:build !race

// Under the race detector sync.Pool drops things at random.

package dataset

import "testing"

func TestLoaderAllocations(t *testing.T) {
	l, _ := testLoader(t, fullAugment(), 1)
	var b Batch
	step := uint64(0)
	if n := testing.AllocsPerRun(20, func() {
		if err := l.Batch(&b, step%4); err != nil {
			t.Fatal(err)
		}
		step++
	}); n > 0 {
		t.Errorf("%g allocations for a batch", n)
	}
}
