package stft

import (
	"math"
	"sync"

	"github.com/soundspace/soundspace/internal/fft"
)

// inversion is what the inverse transform of an engine needs.
type inversion[T fft.Float] struct {
	frames *fft.InverseFrames[T]
	window []float64
	offset int // of the window in the frame
	hop    int
	reach  int     // how many frames overlap, in part at least
	floor  float64 // a sum of squares up to this is one of zeros

	// steady are the factors of the samples from one frame to the next where all
	// frames overlap that can, as many as are in the window.
	steady []float64
	nola   bool // no factor is 0

	overlaps sync.Pool // of *overlap[T]
}

func newInversion[T fft.Float](e *engine[T]) *inversion[T] {
	n, hop := len(e.window), e.plan.cfg.HopSamples
	inv := &inversion[T]{
		frames: e.frames.Inverse(),
		window: make([]float64, n),
		offset: e.offset,
		hop:    hop,
		reach:  (n-1)/hop + 1,
		steady: make([]float64, min(hop, n)),
		nola:   true,
	}
	peak := 0.0
	for j, w := range e.window {
		inv.window[j] = float64(w)
		peak = max(peak, math.Abs(float64(w)))
	}
	epsilon := float64(math.Nextafter32(1, 2) - 1)
	if _, ok := any(peak).(T); ok {
		epsilon = math.Nextafter(1, 2) - 1
	}
	zero := 16 * epsilon * peak
	inv.floor = zero * zero
	inv.fill(inv.steady, 0, inv.reach-1)
	for _, f := range inv.steady {
		inv.nola = inv.nola && f != 0
	}
	inv.overlaps.New = func() any { return inv.newOverlap() }
	return inv
}

// factors returns those of the samples from frame t to the next, given that
// there are the frames 0 … frames-1: 1/Σw², or 0 where no window covers a sample.
// They are in scratch, if they are not the steady ones. whole tells that none is 0.
func (inv *inversion[T]) factors(scratch []float64, t, frames int) (f []float64, whole bool) {
	if t >= inv.reach-1 && t < frames {
		return inv.steady, inv.nola
	}
	inv.fill(scratch, max(t-frames+1, 0), min(t, inv.reach-1))
	return scratch, false
}

// fill computes the factors where the frames overlap that begin from to to hops
// before.
func (inv *inversion[T]) fill(factors []float64, from, to int) {
	for j := range factors {
		sum := 0.0
		for r := from; r <= to && r*inv.hop+j < len(inv.window); r++ {
			w := inv.window[r*inv.hop+j]
			sum += w * w
		}
		factors[j] = 0
		if sum > inv.floor {
			factors[j] = 1 / sum
		}
	}
}

// overlap holds the sums of overlapping frames that are still growing.
type overlap[T fft.Float] struct {
	sums    []float64 // Σw·y; sums[at] is that of sample first
	at      int
	first   int
	next    int // the next frame
	scratch []float64
	values  []T
	fft     *fft.InverseWorkspace[T]
}

func (inv *inversion[T]) newOverlap() *overlap[T] {
	return &overlap[T]{
		sums:    make([]float64, 2*len(inv.window)),
		scratch: make([]float64, len(inv.steady)),
		fft:     inv.frames.NewWorkspace(),
	}
}

func (o *overlap[T]) reset(first int) {
	clear(o.sums)
	o.at, o.first, o.next = 0, first, 0
}

// add adds the next frame, which begins at sample first.
func (o *overlap[T]) add(window []float64, frame []T) {
	fft.AddProducts(o.sums[o.at:][:len(window)], window, frame)
	o.next++
}

// advance makes first a later sample, and drops n sums.
func (o *overlap[T]) advance(first, n int) {
	o.first = first
	o.at += n
	if n := len(o.sums); o.at > n/2 {
		clear(o.sums[copy(o.sums, o.sums[o.at:]):])
		o.at = 0
	}
}
