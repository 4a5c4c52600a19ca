package fft

import (
	"math"
	"unsafe"
)

// evenLanes is the transform of an even number of samples n by way of complex
// transforms of m = n/2 pairs.
//
// The first pass, of radix outer, reads windowed samples and leaves outer
// transforms of sub = m/outer pairs, small enough for the first-level cache.
// Transform j yields the bins that are j modulo outer; a bin k needs the bin m-k,
// too, so that transforms j and outer-j are split into bins together.
type evenLanes[T Float] struct {
	n, m, outer, sub int
	stride           int // from one inner transform to the next, in vectors

	window []T         // n values, halved: splitting doubles
	ends   T           // factor of the bins 0 and m
	first  lanePass[T] // of radix outer; unused if that is 1
	inner  []lanePass[T]
	split  [][]Complex[T] // for j = 0 … outer/2: exp(-2πik/n), k = j, j+outer …
}

// newEvenLanes returns nil if n/2 has a prime factor beyond maxRadix.
func newEvenLanes[T Float](window []T, ends T) *evenLanes[T] {
	n := len(window)
	m := n / 2
	outer := outerRadix(m)
	p := &evenLanes[T]{n: n, m: m, outer: outer, sub: m / outer, window: halved(window), ends: ends}
	// The first pass writes to all inner transforms at a time. Powers of two
	// apart they would compete for the same places in the cache.
	p.stride = p.sub + 1
	if p.inner = newLanePasses[T](p.sub); p.inner == nil {
		return nil
	}
	if outer > 1 {
		p.first = newLanePass[T](outer, p.sub, 1)
	}
	for j := range outer/2 + 1 {
		var tw []Complex[T]
		for k := j; k < m; k += outer {
			tw = append(tw, convert[T](root(k, n)))
		}
		p.split = append(p.split, tw)
	}
	return p
}

// outerRadix returns the radix of the first pass over m pairs, 1 if there is to
// be none that reads.
func outerRadix(m int) int {
	// load reads half as many pairs at a time as there are lanes.
	const wholeReads, minSub = 8, 32
	for _, r := range []int{16, 8, 5, 4, 3, 2} {
		if m%(r*wholeReads) == 0 && m/r >= minSub && (r < 16 || m >= 1024) {
			return r
		}
	}
	return 1
}

func halved[T Float](window []T) []T {
	h := make([]T, len(window))
	for i, w := range window {
		h[i] = w / 2
	}
	return h
}

func (p *evenLanes[T]) reserve(k *kernels, ws *laneWorkspace[T]) {
	v := k.lanes
	ws.tile = aligned[T](p.outer * v * v)
	ws.whole = aligned[T](2 * p.outer * p.stride * v)
	ws.a = aligned[T](2 * p.sub * v)
	ws.b = aligned[T](2 * p.sub * v)
}

func (p *evenLanes[T]) spectra(k *kernels, form Form, rows, x []T, hop int, ws *laneWorkspace[T]) {
	p.load(k, x, hop, ws)
	v := 2 * k.lanes
	for j := range p.outer/2 + 1 {
		i := (p.outer - j) % p.outer
		z := runPasses(k, p.inner, ws.whole[j*p.stride*v:], ws.a, ws.sums)
		switch {
		case j == 0:
			endRows(k, form, rows, z, p.m, p.ends)
			if p.sub > 1 {
				splitRows(k, form, rows, p.outer, p.m-p.outer, p.outer, at(z, v), at(z, (p.sub-1)*v), at(p.split[0], 1), p.sub/2, ws)
			}
		case i == j:
			splitRows(k, form, rows, j, p.m-j, p.outer, at(z, 0), at(z, (p.sub-1)*v), at(p.split[j], 0), (p.sub+1)/2, ws)
		default:
			y := runPasses(k, p.inner, ws.whole[i*p.stride*v:], ws.b, ws.sums)
			splitRows(k, form, rows, j, p.m-j, p.outer, at(z, 0), at(y, (p.sub-1)*v), at(p.split[j], 0), p.sub, ws)
		}
	}
}

// load leaves windowed samples in ws.whole, after the first pass if there is one.
func (p *evenLanes[T]) load(k *kernels, x []T, hop int, ws *laneWorkspace[T]) {
	if p.outer == 1 {
		loadSamples(k, ws.whole, x, p.window, hop)
		return
	}
	_ = x[(k.lanes-1)*hop+p.n-1]
	size := int(unsafe.Sizeof(T(0)))
	v, half := k.lanes, k.lanes/2
	s, vector := &p.first, 2*v*size
	for i := 0; i < p.sub; i += half {
		// lanes samples, half as many pairs, of every outer transform.
		k.transposeIn(at(ws.tile, 0), at(x, 2*i), at(p.window, 2*i), p.outer, hop*size, 2*p.sub*size)
		s.run(k, at(ws.whole, 2*i*v), at(ws.tile, 0), at(s.tw, i*(s.radix-1)), half, 1, half*vector, p.stride*vector, 0, ws.sums)
	}
}

// splitRows writes n rows upwards from row up, and n downwards from row down,
// apart rows from one to the next.
func splitRows[T Float](k *kernels, form Form, rows []T, up, down, apart int, a, b, tw unsafe.Pointer, n int, ws *laneWorkspace[T]) {
	row := k.lanes
	if form == Spectrum {
		row *= 2
	}
	step := apart * row * int(unsafe.Sizeof(T(0)))
	hi, lo := at(rows, up*row), at(rows, down*row)
	switch form {
	case Spectrum:
		k.splitSpectrum(hi, lo, a, b, tw, n, step)
	case Power:
		k.splitPower(hi, lo, a, b, tw, n, step)
	case Magnitude:
		k.splitMagnitude(hi, lo, a, b, tw, at(ws.largest, 0), n, step)
	}
}

// endRows writes the rows of bins 0 and m, the sum and the difference of the
// parts of Z[0], times 2·ends.
func endRows[T Float](k *kernels, form Form, rows, z []T, m int, ends T) {
	v, s := k.lanes, 2*ends
	for i := range v {
		x, y := (z[i]+z[v+i])*s, (z[i]-z[v+i])*s
		switch form {
		case Spectrum:
			last := 2 * m * v
			rows[i], rows[v+i], rows[last+i], rows[last+v+i] = x, 0, y, 0
		case Power:
			rows[i], rows[m*v+i] = x*x, y*y
		case Magnitude:
			rows[i], rows[m*v+i] = T(math.Abs(float64(x))), T(math.Abs(float64(y)))
		}
	}
}
