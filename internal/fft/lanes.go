package fft

import (
	"math"
	"slices"
	"unsafe"
)

// lanes transforms as many frames side by side as a vector has lanes. It is a
// plan for an even number of samples n, at least minLanes, by way of complex
// transforms of m = n/2 pairs.
//
// The first pass, of radix outer, reads windowed samples and leaves outer
// transforms of sub = m/outer pairs, small enough for the first-level cache.
// Transform j yields the bins that are j modulo outer; a bin k needs the bin m-k,
// too, so that transforms j and outer-j are split into bins together.
type lanes[T Float] struct {
	*kernels
	n, m, outer, sub int
	stride           int // from one inner transform to the next, in vectors

	window []T         // n values, halved: splitting doubles
	ends   T           // factor of the bins 0 and m
	first  lanePass[T] // of radix outer; unused if that is 1
	inner  []lanePass[T]
	split  [][]Complex[T] // for j = 0 … outer/2: exp(-2πik/n), k = j, j+outer …
}

// minLanes and maxLanes are the shortest and the longest transform that lanes
// takes: at maxLanes its workspace has some 20 MB.
const (
	minLanes = 64
	maxLanes = 1 << 16
)

// lanePass is one pass over all transforms of a length.
type lanePass[T Float] struct {
	radix        int
	outer, inner int          // butterflies
	tw           []Complex[T] // factors of the outputs 1 … radix-1, for each outer butterfly
	roots        []Complex[T] // of passOdd: cos and sin 2πjt/radix
}

// laneRadices returns the radix of the outer pass, 1 if there is to be none,
// and of the passes after it; ok is false if m has a prime factor beyond maxRadix.
func laneRadices(m int) (outer int, inner []int, ok bool) {
	// load reads half as many pairs at a time as there are lanes.
	const wholeReads, minSub = 8, 32
	outer = 1
	for _, r := range []int{16, 8, 5, 4, 3, 2} {
		if m%(r*wholeReads) == 0 && m/r >= minSub && (r < 16 || m >= 1024) {
			outer = r
			break
		}
	}
	inner, ok = passRadices(m / outer)
	return outer, inner, ok
}

// passRadices returns the radices of the passes over transforms of length n.
func passRadices(n int) (radices []int, ok bool) {
	twos := 0
	for ; n%2 == 0; n /= 2 {
		twos++
	}
	for r := 3; r <= maxRadix; r += 2 {
		for ; n%r == 0; n /= r {
			radices = append(radices, r)
		}
	}
	for twos > 0 {
		bits := 3
		switch {
		case twos < 3:
			bits = twos
		case twos == 5:
			bits = 2
		case twos%3 > 0:
			bits = 4
		}
		radices = append(radices, 1<<bits)
		twos -= bits
	}
	slices.Sort(radices)
	return radices, n == 1
}

// newLanes returns nil if the transforms have to be taken one at a time.
func newLanes[T Float](n int, window []T, ends T) *lanes[T] {
	k := kernelsFor[T]()
	if k == nil || n%2 == 1 || n < minLanes || n > maxLanes {
		return nil
	}
	outer, inner, ok := laneRadices(n / 2)
	if !ok {
		return nil
	}
	p := &lanes[T]{kernels: k, n: n, m: n / 2, outer: outer, sub: n / 2 / outer, ends: ends, window: make([]T, n)}
	// The first pass writes to all inner transforms at a time. Powers of two
	// apart they would compete for the same places in the cache.
	p.stride = p.sub + 1
	for i, w := range window {
		p.window[i] = w / 2
	}
	if outer > 1 {
		p.first = newLanePass[T](outer, p.sub, 1)
	}
	todo, done := p.sub, 1
	for _, r := range inner {
		todo /= r
		p.inner = append(p.inner, newLanePass[T](r, todo, done))
		done *= r
	}
	for j := range outer/2 + 1 {
		var tw []Complex[T]
		for k := j; k < p.m; k += outer {
			tw = append(tw, convert[T](root(k, n)))
		}
		p.split = append(p.split, tw)
	}
	return p
}

// newLanePass returns the pass of the given radix over transforms of length
// radix·outer, inner of them.
func newLanePass[T Float](radix, outer, inner int) lanePass[T] {
	s := lanePass[T]{radix: radix, outer: outer, inner: inner}
	for p := range outer {
		for j := 1; j < radix; j++ {
			s.tw = append(s.tw, convert[T](root(j*p, radix*outer)))
		}
	}
	if !hasButterfly(radix) {
		for t := 1; t <= radix/2; t++ {
			for j := 1; j <= radix/2; j++ {
				w := root(j*t, radix)
				s.roots = append(s.roots, Complex[T]{T(w.Re), T(-w.Im)})
			}
		}
	}
	return s
}

func hasButterfly(radix int) bool { return radix <= 5 || radix == 8 || radix == 16 }

