package fft

import "unsafe"

// chirpLanes is the transform of a number of samples with a large prime factor,
// by the convolution of [bluestein]: of pairs if it is even.
type chirpLanes struct {
	*bluestein
	n      int
	window []float64
	ends   float64
	passes []lanePass[float64] // of the convolution's length
	split  []Complex[float64]  // of pairs: exp(-2πik/n), k = 0 … n/4
}

func newChirpLanes(window []float64, ends float64) *chirpLanes {
	n := len(window)
	p := &chirpLanes{n: n, window: window, ends: ends}
	m := n
	if n%2 == 0 {
		m = n / 2
		p.window = halved(window)
		for k := range n/4 + 1 {
			p.split = append(p.split, root(k, n))
		}
	}
	p.bluestein = newBluestein(m)
	p.passes = newLanePasses[float64](p.inner.n)
	return p
}

func (p *chirpLanes) reserve(k *kernels, ws *laneWorkspace[float64]) {
	ws.a = aligned[float64](2 * p.inner.n * k.lanes)
	ws.b = aligned[float64](2 * p.inner.n * k.lanes)
	ws.tile = aligned[float64](p.n * k.lanes)
}

func (p *chirpLanes) spectra(k *kernels, form Form, rows, x []float64, hop int, ws *laneWorkspace[float64]) {
	const size = int(unsafe.Sizeof(float64(0)))
	v, m, long := 2*k.lanes, len(p.chirp), p.inner.n
	vector := v * size
	a, b := ws.a, ws.b
	if p.n%2 == 0 {
		loadSamples(k, b, x, p.window, hop)
	} else {
		loadSamples(k, ws.tile, x, p.window, hop)
		k.expand(at(b, 0), at(ws.tile, 0), m)
	}
	k.product(at(a, 0), at(b, 0), at(p.chirp, 0), m, vector)
	clear(a[m*v : long*v])
	z := runPasses(k, p.passes, a, b, nil)
	if &z[0] == &a[0] {
		a, b = b, a
	}
	// The product goes in reversed order: transforming that is the inverse.
	k.product(at(a, 0), at(z, 0), at(p.kernel, 0), 1, vector)
	k.product(at(a, (long-1)*v), at(z, v), at(p.kernel, 1), long-1, -vector)
	z = runPasses(k, p.passes, a, b, nil)
	k.product(at(z, 0), at(z, 0), at(p.chirp, 0), m, vector)
	if p.n%2 == 1 {
		oddRows(k, form, rows, z, p.n/2+1, p.ends, ws)
		return
	}
	endRows(k, form, rows, z, m, p.ends)
	splitRows(k, form, rows, 1, m-1, 1, at(z, v), at(z, (m-1)*v), at(p.split, 1), m/2, ws)
}
