package fft

// Form says what is wanted of each bin.
type Form int

const (
	Spectrum  Form = iota // X: two values, the real and the imaginary part
	Power                 // |X|²
	Magnitude             // |X|, without overflow or underflow of |X|²
)

// Frames is a plan for the spectra of the frames of a signal, each multiplied
// by a window. It computes them many at a time where the processor has the
// instructions for it; what a frame gives never depends on the others. It is
// immutable and safe for concurrent use; each concurrent call needs a
// [FramesWorkspace] of its own.
type Frames[T Float] struct {
	window []T
	ends   T

	// By what they are transformed; nil if there is none of the kind.
	single *single[T]       // one at a time, in vectors
	lanes  *lanes[T]        // several at a time
	few    *lanes[T]        // the same in shorter vectors, for few frames
	wide   *Frames[float64] // in place of float32 where only float64 will do
	real   *Real[T]         // in place of all others
}

// NewFrames returns a plan for frames as long as the window. The bins without a
// mirror image, 0 and, of an even length, the last, are multiplied by ends.
func NewFrames[T Float](window []T, ends T) *Frames[T] {
	n := len(window)
	p := &Frames[T]{window: window, ends: ends, single: newSingle(n, window, ends), lanes: newLanes(window, ends)}
	p.few = p.lanes.fewer()
	if p.single != nil || p.lanes != nil {
		return p
	}
	if w, ok := any(window).([]float32); ok && kernels64 != nil && n >= minLanes && n <= maxChirp {
		wide := make([]float64, n)
		convertAll(wide, w)
		p.wide = NewFrames(wide, float64(ends))
		return p
	}
	p.real = NewReal[T](n)
	return p
}

// Len returns the length of a frame.
func (p *Frames[T]) Len() int { return len(p.window) }

// Bins returns the number of bins in a spectrum.
func (p *Frames[T]) Bins() int { return len(p.window)/2 + 1 }

// Block returns how many frames are computed at a time.
func (p *Frames[T]) Block() int {
	switch {
	case p.wide != nil:
		return p.wide.Block()
	case p.lanes != nil:
		return p.lanes.lanes
	}
	return 1
}

// Width returns how many values a frame gives.
func (p *Frames[T]) Width(form Form, bands *Bands[T]) int {
	switch {
	case bands != nil:
		return bands.Len()
	case form == Spectrum:
		return 2 * p.Bins()
	}
	return p.Bins()
}

// FramesWorkspace is the scratch memory of one call at a time. It holds nothing
// between calls.
type FramesWorkspace[T Float] struct {
	// Past says that results need not stay in the processor's caches, as there
	// are more of them than these have room for. Frames may then write past them.
	Past bool

	lanes  *laneWorkspace[T]
	few    *laneWorkspace[T]
	single *singleWorkspace[T]

	wide  *FramesWorkspace[float64]
	wideX []float64
	wideY []float64

	frame    []T
	spectrum []Complex[T]
	values   []T
	fft      *Workspace[T]
}

// NewWorkspace returns scratch memory for this plan. What an engine needs is
// allocated when it is first used.
func (p *Frames[T]) NewWorkspace() *FramesWorkspace[T] { return new(FramesWorkspace[T]) }

// Forward computes count ≤ Block() frames: frame t is x[t·hop:][:Len()], and
// its values are dst[t·w:][:w], w = Width(form, bands). With bands, which must
// not be combined with Spectrum, the values are sums over bands of form. x must
// have room for Block() frames, even if count is less.
func (p *Frames[T]) Forward(dst []T, form Form, bands *Bands[T], x []T, hop, count int, ws *FramesWorkspace[T]) {
	switch {
	case p.single != nil && (bands == nil || p.Len() >= minSingleBands):
		if ws.single == nil {
			ws.single = p.single.newWorkspace()
		}
		ws.single.past = ws.Past
		p.single.forward(dst, form, bands, x, hop, count, ws.single)
	case p.few != nil && count <= p.few.lanes:
		if ws.few == nil {
			ws.few = p.few.newWorkspace()
		}
		p.few.forward(dst, form, bands, x, hop, count, ws.few)
	case p.lanes != nil:
		if ws.lanes == nil {
			ws.lanes = p.lanes.newWorkspace()
		}
		p.lanes.forward(dst, form, bands, x, hop, count, ws.lanes)
	case p.wide != nil:
		p.forwardWide(dst, form, bands, x, hop, count, ws)
	default:
		if ws.fft == nil {
			ws.frame, ws.values = make([]T, p.Len()), make([]T, p.Bins())
			ws.spectrum, ws.fft = make([]Complex[T], p.Bins()), p.real.NewWorkspace()
		}
		for t := range count {
			w := p.Width(form, bands)
			p.one(dst[t*w:][:w], form, bands, x[t*hop:], ws)
		}
	}
}

// forwardWide computes in float64, and rounds.
func (p *Frames[T]) forwardWide(dst []T, form Form, bands *Bands[T], x []T, hop, count int, ws *FramesWorkspace[T]) {
	n, w := p.Len(), p.Width(form, nil)
	if ws.wide == nil {
		ws.wide, ws.values = p.wide.NewWorkspace(), make([]T, p.Bins())
		ws.wideX, ws.wideY = make([]float64, p.Block()*n), make([]float64, p.Block()*2*p.Bins())
	}
	for t := range count {
		convertAll(ws.wideX[t*n:], x[t*hop:][:n])
	}
	p.wide.Forward(ws.wideY, form, nil, ws.wideX, n, count, ws.wide)
	for t := range count {
		row := ws.values
		if bands == nil {
			row = dst[t*w:][:w]
		}
		convertAll(row, ws.wideY[t*w:][:w])
		if bands != nil {
			bands.sum(dst[t*bands.Len():][:bands.Len()], row)
		}
	}
}

// convertAll sets dst to the values of src.
func convertAll[T, S Float](dst []T, src []S) {
	dst = dst[:len(src)]
	for i, v := range src {
		dst[i] = T(v)
	}
}

// scaleEnds multiplies the bins of n samples without a mirror image.
func scaleEnds[T Float](X []Complex[T], n int, by T) {
	X[0].Re *= by
	if n%2 == 0 {
		X[n/2].Re *= by
	}
}

// one computes one frame in Go.
func (p *Frames[T]) one(dst []T, form Form, bands *Bands[T], x []T, ws *FramesWorkspace[T]) {
	x = x[:len(p.window)]
	for j, w := range p.window {
		ws.frame[j] = x[j] * w
	}
	X := ws.spectrum
	if form == Spectrum {
		X = pairs(dst)
	}
	p.real.Forward(X, ws.frame, ws.fft)
	scaleEnds(X, p.Len(), p.ends)
	values := dst
	if bands != nil {
		values = ws.values
	}
	switch form {
	case Power:
		for k, v := range X {
			values[k] = v.Re*v.Re + v.Im*v.Im
		}
	case Magnitude:
		for k, v := range X {
			values[k] = magnitude(v.Re, v.Im)
		}
	}
	if bands != nil {
		bands.sum(dst, values)
	}
}
