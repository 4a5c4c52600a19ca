package fft

import (
	"slices"
	"unsafe"
)

// single transforms one frame at a time, its pairs m = lanes·cols in as many rows
// as a vector has lanes, by transforms of the columns, a twiddle factor each, and
// transforms of the rows side by side, the four-step algorithm. It needs less memory
// than lanes does, and is faster where that outgrows the first-level cache.
type single[T Float] struct {
	*kernels
	n, m, cols int
	together   int // frames that go through the first step together, while its factors are in the first-level cache

	window []T // n values, halved, in the order in which columns has pairs
	ends   T
	first  []T           // factors of columns, in the order of its lanes
	inner  []lanePass[T] // of length cols
	split  []T           // factors of mirror…
	ones   []T           // a window for bins
}

// newSingle returns nil if frames have to be transformed in another way.
func newSingle[T Float](n int, window []T, ends T) *single[T] {
	k := kernelsFor[T]()
	if k == nil || k.columns == nil || n < minSingle || n > maxSingle || n%(2*k.lanes*k.lanes) != 0 {
		return nil
	}
	v := k.lanes
	p := &single[T]{kernels: k, n: n, m: n / 2, cols: n / 2 / v, ends: ends, window: make([]T, n)}
	for i := 0; i < n; i += 2 * v {
		for l := range v {
			j := i + 2*columnOf(l, v)
			p.window[i+l], p.window[i+v+l] = window[j]/2, window[j+1]/2
		}
	}
	p.together = min(max(1<<15/n, 1), 8)
	p.inner = newLanePasses[T](p.cols)
	for _, s := range p.inner {
		if !hasButterfly(s.radix) {
			return nil
		}
	}
	if p.inner == nil {
		return nil
	}
	p.ones = slices.Repeat([]T{1}, p.m+v)
	p.first, p.split = aligned[T](2*(p.m-p.cols)), aligned[T](p.m)
	for g := range p.cols / v {
		for j := 1; j < v; j++ {
			at := (g*(v-1) + j - 1) * 2 * v
			for l := range v {
				w := root(j*(g*v+columnOf(l, v)), p.m)
				p.first[at+l], p.first[at+v+l] = T(w.Re), T(w.Im)
			}
		}
	}
	for c := range p.cols / 2 {
		for l := range v {
			w := root(c*v+l, n)
			p.split[2*c*v+l], p.split[2*c*v+v+l] = T(w.Re), T(w.Im)
		}
	}
	return p
}

// minSingle is the shortest transform for which single is faster than lanes, and
// minSingleBands that for which it is if bands are wanted, for which frames have to
// be laid side by side after all.
const (
	minSingle      = 512
	minSingleBands = 2048
	maxSingle      = 1 << 20 // its workspace has some 12 MB then
)

// columnOf returns which of v columns kernels.columns keeps in lane l.
func columnOf(l, v int) int {
	if l%4 < 2 {
		return l/4*2 + l%4
	}
	return v/2 + l/4*2 + l%4 - 2
}

// singleWorkspace is the memory of one frame at a time.
type singleWorkspace[T Float] struct {
	a, b     []T
	largest  []T  // square of each frame
	row      []T  // a frame on its way past the caches
	past     bool // whether that is the way to go
	spectrum []T  // of a frame whose magnitudes have to be mended

	// For bands: a block of frames, its rows of bins, and those of bands.
	block, rows, bands []T
}

func (p *single[T]) newWorkspace() *singleWorkspace[T] {
	return &singleWorkspace[T]{
		a:       aligned[T](p.together * 2 * p.m),
		row:     aligned[T](2 * (p.m + 1)),
		b:       aligned[T](2 * p.m),
		largest: make([]T, p.lanes),
	}
}

// forward is [Frames.Forward].
func (p *single[T]) forward(dst []T, form Form, bands *Bands[T], x []T, hop, count int, ws *singleWorkspace[T]) {
	switch {
	case bands != nil:
		p.toBands(dst, form, bands, x, hop, count, ws)
	case form == Spectrum:
		p.frames(dst, 2*(p.m+1), form, x, hop, count, ws)
	default:
		p.frames(dst, p.m+1, form, x, hop, count, ws)
	}
}

