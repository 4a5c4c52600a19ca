package f32

// Maximum sets dst[i] to the larger of dst[i] and x[i], and to NaN where either
// is NaN; [Max] passes NaN over. Of zeros of different sign either is taken. It
// panics if the lengths differ.
func Maximum(dst, x []float32) {
	if len(dst) != len(x) {
		panic("f32: Maximum of slices of different lengths")
	}
	switch {
	case len(x) == 0:
	case useAVX512:
		maximumAVX512(&dst[0], &x[0], len(x))
	case useAVX2:
		maximumAVX2(&dst[0], &x[0], len(x))
	default:
		for i, v := range x {
			dst[i] = max(dst[i], v)
		}
	}
}

// ReLU replaces each value x by max(x, 0). NaN stays NaN. -0 becomes a zero of
// either sign.
func ReLU(x []float32) {
	switch {
	case len(x) == 0:
	case useAVX512:
		reluAVX512(&x[0], len(x))
	case useAVX2:
		reluAVX2(&x[0], len(x))
	default:
		for i, v := range x {
			x[i] = max(v, 0)
		}
	}
}
