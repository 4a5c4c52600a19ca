package f32

// Add adds x to dst. It panics if the lengths differ.
func Add(dst, x []float32) {
	if len(dst) != len(x) {
		panic("f32: Add of slices of different lengths")
	}
	switch {
	case len(x) == 0:
	case useAVX512:
		addAVX512(&dst[0], &x[0], len(x))
	case useAVX2:
		addAVX2(&dst[0], &x[0], len(x))
	default:
		for i, v := range x {
			dst[i] += v
		}
	}
}

// AddScaled adds factor·x to dst. The assembly rounds product and sum once
// together. It panics if the lengths differ.
func AddScaled(dst []float32, factor float32, x []float32) {
	if len(dst) != len(x) {
		panic("f32: AddScaled of slices of different lengths")
	}
	switch {
	case len(x) == 0:
	case useAVX512:
		addScaledAVX512(&dst[0], factor, &x[0], len(x))
	case useAVX2:
		addScaledAVX2(&dst[0], factor, &x[0], len(x))
	default:
		for i, v := range x {
			dst[i] += factor * v
		}
	}
}

// Scale multiplies x by factor.
func Scale(x []float32, factor float32) {
	switch {
	case len(x) == 0:
	case useAVX512:
		scaleAVX512(&x[0], factor, len(x))
	case useAVX2:
		scaleAVX2(&x[0], factor, len(x))
	default:
		for i := range x {
			x[i] *= factor
		}
	}
}

// MulAdd sets each x[i] to x[i]·factor[i] + term[i]. The assembly rounds product
// and sum once together. It panics if the lengths differ.
func MulAdd(x, factor, term []float32) {
	if len(factor) != len(x) || len(term) != len(x) {
		panic("f32: MulAdd of slices of different lengths")
	}
	switch {
	case len(x) == 0:
	case useAVX512:
		mulAddAVX512(&x[0], &factor[0], &term[0], len(x))
	case useAVX2:
		mulAddAVX2(&x[0], &factor[0], &term[0], len(x))
	default:
		for i, v := range x {
			x[i] = v*factor[i] + term[i]
		}
	}
}
