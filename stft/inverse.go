package stft

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/soundspace/soundspace/internal/fft"
)

// ErrNOLA says that a signal cannot be recovered from its transform, because
// some of its samples are in no window: see [NOLA].
var ErrNOLA = errors.New("stft: window and hop leave samples uncovered (no NOLA)")

// Inverse computes the signal of length samples from the rows of its transform:
// the least-squares solution of Griffin and Lim, which gives back the signal
// from a transform that is unchanged,
//
//	x[i] = Σ_t w[i-start(t)]·y_t[i-start(t)] / Σ_t w[i-start(t)]²
//
// where y_t is the inverse Fourier transform of row t. Scaling and OneSided2X
// are undone. The signal is written to dst if its capacity suffices and to a
// new slice otherwise; the slice is returned.
//
// Samples that lie before the middle of the first frame or after the middle of
// the last one are 0 where no window covers them, or one that is zero to
// rounding precision: so are all samples beyond the last frame, and, in a
// transform that is not centred, the first sample under a Hann window. Near
// such places the window is small, and rounding errors are magnified by 1/w.
// If a sample between these middles is not covered, the error wraps [ErrNOLA].
// A negative length and a number of values that is no multiple of Bins() are
// errors, too.
func (p *Plan) Inverse(dst []float32, X []complex64, length int) ([]float32, error) {
	if p.cfg.Float64 {
		return inverse(p, p.double(), dst, X, length, readComplex64As64)
	}
	return inverse(p, p.single(), dst, X, length, readComplex64)
}

// Inverse128 is [Plan.Inverse] in float64 throughout.
func (p *Plan) Inverse128(dst []float64, X []complex128, length int) ([]float64, error) {
	return inverse(p, p.double(), dst, X, length, readComplex128)
}

func inverse[T, S fft.Float, V Value](p *Plan, e *engine[T], dst []S, X []V, length int, read func([]fft.Complex[T], []V)) ([]S, error) {
	if length < 0 {
		return nil, fmt.Errorf("stft: length is %d, want 0 or more", length)
	}
	o := e.overlaps.Get().(*overlap[T])
	defer e.overlaps.Put(o)
	s := synthesis[T, V, S]{plan: p, e: e, read: read, overlap: o, limit: length}
	s.reset()
	dst, err := s.add(slices.Grow(dst[:0], length), X)
	if err == nil && s.first < length {
		dst, err = s.finish(dst, length)
	}
	if err != nil {
		return nil, err
	}
	return dst, nil
}

func readComplex64(spectrum []fft.Complex[float32], row []complex64) {
	for k, v := range row {
		spectrum[k] = fft.Complex[float32]{Re: real(v), Im: imag(v)}
	}
}

func readComplex64As64(spectrum []fft.Complex[float64], row []complex64) {
	for k, v := range row {
		spectrum[k] = fft.Complex[float64]{Re: float64(real(v)), Im: float64(imag(v))}
	}
}

func readComplex128(spectrum []fft.Complex[float64], row []complex128) {
	for k, v := range row {
		spectrum[k] = fft.Complex[float64]{Re: real(v), Im: imag(v)}
	}
}

// overlap holds the sums of overlapping frames that are still growing, for one
// window's length from sample first on.
type overlap[T fft.Float] struct {
	frame    []T
	spectrum []fft.Complex[T]
	fft      *fft.Workspace[T]
	signal   []float64 // Σ w·y
	weight   []float64 // Σ w²
	floor    float64   // a weight up to this is one of zeros
	first    int
	next     int // the next frame
}

func (e *engine[T]) newOverlap() *overlap[T] {
	peak := 0.0
	for _, w := range e.window {
		peak = max(peak, math.Abs(float64(w)))
	}
	epsilon := float64(math.Nextafter32(1, 2) - 1)
	if _, ok := any(peak).(T); ok {
		epsilon = math.Nextafter(1, 2) - 1
	}
	zero := 16 * epsilon * peak
	return &overlap[T]{
		frame:    make([]T, e.fft.Len()),
		spectrum: make([]fft.Complex[T], e.fft.Bins()),
		fft:      e.fft.NewWorkspace(),
		signal:   make([]float64, len(e.window)),
		weight:   make([]float64, len(e.window)),
		floor:    zero * zero,
	}
}

// synthesis turns rows of type V into samples of type S, computing in T.
type synthesis[T fft.Float, V Value, S fft.Float] struct {
	*overlap[T]
	plan  *Plan
	e     *engine[T]
	read  func(spectrum []fft.Complex[T], row []V)
	limit int // no sample from here on is wanted
}

// begin returns the first sample under the window of frame t.
func (s *synthesis[T, V, S]) begin(t int) int { return s.plan.start(t) + s.e.offset }