// laneWorkspace is the memory of one block at a time. Its slices hold vectors
// and begin on a cache line.
type laneWorkspace[T Float] struct {
	tile     []T // windowed samples on their way into the first pass
	whole    []T // the transforms that the first pass leaves
	tmp      []T // one of them between passes
	a, b     []T // two of them when they are done
	sums     []T // of passOdd
	rows     []T // a row for each bin
	extremes extremes[T]
	spectrum []T // rows of the spectrum, if magnitudes have to be mended
	bands    []T // a row for each band, if there are any
}

func (p *lanes[T]) newWorkspace() *laneWorkspace[T] {
	v := p.lanes
	return &laneWorkspace[T]{
		tile:     aligned[T](p.outer * v * v),
		whole:    aligned[T](2 * p.outer * p.stride * v),
		tmp:      aligned[T](2 * p.sub * v),
		a:        aligned[T](2 * p.sub * v),
		b:        aligned[T](2 * p.sub * v),
		rows:     aligned[T](2 * (p.m + v) * v),
		sums:     aligned[T](2 * maxRadix * v),
		extremes: aligned[T](2 * v),
	}
}

// aligned returns n values from a multiple of 64 bytes on.
func aligned[T Float](n int) []T {
	const line = 64
	size := int(unsafe.Sizeof(T(0)))
	s := make([]T, n+line/size)
	off := int(-uintptr(unsafe.Pointer(&s[0]))%line) / size
	return s[off:][:n:n]
}

func at[T any](s []T, i int) unsafe.Pointer {
	return unsafe.Pointer(unsafe.SliceData(s[i:]))
}

// forward is [Frames.Forward].
func (p *lanes[T]) forward(dst []T, form Form, bands *Bands[T], x []T, hop, count int, ws *laneWorkspace[T]) {
	p.spectra(form, ws.rows, x, hop, ws)
	if form == Magnitude {
		p.mendMagnitudes(x, hop, count, ws)
	}
	switch {
	case bands != nil:
		ws.bands = storeBands(p.kernels, dst, bands, ws.rows, count, ws.bands)
	case form == Spectrum:
		storeRows(p.kernels, dst, ws.rows, 2*(p.m+1), 2*(p.m+1), count)
	default:
		storeRows(p.kernels, dst, ws.rows, p.m+1, p.m+1, count)
	}
}

// mendMagnitudes computes magnitudes anew whose squares are too large or too
// small, of frames where there are any. Those of a frame that are all 0 are wrong
// unless it is silent. A square of 0 among others is fine: it is below what
// rounding errors leave of it.
func (p *lanes[T]) mendMagnitudes(x []T, hop, count int, ws *laneWorkspace[T]) {
	v, again := p.lanes, false
	low, high := safeMagnitudes[T]()
	for i := range count {
		if ws.extremes.safe(i) && (ws.extremes[v+i] > 0 || zero(x[i*hop:][:p.n])) {
			continue
		}
		if !again {
			if again = true; ws.spectrum == nil {
				ws.spectrum = aligned[T](2 * (p.m + 1) * v)
			}
			p.spectra(Spectrum, ws.spectrum, x, hop, ws)
		}
		for k := range p.m + 1 {
			if a := &ws.rows[k*v+i]; !(*a > low && *a < high) {
				*a = hypot(ws.spectrum[2*k*v+i], ws.spectrum[(2*k+1)*v+i])
			}
		}
	}
}

// spectra writes the rows of form of the frames x[i·hop:], i < lanes.
func (p *lanes[T]) spectra(form Form, rows, x []T, hop int, ws *laneWorkspace[T]) {
	p.load(x, hop, ws)
	if form == Magnitude {
		ws.extremes.reset()
	}
	v := 2 * p.lanes
	for j := range p.outer/2 + 1 {
		i := (p.outer - j) % p.outer
		p.transform(ws.a, ws.whole[j*p.stride*v:], ws)
		a, b, n, up, down := 0, p.sub-1, p.sub, j, p.m-j
		other := ws.a
		switch {
		case j == 0:
			p.endRows(form, rows, ws.a)
			a, n, up, down = 1, p.sub/2, p.outer, p.m-p.outer
		case i == j:
			n = (p.sub + 1) / 2
		default:
			p.transform(ws.b, ws.whole[i*p.stride*v:], ws)
			other = ws.b
		}
		if n == 0 {
			continue
		}
		p.splitRows(form, rows, up, down, at(ws.a, a*v), at(other, b*v), at(p.split[j], a), n, ws)
	}
}

