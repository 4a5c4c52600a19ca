//go:build !noasm

package nn

import "testing"

// forEachKernels runs f with the kernels of each instruction set that this
// processor has, and without any.
func forEachKernels(t *testing.T, f func(t *testing.T)) {
	best := vector
	defer func() { vector = best }()
	for _, set := range []struct {
		name   string
		usable bool
		k      *kernels
	}{
		{"Go", true, nil},
		{"AVX2", hasAVX2, &stripsAVX2},
		{"AVX512", hasAVX512, &stripsAVX512},
	} {
		if set.usable {
			vector = set.k
			t.Run(set.name, f)
		}
	}
}
