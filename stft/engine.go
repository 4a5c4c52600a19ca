package stft

import (
	"math"
	"sync"

	"github.com/soundspace/soundspace/internal/fft"
)

// engine computes frames in one precision.
type engine[T fft.Float] struct {
	plan   *Plan
	frames *fft.Frames[T]
	window []T // scaled; with OneSided2X, as the bins that have a mirror image
	offset int // of the window in the frame

	workspaces sync.Pool // of *workspace[T]
	inverse    func() *inversion[T]
}

func newEngine[T fft.Float](p *Plan) *engine[T] {
	cfg, scale := p.cfg, p.scale
	e := &engine[T]{
		plan:   p,
		window: make([]T, len(p.coeffs)),
		offset: (cfg.NFFT - len(p.coeffs)) / 2,
	}
	ends := T(1) // of OneSided2X, for the bins without a mirror image
	if cfg.OneSided2X {
		factor := 2.0
		if cfg.Scaling == ScalePSD {
			factor = math.Sqrt2
		}
		scale *= factor
		ends = T(1 / factor)
	}
	for j, v := range p.coeffs {
		e.window[j] = T(v * scale)
	}
	whole := make([]T, cfg.NFFT)
	copy(whole[e.offset:], e.window)
	e.frames = fft.NewFrames(whole, ends)
	e.workspaces.New = func() any { return e.newWorkspace() }
	e.inverse = sync.OnceValue(func() *inversion[T] { return newInversion(e) })
	return e
}

// workspace is the memory of one call at a time.
type workspace[T fft.Float] struct {
	samples []T // of a block that cannot be read in place; zero outside the windows
	values  []T // of a block, if they are not those of the result
	fft     *fft.FramesWorkspace[T]
}

func (e *engine[T]) newWorkspace() *workspace[T] {
	return &workspace[T]{
		samples: make([]T, (e.frames.Block()-1)*e.gatherHop()+e.frames.Len()),
		fft:     e.frames.NewWorkspace(),
	}
}

// gatherHop returns the distance of frames that are gathered in a workspace.
// They overlap as in the signal, unless they hold zeros beside the window or
// have gaps between them.
func (e *engine[T]) gatherHop() int {
	if len(e.window) < e.frames.Len() {
		return e.frames.Len()
	}
	return min(e.plan.cfg.HopSamples, e.frames.Len())
}

// gather returns the samples of count frames of s from frame t on, and the
// distance between frames. It copies them only where it must: where they reach
// beyond the ends of the signal, do not fill a block, or have another type.
func gather[T, S fft.Float](e *engine[T], ws *workspace[T], s *segment[S], t, count int) (x []T, hop int) {
	n, hop := e.frames.Len(), e.plan.cfg.HopSamples
	start := e.plan.start(t)
	if count == e.frames.Block() && len(e.window) == n {
		if x, ok := any(s.inside(start, (count-1)*hop+n)).([]T); ok && x != nil {
			return x, hop
		}
	}
	to := e.gatherHop()
	if len(e.window) == n && to == hop {
		copySamples(ws.samples[:(count-1)*hop+n], s, start)
		return ws.samples, hop
	}
	for i := range count {
		copySamples(ws.samples[i*to+e.offset:][:len(e.window)], s, start+i*hop+e.offset)
	}
	return ws.samples, to
}

// copySamples fills dst with the samples of s from i on.
func copySamples[T, S fft.Float](dst []T, s *segment[S], i int) {
	for ; len(dst) > 0 && i < 0; i++ {
		dst[0] = T(s.at(i))
		dst = dst[1:]
	}
	if n := min(len(dst), s.total-i); n > 0 {
		x := s.x[i-s.first:][:n]
		if same, ok := any(x).([]T); ok {
			copy(dst, same)
		} else {
			for j, v := range x {
				dst[j] = T(v)
			}
		}
		dst, i = dst[n:], i+n
	}
	for j := range dst {
		dst[j] = T(s.at(i + j))
	}
}
