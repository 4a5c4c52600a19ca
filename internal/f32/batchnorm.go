package f32

// The functions of this file are the passes of a batch normalisation over its
// values, element by element. They panic if the lengths differ. The assembly
// rounds a product and a sum once together, except of the last few values.

// Moments adds x-shift to sum and (x-shift)² to squares.
func Moments(sum, squares, x, shift []float32) {
	n := len(x)
	if len(sum) != n || len(squares) != n || len(shift) != n {
		panic("f32: Moments of slices of different lengths")
	}
	whole := 0
	switch {
	case n < 16:
	case useAVX512:
		whole = n &^ 15
		momentsAVX512(&sum[0], &squares[0], &x[0], &shift[0], whole)
	case useAVX2:
		whole = n &^ 15
		momentsAVX2(&sum[0], &squares[0], &x[0], &shift[0], whole)
	}
	for i := whole; i < n; i++ {
		d := x[i] - shift[i]
		sum[i] += d
		squares[i] += d * d
	}
}

// Normalize sets dst to max(x·scale + shift + term, floor). A term of nil is one of
// zeros. dst may be x or the term. NaN stays NaN.
func Normalize(dst, x, scale, shift, term []float32, floor float32) {
	n := len(x)
	if len(dst) != n || len(scale) != n || len(shift) != n || term != nil && len(term) != n {
		panic("f32: Normalize of slices of different lengths")
	}
	whole := 0
	switch {
	case n < 16:
	case useAVX512 && term != nil:
		whole = n &^ 15
		normalizeAddAVX512(&dst[0], &x[0], &scale[0], &shift[0], &term[0], whole, floor)
	case useAVX512:
		whole = n &^ 15
		normalizeAVX512(&dst[0], &x[0], &scale[0], &shift[0], whole, floor)
	case useAVX2 && term != nil:
		whole = n &^ 15
		normalizeAddAVX2(&dst[0], &x[0], &scale[0], &shift[0], &term[0], whole, floor)
	case useAVX2:
		whole = n &^ 15
		normalizeAVX2(&dst[0], &x[0], &scale[0], &shift[0], whole, floor)
	}
	for i := whole; i < n; i++ {
		y := x[i]*scale[i] + shift[i]
		if term != nil {
			y += term[i]
		}
		if y < floor {
			y = floor
		}
		dst[i] = y
	}
}

// GradientMoments adds dy to sum and dy·(x-mean) to product. If y is not nil, dy is
// set to 0 before where y is not positive.
func GradientMoments(sum, product, dy, x, mean, y []float32) {
	n := len(x)
	if len(sum) != n || len(product) != n || len(dy) != n || len(mean) != n || y != nil && len(y) != n {
		panic("f32: GradientMoments of slices of different lengths")
	}
	whole := 0
	switch {
	case n < 16:
	case useAVX512 && y != nil:
		whole = n &^ 15
		gradientMomentsReLUAVX512(&sum[0], &product[0], &dy[0], &x[0], &mean[0], &y[0], whole)
	case useAVX512:
		whole = n &^ 15
		gradientMomentsAVX512(&sum[0], &product[0], &dy[0], &x[0], &mean[0], whole)
	case useAVX2 && y != nil:
		whole = n &^ 15
		gradientMomentsReLUAVX2(&sum[0], &product[0], &dy[0], &x[0], &mean[0], &y[0], whole)
	case useAVX2:
		whole = n &^ 15
		gradientMomentsAVX2(&sum[0], &product[0], &dy[0], &x[0], &mean[0], whole)
	}
	for i := whole; i < n; i++ {
		if y != nil && !(y[i] > 0) {
			dy[i] = 0
		}
		sum[i] += dy[i]
		product[i] += dy[i] * (x[i] - mean[i])
	}
}

// Combine sets dst to x·a + y·b + c. dst may be x or y.
func Combine(dst, x, a, y, b, c []float32) {
	n := len(x)
	if len(dst) != n || len(a) != n || len(y) != n || len(b) != n || len(c) != n {
		panic("f32: Combine of slices of different lengths")
	}
	whole := 0
	switch {
	case n < 16:
	case useAVX512:
		whole = n &^ 15
		combineAVX512(&dst[0], &x[0], &a[0], &y[0], &b[0], &c[0], whole)
	case useAVX2:
		whole = n &^ 15
		combineAVX2(&dst[0], &x[0], &a[0], &y[0], &b[0], &c[0], whole)
	}
	for i := whole; i < n; i++ {
		dst[i] = x[i]*a[i] + (y[i]*b[i] + c[i])
	}
}
