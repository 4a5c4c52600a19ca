package fft

import "unsafe"

// InverseFrames is the plan that undoes the transforms of [Frames], without its
// window: from spectra to windowed frames, divided by their length. It takes
// many frames at a time where the processor has the instructions for it; what
// a spectrum gives never depends on the others. It is immutable and safe for
// concurrent use; each concurrent call needs an [InverseWorkspace] of its own.
type InverseFrames[T Float] struct {
	n      int
	ends   T                 // factor of the bins without a mirror image
	single *singleInverse[T] // one at a time, in vectors; nil if there is none
	lanes  *lanes[T]         // several at a time; nil if there is none, or single
	few    *lanes[T]         // the same in shorter vectors, for few frames; nil if there is none
	passes []lanePass[T]     // of lanes: over n/2 pairs
	scale  []T               // of lanes: a vector of 1/n
	tw     []Complex[T]      // of lanes: exp(-2πik/n), k = 0 … n/4
	real   *Real[T]          // in place of single and lanes; nil if there is one
}

// Inverse returns the plan that undoes p.
func (p *Frames[T]) Inverse() *InverseFrames[T] {
	inv := &InverseFrames[T]{n: p.Len(), ends: 1 / p.ends}
	if p.single != nil {
		inv.single = newSingleInverse(p.single)
		return inv
	}
	var even *evenLanes[T]
	if p.lanes != nil {
		even, _ = p.lanes.transform.(*evenLanes[T])
	}
	if even == nil {
		if inv.real = p.real; inv.real == nil {
			inv.real = NewReal[T](inv.n)
		}
		return inv
	}
	inv.lanes, inv.few = p.lanes, p.few
	if even.outer > 1 {
		inv.passes = append(inv.passes, even.first)
	}
	for _, s := range even.inner {
		s.inner *= even.outer
		inv.passes = append(inv.passes, s)
	}
	n := p.Len()
	inv.scale = make([]T, p.lanes.lanes)
	for i := range inv.scale {
		inv.scale[i] = 1 / T(n)
	}
	inv.tw = make([]Complex[T], n/4+1)
	for k := range inv.tw {
		inv.tw[k] = convert[T](root(k, n))
	}
	return inv
}

// Block returns how many spectra are transformed at a time.
func (p *InverseFrames[T]) Block() int {
	if p.lanes == nil {
		return 1
	}
	return p.lanes.lanes
}

// InverseWorkspace holds the frames of one call at a time, and its scratch memory.
type InverseWorkspace[T Float] struct {
	n, step int
	frames  []T

	single   *singleWorkspace[T]
	lanes    laneWorkspace[T]
	few      []T // of lanes: values of less than a block of spectra
	spectrum []Complex[T]
	fft      *Workspace[T]
}

// NewWorkspace returns scratch memory for this plan.
func (p *InverseFrames[T]) NewWorkspace() *InverseWorkspace[T] {
	n := p.n
	switch {
	case p.single != nil:
		return &InverseWorkspace[T]{
			n: n, step: n, frames: aligned[T](n),
			single: &singleWorkspace[T]{a: aligned[T](n), b: aligned[T](n)}, // one frame, no more
		}
	case p.lanes == nil:
		return &InverseWorkspace[T]{
			n: n, step: n, frames: make([]T, n),
			spectrum: make([]Complex[T], p.real.Bins()),
			fft:      p.real.NewWorkspace(),
		}
	}
	// Rows whose distance is a power of two compete for the same cache lines.
	const line = 64
	v, step := p.lanes.lanes, (n+line-1)/line*line+line
	return &InverseWorkspace[T]{
		n: n, step: step, frames: aligned[T](v * step),
		few: make([]T, v*v),
		lanes: laneWorkspace[T]{
			tile:  aligned[T](2 * v * v),
			whole: aligned[T](n * v),
			a:     aligned[T](n * v),
			sums:  aligned[T](2 * maxRadix * v),
		},
	}
}

// Frame returns frame t of the latest call of [InverseFrames.Transform].
func (ws *InverseWorkspace[T]) Frame(t int) []T { return ws.frames[t*ws.step:][:ws.n] }

// Transform computes the frames of count ≤ Block() spectra: spectrum t is
// X[t·w:][:w], w = 2·Bins(), real and imaginary parts in turn. The imaginary
// parts of the bins without a mirror image are ignored.
func (p *InverseFrames[T]) Transform(X []T, count int, ws *InverseWorkspace[T]) {
	if l := p.lanes; l != nil {
		if p.few != nil && count <= p.few.lanes {
			l = p.few
		}
		p.pack(l, X, count, ws)
		z := runPasses(l.kernels, p.passes, ws.lanes.whole, ws.lanes.a, ws.lanes.sums)
		storeRows(l.kernels, ws.frames, z, ws.n, ws.step, l.lanes)
		return
	}
	for t := range count {
		if p.single != nil {
			p.single.frame(ws.Frame(t), X[t*(ws.n+2):], p.ends, ws.single)
			continue
		}
		copy(ws.spectrum, pairs(X[2*t*len(ws.spectrum):][:2*len(ws.spectrum)]))
		scaleEnds(ws.spectrum, ws.n, p.ends)
		p.real.Inverse(ws.Frame(t), ws.spectrum, ws.fft)
	}
}

// pack leaves the spectra of pairs of samples, reversed, in ws.lanes.whole.
func (p *InverseFrames[T]) pack(l *lanes[T], X []T, count int, ws *InverseWorkspace[T]) {
	v, half, m := l.lanes, l.lanes/2, l.n/2
	low, high, z := ws.lanes.tile[:v*v], ws.lanes.tile[v*v:], ws.lanes.whole
	s := p.ends * p.scale[0]
	for t := range count {
		x, y := X[t*2*(m+1)], X[t*2*(m+1)+2*m]
		z[t], z[v+t] = (x+y)*s, (x-y)*s
	}
	for k := 1; k <= m/2; k += half {
		// Of the bins k and m-k, as many as there are in a tile. The last ones may
		// have been there before.
		k = min(k, m/2-half+1)
		p.load(l, low, X, 2*k, count, ws)
		p.load(l, high, X, 2*(m-k-half+1), count, ws)
		l.pack(at(z, 2*k*v), at(z, 2*(m-k)*v), at(low, 0), at(high, 2*(half-1)*v), at(p.tw, k), half)
	}
}

// load lays the lanes values of each spectrum from number i on side by side,
// divided by n.
func (p *InverseFrames[T]) load(l *lanes[T], dst, X []T, i, count int, ws *InverseWorkspace[T]) {
	v, width := l.lanes, 2*l.bins
	src := X[i:]
	if count < v {
		for t := range count {
			copy(ws.few[t*v:][:v], src[t*width:])
		}
		src, width = ws.few, v
	}
	_ = src[(v-1)*width+v-1]
	l.transposeIn(at(dst, 0), at(src, 0), at(p.scale, 0), 1, width*int(unsafe.Sizeof(T(0))), 0)
}
