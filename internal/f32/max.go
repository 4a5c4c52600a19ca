package f32

// Max sets dst[i], which must not be NaN, to the larger of dst[i] and x[i]. A NaN
// in x is passed over. Of zeros of different sign either is taken. It panics if
// the lengths differ.
func Max(dst, x []float32) {
	if len(dst) != len(x) {
		panic("f32: Max of slices of different lengths")
	}
	if useAVX2 {
		n := len(x) &^ 7
		if n > 0 {
			maxAVX2(&dst[0], &x[0], n)
		}
		dst, x = dst[n:], x[n:]
	}
	maxGo(dst, x)
}

// maxGo has the built-in max, which NaN wins, in place of a comparison: that
// would be a jump that no processor can predict.
func maxGo(dst, x []float32) {
	x = x[:len(dst)]
	for i, d := range dst {
		m := max(d, x[i])
		if m != m {
			m = d
		}
		dst[i] = m
	}
}
