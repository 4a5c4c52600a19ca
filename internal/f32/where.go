package f32

// AddWhereEqual adds rest to dst where x equals y or is NaN, and sets rest to 0
// there. It panics if the lengths differ.
func AddWhereEqual(dst, rest, x, y []float32) {
	n := len(dst)
	if len(rest) != n || len(x) != n || len(y) != n {
		panic("f32: AddWhereEqual of slices of different lengths")
	}
	whole := 0
	switch {
	case n < 16:
	case useAVX512:
		whole = n &^ 15
		addWhereEqualAVX512(&dst[0], &rest[0], &x[0], &y[0], whole)
	case useAVX2:
		whole = n &^ 15
		addWhereEqualAVX2(&dst[0], &rest[0], &x[0], &y[0], whole)
	}
	for i := whole; i < n; i++ {
		if x[i] == y[i] || x[i] != x[i] {
			dst[i] += rest[i]
			rest[i] = 0
		}
	}
}