// toBands turns frames into rows of lanes, whose bands are sums of rows.
func (p *single[T]) toBands(dst []T, form Form, bands *Bands[T], x []T, hop, count int, ws *singleWorkspace[T]) {
	v, size := p.lanes, int(unsafe.Sizeof(T(0)))
	bins := (p.m/v + 1) * v // whole vectors
	if ws.block == nil {
		ws.block, ws.rows = aligned[T](v*bins), aligned[T](v*bins)
	}
	ws.past = false
	p.frames(ws.block, bins, form, x, hop, count, ws)
	p.transposeIn(at(ws.rows, 0), at(ws.block, 0), at(p.ones, 0), bins/v, bins*size, v*size)
	ws.bands = storeBands(p.kernels, dst, bands, ws.rows, count, ws.bands)
}

// frames writes count frames, width apart.
func (p *single[T]) frames(dst []T, width int, form Form, x []T, hop, count int, ws *singleWorkspace[T]) {
	p.some(dst, width, form, x, hop, count, ws)
	if form != Magnitude {
		return
	}
	for t := range count {
		if frame := x[t*hop:][:p.n]; doubtful(ws.largest[t], frame) {
			p.mendMagnitudes(dst[t*width:][:p.m+1], frame, ws)
		}
	}
}

// some writes count frames, width apart.
func (p *single[T]) some(dst []T, width int, form Form, x []T, hop, count int, ws *singleWorkspace[T]) {
	size := int(unsafe.Sizeof(T(0)))
	for t := 0; t < count; t += p.together {
		n := min(p.together, count-t)
		frames := x[t*hop:][:(n-1)*hop+p.n]
		p.columns(at(ws.a, 0), at(frames, 0), at(p.window, 0), at(p.first, 0),
			p.cols/p.lanes, n, len(frames)*size, 2*p.cols*size, hop*size, 2*p.m*size, hop*size/p.cols)
		for i := range n {
			z, row := runPasses(p.kernels, p.inner, ws.a[2*p.m*i:], ws.b, nil), dst[(t+i)*width:]
			if ws.past {
				p.finish(ws.row, form, z, &ws.largest[t+i])
				p.copyPast(at(row[:width], 0), at(ws.row, 0), width)
			} else {
				p.finish(row, form, z, &ws.largest[t+i])
			}
		}
	}
}

// finish turns rows into bins. It sets the largest square if form is Magnitude.
func (p *single[T]) finish(dst []T, form Form, z []T, largest *T) {
	v := p.lanes
	end, last := at(z, 0), at(z, 2*(p.cols-1)*v)
	middle := z[p.cols*v:]
	re, im := 2*middle[0], -2*middle[v]
	switch form {
	case Spectrum:
		dst = dst[:2*(p.m+1)]
		p.mirrorSpectrum(at(dst, 0), at(dst, 2*(p.m-v+1)), at(z, 0), end, last, at(p.split, 0), p.cols/2)
		dst[p.m], dst[p.m+1] = re, im
		dst[0], dst[2*p.m] = dst[0]*p.ends, dst[2*p.m]*p.ends
	case Power:
		dst = dst[:p.m+1]
		p.mirrorPower(at(dst, 0), at(dst, p.m-v+1), at(z, 0), end, last, at(p.split, 0), p.cols/2)
		dst[p.m/2] = re*re + im*im
		dst[0], dst[p.m] = dst[0]*p.ends*p.ends, dst[p.m]*p.ends*p.ends
	case Magnitude:
		dst = dst[:p.m+1]
		p.mirrorMagnitude(at(dst, 0), at(dst, p.m-v+1), at(z, 0), end, last, at(p.split, 0), unsafe.Pointer(largest), p.cols/2)
		dst[p.m/2] = magnitude(re, im)
		dst[0], dst[p.m] = dst[0]*p.ends, dst[p.m]*p.ends
	}
}

// mendMagnitudes is [lanes.mendMagnitudes] for one frame that has to be mended.
func (p *single[T]) mendMagnitudes(row, frame []T, ws *singleWorkspace[T]) {
	if ws.spectrum == nil {
		ws.spectrum = make([]T, 2*(p.m+1))
	}
	p.some(ws.spectrum, len(ws.spectrum), Spectrum, frame, p.n, 1, ws)
	low, high := safeMagnitudes[T]()
	for k, a := range row {
		if !(a > low && a < high) {
			row[k] = hypot(ws.spectrum[2*k], ws.spectrum[2*k+1])
		}
	}
}
