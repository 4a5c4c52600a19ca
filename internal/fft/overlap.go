package fft

// AddProducts adds w[j]·y[j] to every sums[j]. It panics if w or y is shorter
// than sums.
func AddProducts[T Float](sums, w []float64, y []T) {
	w, y = w[:len(sums)], y[:len(sums)]
	done := 0
	if k := kernelsFor[T](); k != nil {
		if done = wholeVectors(len(sums)); done > 0 {
			k.addProducts(at(sums, 0), at(w, 0), at(y, 0), done)
		}
	}
	for j := done; j < len(sums); j++ {
		sums[j] += w[j] * float64(y[j])
	}
}

// Products writes every a[j]·b[j] to dst[j], rounded. It panics if a or b is
// shorter than dst.
func Products[T Float](dst []T, a, b []float64) {
	a, b = a[:len(dst)], b[:len(dst)]
	done := 0
	if k := kernelsFor[T](); k != nil {
		if done = wholeVectors(len(dst)); done > 0 {
			k.products(at(dst, 0), at(a, 0), at(b, 0), done)
		}
	}
	for j := done; j < len(dst); j++ {
		dst[j] = T(a[j] * b[j])
	}
}

// wholeVectors returns how many of n float64s fill vectors.
func wholeVectors(n int) int { return n - n%kernels64.lanes }