// middle returns the sample in the middle of frame t.
func (s *synthesis[T, V, S]) middle(t int) int { return s.plan.start(t) + s.plan.cfg.NFFT/2 }

func (s *synthesis[T, V, S]) reset() {
	clear(s.signal)
	clear(s.weight)
	s.first, s.next = min(s.begin(0), 0), 0
}

// add adds the frames of rows, and appends to dst the samples that no later
// frame can change.
func (s *synthesis[T, V, S]) add(dst []S, rows []V) ([]S, error) {
	bins := s.plan.Bins()
	if len(rows)%bins != 0 {
		return dst, fmt.Errorf("stft: %d values are not a whole number of frames of %d bins", len(rows), bins)
	}
	for ; len(rows) > 0 && s.first < s.limit; rows = rows[bins:] {
		var err error
		if dst, err = s.emit(dst, s.begin(s.next), s.next); err != nil {
			return dst, err
		}
		s.read(s.spectrum, rows[:bins])
		s.e.scaleEnds(s.spectrum, 1/s.e.ends)
		s.e.fft.Inverse(s.frame, s.spectrum, s.fft)
		for j, v := range s.e.window {
			w := float64(v)
			s.signal[j] += w * float64(s.frame[s.e.offset+j])
			s.weight[j] += w * w
		}
		s.next++
	}
	return dst, nil
}

// finish appends the rest of a signal of length samples.
func (s *synthesis[T, V, S]) finish(dst []S, length int) ([]S, error) {
	if length < s.first {
		return dst, fmt.Errorf("stft: length is %d, but %d samples are out already", length, s.first)
	}
	return s.emit(dst, length, s.next-1)
}

// emit appends the samples before to, and moves the sums there. Frame last is
// the last one that is known to exist.
func (s *synthesis[T, V, S]) emit(dst []S, to, last int) ([]S, error) {
	for i := max(s.first, 0); i < min(to, s.limit); i++ {
		j := i - s.first
		if j < len(s.weight) && s.weight[j] > s.floor {
			dst = append(dst, S(s.signal[j]/s.weight[j]))
			continue
		}
		if s.middle(0) <= i && i <= s.middle(last) {
			return dst, fmt.Errorf("stft: sample %d is in no window: %w", i, ErrNOLA)
		}
		dst = append(dst, 0)
	}
	n := min(to-s.first, len(s.weight))
	clear(s.signal[copy(s.signal, s.signal[n:]):])
	clear(s.weight[copy(s.weight, s.weight[n:]):])
	s.first = to
	return dst, nil
}

// InverseStream computes an inverse transform as its rows arrive. Its samples
// are bit for bit those that the plan computes from all rows at once. It holds
// one frame, and allocates nothing while dst has room. A stream is not safe
// for concurrent use.
type InverseStream[V Value, S Sample] struct {
	synthesis interface {
		add(dst []S, rows []V) ([]S, error)
		finish(dst []S, length int) ([]S, error)
		reset()
	}
}

// StreamInverse returns a stream of [Plan.Inverse].
func (p *Plan) StreamInverse() *InverseStream[complex64, float32] {
	if p.cfg.Float64 {
		return newInverseStream[float32](p, p.double(), readComplex64As64)
	}
	return newInverseStream[float32](p, p.single(), readComplex64)
}

// StreamInverse128 returns a stream of [Plan.Inverse128].
func (p *Plan) StreamInverse128() *InverseStream[complex128, float64] {
	return newInverseStream[float64](p, p.double(), readComplex128)
}

func newInverseStream[S Sample, T fft.Float, V Value](p *Plan, e *engine[T], read func([]fft.Complex[T], []V)) *InverseStream[V, S] {
	s := &synthesis[T, V, S]{plan: p, e: e, read: read, overlap: e.newOverlap(), limit: math.MaxInt}
	s.reset()
	return &InverseStream[V, S]{s}
}

// Append takes the next rows, a whole number of frames, appends to dst the
// samples that no later row can change, and returns it. The errors are those
// of [Plan.Inverse]; after one only Reset makes sense.
func (s *InverseStream[V, S]) Append(dst []S, rows []V) ([]S, error) {
	return s.synthesis.add(dst, rows)
}

// Finish ends a signal that has length samples in all: it appends to dst those
// that are left, and makes the stream ready for another signal. It is an error
// if more samples than that have been returned.
func (s *InverseStream[V, S]) Finish(dst []S, length int) ([]S, error) {
	defer s.Reset()
	return s.synthesis.finish(dst, length)
}

// Reset forgets the rows and makes the stream ready for another signal.
func (s *InverseStream[V, S]) Reset() { s.synthesis.reset() }

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