// load leaves windowed samples in ws.whole, after the first pass if there is one.
func (p *lanes[T]) load(x []T, hop int, ws *laneWorkspace[T]) {
	_ = x[(p.lanes-1)*hop+p.n-1]
	size := int(unsafe.Sizeof(T(0)))
	v, half := p.lanes, p.lanes/2
	if p.outer == 1 {
		// The last vectors overlap those before if n is no multiple.
		p.transposeIn(at(ws.whole, 0), at(x, 0), at(p.window, 0), p.n/v, hop*size, v*size)
		if r := p.n % v; r > 0 {
			at0 := p.n - v
			p.transposeIn(at(ws.whole, at0*v), at(x, at0), at(p.window, at0), 1, hop*size, v*size)
		}
		return
	}
	s := &p.first
	for k := 0; k < p.sub; k += half {
		// lanes samples, half as many pairs, of every outer transform.
		p.transposeIn(at(ws.tile, 0), at(x, 2*k), at(p.window, 2*k), p.outer, hop*size, 2*p.sub*size)
		vector := 2 * v * size
		p.run(s, at(ws.whole, 2*k*v), at(ws.tile, 0), at(s.tw, k*(s.radix-1)), half, 1, half*vector, p.stride*vector, 0, ws)
	}
}

// transform takes one of the inner transforms, from src, which it overwrites,
// to dst.
func (p *lanes[T]) transform(dst, src []T, ws *laneWorkspace[T]) {
	vector := 2 * p.lanes * int(unsafe.Sizeof(T(0)))
	from, to := at(src, 0), at(ws.tmp, 0)
	if len(p.inner) == 0 {
		copy(dst, src[:2*p.lanes*p.sub])
	}
	for i := range p.inner {
		s := &p.inner[i]
		if i == len(p.inner)-1 {
			to = at(dst, 0)
		}
		step := s.inner * vector
		if s.outer == 1 && hasButterfly(s.radix) {
			p.last[s.radix](to, from, s.inner, step, step)
		} else {
			p.run(s, to, from, at(s.tw, 0), s.outer, s.inner, s.outer*step, step, (s.radix-1)*step, ws)
		}
		from, to = to, from
	}
}

func (p *lanes[T]) run(s *lanePass[T], dst, src, tw unsafe.Pointer, outer, inner, srcStep, dstStep, skip int, ws *laneWorkspace[T]) {
	if hasButterfly(s.radix) {
		p.pass[s.radix](dst, src, tw, outer, inner, srcStep, dstStep, skip)
	} else {
		p.passOdd(dst, src, tw, at(s.roots, 0), at(ws.sums, 0), s.radix/2, outer, inner, srcStep, dstStep, skip)
	}
}

// splitRows writes n rows upwards from row up, and n downwards from row down,
// outer apart.
func (p *lanes[T]) splitRows(form Form, rows []T, up, down int, a, b, tw unsafe.Pointer, n int, ws *laneWorkspace[T]) {
	row := p.lanes
	if form == Spectrum {
		row *= 2
	}
	step := p.outer * row * int(unsafe.Sizeof(T(0)))
	hi, lo := at(rows, up*row), at(rows, down*row)
	switch form {
	case Spectrum:
		p.splitSpectrum(hi, lo, a, b, tw, n, step)
	case Power:
		p.splitPower(hi, lo, a, b, tw, n, step)
	case Magnitude:
		p.splitMagnitude(hi, lo, a, b, tw, at(ws.extremes, 0), n, step)
	}
}

// endRows writes the rows of bins 0 and m, the sum and the difference of the
// parts of Z[0].
func (p *lanes[T]) endRows(form Form, rows, z []T) {
	v, s := p.lanes, 2*p.ends
	for i := range v {
		x, y := (z[i]+z[v+i])*s, (z[i]-z[v+i])*s
		switch form {
		case Spectrum:
			last := 2 * p.m * v
			rows[i], rows[v+i], rows[last+i], rows[last+v+i] = x, 0, y, 0
		case Power:
			rows[i], rows[p.m*v+i] = x*x, y*y
		case Magnitude:
			rows[i], rows[p.m*v+i] = T(math.Abs(float64(x))), T(math.Abs(float64(y)))
		}
	}
}

// storeBands sums rows into those of bands, and writes these as values of count
// frames. It returns sums, which it allocates if there is no room for the rows.
func storeBands[T Float](k *kernels, dst []T, bands *Bands[T], rows []T, count int, sums []T) []T {
	n := bands.Len()
	if len(sums) < n*k.lanes {
		sums = aligned[T](n * k.lanes)
	}
	if n > 0 {
		k.bands(at(sums, 0), at(rows, 0), at(bands.weights, 0), at(bands.counts, 0), n)
	}
	storeRows(k, dst, sums, n, n, count)
	return sums
}

// storeRows writes n rows as values of count frames, width apart.
func storeRows[T Float](k *kernels, dst, rows []T, n, width, count int) {
	v, size := k.lanes, int(unsafe.Sizeof(T(0)))
	if count < v || n < v {
		for t := range count {
			d := dst[t*width:][:n]
			for k := range d {
				d[k] = rows[k*v+t]
			}
		}
		return
	}
	_ = dst[(v-1)*width+n-1]
	k.transposeOut(at(dst, 0), at(rows, 0), n/v, width*size)
	if n%v > 0 { // overlaps what is written
		k.transposeOut(at(dst, n-v), at(rows, (n-v)*v), 1, width*size)
	}
}
