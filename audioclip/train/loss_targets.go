package train

import "fmt"

// Targets say how much row i of a, a sound, and row j of b, a text, belong together:
// element i*m+j of n×m, 0 for not at all. Where there are none, nil, row i of both
// belong together, and no others.

// Same returns the targets of rows of given groups: 1 where the group is the same,
// so that two sounds of one caption, or of captions that say the same, are no
// negatives of each other.
func Same(a, b []int) []float64 {
	targets := make([]float64, len(a)*len(b))
	for i := range a {
		for j := range b {
			if a[i] == b[j] {
				targets[i*len(b)+j] = 1
			}
		}
	}
	return targets
}

// Mixed returns the targets of mixtures: row i of a is share[i], in [0, 1], of a sound
// of group first[i] and 1-share[i] of one of second[i], and belongs as much to the
// rows of b that are of these groups.
//
// Reference: Zhang et al., "mixup: Beyond Empirical Risk Minimization", 2018.
func Mixed(first, second []int, share []float64, b []int) []float64 {
	if len(second) != len(first) || len(share) != len(first) {
		panic(fmt.Sprintf("train: mixtures of %d groups, %d groups and %d shares", len(first), len(second), len(share)))
	}
	targets := make([]float64, len(first)*len(b))
	for i, s := range share {
		for j, group := range b {
			if group == first[i] {
				targets[i*len(b)+j] += s
			}
			if group == second[i] {
				targets[i*len(b)+j] += 1 - s // s + (1-s) is 1 however it is rounded
			}
		}
	}
	return targets
}
