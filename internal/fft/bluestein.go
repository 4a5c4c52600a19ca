package fft

// bluestein is a complex transform of any length n as a convolution: with the
// chirp c[j] = exp(-πi·j²/n),
//
//	X[k] = c[k] · Σ (x[j]·c[j]) · conj(c[k-j])
//
// because jk = (j² + k² - (k-j)²)/2. The convolution is cyclic of a smooth
// length of at least 2n-1, by the inner plan. It is always computed in
// float64, which costs a float32 transform less than its accuracy would.
type bluestein struct {
	chirp  []Complex[float64] // c[j], j < n
	inner  *plan[float64]
	kernel []Complex[float64] // spectrum of conj(c), divided by the inner length
}

func newBluestein(n int) *bluestein {
	p := &bluestein{
		chirp: make([]Complex[float64], n),
		inner: newPlan[float64](smoothLength(2*n - 1)),
	}
	m := p.inner.n
	k := make([]Complex[float64], m)
	square := 0 // j² mod 2n, without overflow
	for j := range n {
		c := root(square, 2*n)
		p.chirp[j] = c
		k[j] = c.conj().scale(1 / float64(m))
		if j > 0 {
			k[m-j] = k[j]
		}
		square = (square + 2*j + 1) % (2 * n)
	}
	p.kernel = p.inner.forward(make([]Complex[float64], m), k, make([]Complex[float64], m), nil)
	return p
}

// smoothLength returns the smallest multiple of 4 that is at least n and has
// no prime factors beyond 5.
func smoothLength(n int) int {
	for m := (n + 3) / 4 * 4; ; m += 4 {
		rest := m
		for _, r := range []int{2, 3, 5} {
			for rest%r == 0 {
				rest /= r
			}
		}
		if rest == 1 {
			return m
		}
	}
}

// convolve writes the spectrum of src to dst, which may be the same slice.
func convolve[T Float](p *bluestein, dst, src []Complex[T], ws *Workspace[T]) {
	a, b := ws.conv[0], ws.conv[1]
	for j, c := range p.chirp {
		b[j] = convert[float64](src[j]).mul(c)
	}
	clear(b[len(p.chirp):])
	spectrum, free := p.inner.forward(a, b, b, nil), b
	if &spectrum[0] == &b[0] {
		free = a
	}
	// The product goes in reversed order: transforming that is the inverse.
	m := len(spectrum)
	free[0] = spectrum[0].mul(p.kernel[0])
	for k := 1; k < m; k++ {
		free[m-k] = spectrum[k].mul(p.kernel[k])
	}
	y := p.inner.forward(spectrum, free, free, nil)
	for k, c := range p.chirp {
		dst[k] = convert[T](y[k].mul(c))
	}
}
