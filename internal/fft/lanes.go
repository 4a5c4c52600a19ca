package fft

import "unsafe"

// lanes transforms as many frames side by side as a vector has lanes, a block,
// from minLanes to maxLanes samples long.
type lanes[T Float] struct {
	*kernels
	n, bins   int
	transform laneTransform[T]
}

// laneTransform is what depends on the number of samples.
type laneTransform[T Float] interface {
	// spectra writes a row of lanes for each bin of the frames x[i·hop:], i < lanes:
	// one vector, or two if form is Spectrum.
	spectra(k *kernels, form Form, rows, x []T, hop int, ws *laneWorkspace[T])
	// reserve allocates what spectra needs.
	reserve(k *kernels, ws *laneWorkspace[T])
}

// minLanes and maxLanes are the shortest and the longest transform that lanes
// takes, maxChirp the longest of a number with a large prime factor: there its
// workspace has some 20 MB.
const (
	minLanes = 64
	maxLanes = 1 << 16
	maxChirp = 1 << 14
)

// newLanes returns nil if the transforms have to be taken one at a time. A length
// with a large prime factor is for float64 only.
func newLanes[T Float](window []T, ends T) *lanes[T] {
	k, n := kernelsFor[T](), len(window)
	if k == nil || n < minLanes || n > maxLanes {
		return nil
	}
	p := &lanes[T]{kernels: k, n: n, bins: n/2 + 1}
	if n%2 == 0 {
		if t := newEvenLanes(window, ends); t != nil {
			p.transform = t
		}
	} else if t := newOddLanes(window, ends); t != nil {
		p.transform = t
	}
	if p.transform == nil {
		w, double := any(window).([]float64)
		if !double || n > maxChirp {
			return nil
		}
		p.transform = any(newChirpLanes(w, float64(ends))).(laneTransform[T])
	}
	return p
}

// fewer returns the same in shorter vectors, nil if there are none.
func (p *lanes[T]) fewer() *lanes[T] {
	if p == nil || p.shorter == nil {
		return nil
	}
	few := *p
	few.kernels = p.shorter
	return &few
}

// laneWorkspace is the memory of one block at a time. Its slices hold vectors
// and begin on a cache line.
type laneWorkspace[T Float] struct {
	tile     []T // windowed samples on their way into the first pass
	whole    []T // all values of all frames
	a, b     []T // transforms between passes
	sums     []T // of passOdd
	rows     []T // a row for each bin
	largest  []T // square, of each frame
	spectrum []T // rows of the spectrum, if magnitudes have to be mended
	bands    []T // a row for each band, if there are any
}

func (p *lanes[T]) newWorkspace() *laneWorkspace[T] {
	ws := &laneWorkspace[T]{
		sums:    aligned[T](2 * maxRadix * p.lanes),
		rows:    aligned[T](2 * (p.bins + p.lanes) * p.lanes),
		largest: aligned[T](p.lanes),
	}
	p.transform.reserve(p.kernels, ws)
	return ws
}

// forward is [Frames.Forward].
func (p *lanes[T]) forward(dst []T, form Form, bands *Bands[T], x []T, hop, count int, ws *laneWorkspace[T]) {
	clear(ws.largest)
	p.transform.spectra(p.kernels, form, ws.rows, x, hop, ws)
	if form == Magnitude {
		p.mendMagnitudes(x, hop, count, ws)
	}
	switch {
	case bands != nil:
		ws.bands = storeBands(p.kernels, dst, bands, ws.rows, count, ws.bands)
	case form == Spectrum:
		storeRows(p.kernels, dst, ws.rows, 2*p.bins, 2*p.bins, count)
	default:
		storeRows(p.kernels, dst, ws.rows, p.bins, p.bins, count)
	}
}

// mendMagnitudes computes magnitudes anew, of frames whose largest one is
// doubtful, where the squares are too large or too small.
func (p *lanes[T]) mendMagnitudes(x []T, hop, count int, ws *laneWorkspace[T]) {
	v, again := p.lanes, false
	low, high := safeMagnitudes[T]()
	for i := range count {
		if !doubtful(ws.largest[i], x[i*hop:][:p.n]) {
			continue
		}
		if !again {
			if again = true; ws.spectrum == nil {
				ws.spectrum = aligned[T](2 * p.bins * v)
			}
			p.transform.spectra(p.kernels, Spectrum, ws.spectrum, x, hop, ws)
		}
		for k := range p.bins {
			if a := &ws.rows[k*v+i]; !(*a > low && *a < high) {
				*a = hypot(ws.spectrum[2*k*v+i], ws.spectrum[(2*k+1)*v+i])
			}
		}
	}
}

// loadSamples lays the samples of frames side by side, times the window.
func loadSamples[T Float](k *kernels, dst, x, window []T, hop int) {
	n, v, size := len(window), k.lanes, int(unsafe.Sizeof(T(0)))
	_ = x[(v-1)*hop+n-1]
	k.transposeIn(at(dst, 0), at(x, 0), at(window, 0), n/v, hop*size, v*size)
	if rest := n % v; rest > 0 { // overlaps what is there
		i := n - v
		k.transposeIn(at(dst, i*v), at(x, i), at(window, i), 1, hop*size, v*size)
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
