package stft

import (
	"math"
	"sync"

	"github.com/soundspace/soundspace/internal/fft"
)

// engine computes single frames in one precision.
type engine[T fft.Float] struct {
	fft    *fft.Real[T]
	window []T // scaled; with OneSided2X, as the bins that have a mirror image
	offset int // of the window in the frame
	ends   T   // 1 over the factor of OneSided2X, for the bins without a mirror image

	workspaces sync.Pool // of *workspace[T]
	overlaps   sync.Pool // of *overlap[T]
}

type workspace[T fft.Float] struct {
	frame    []T // zero outside the window
	spectrum []fft.Complex[T]
	fft      *fft.Workspace[T]
}

func newEngine[T fft.Float](cfg Config, coeffs []float64, scale float64) *engine[T] {
	e := &engine[T]{
		fft:    fft.NewReal[T](cfg.NFFT),
		window: make([]T, len(coeffs)),
		offset: (cfg.NFFT - len(coeffs)) / 2,
		ends:   1,
	}
	if cfg.OneSided2X {
		factor := 2.0
		if cfg.Scaling == ScalePSD {
			factor = math.Sqrt2
		}
		scale *= factor
		e.ends = T(1 / factor)
	}
	for j, v := range coeffs {
		e.window[j] = T(v * scale)
	}
	e.workspaces.New = func() any { return e.newWorkspace() }
	e.overlaps.New = func() any { return e.newOverlap() }
	return e
}

func (e *engine[T]) newWorkspace() *workspace[T] {
	return &workspace[T]{
		frame:    make([]T, e.fft.Len()),
		spectrum: make([]fft.Complex[T], e.fft.Bins()),
		fft:      e.fft.NewWorkspace(),
	}
}

// forward returns the spectrum, in ws, of the frame of s that begins at sample
// start.
func forward[T, S fft.Float](e *engine[T], ws *workspace[T], s *segment[S], start int) []fft.Complex[T] {
	start += e.offset
	frame := ws.frame[e.offset:][:len(e.window)]
	if x := s.inside(start, len(frame)); x != nil {
		for j, w := range e.window {
			frame[j] = T(x[j]) * w
		}
	} else {
		for j, w := range e.window {
			frame[j] = T(s.at(start+j)) * w
		}
	}
	e.fft.Forward(ws.spectrum, ws.frame, ws.fft)
	e.scaleEnds(ws.spectrum, e.ends)
	return ws.spectrum
}

// scaleEnds multiplies the bins without a mirror image.
func (e *engine[T]) scaleEnds(spectrum []fft.Complex[T], by T) {
	if by == 1 {
		return
	}
	spectrum[0].Re *= by
	if n := e.fft.Len(); n%2 == 0 {
		spectrum[n/2].Re *= by
	}
}
