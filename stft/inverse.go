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
		return inverse(p, p.double(), dst, X, length, readComplex64)
	}
	return inverse(p, p.single(), dst, X, length, nil)
}

// Inverse128 is [Plan.Inverse] in float64 throughout.
func (p *Plan) Inverse128(dst []float64, X []complex128, length int) ([]float64, error) {
	return inverse(p, p.double(), dst, X, length, nil)
}

func inverse[T, S fft.Float, V Value](p *Plan, e *engine[T], dst []S, X []V, length int, read func([]T, []V)) ([]S, error) {
	if length < 0 {
		return nil, fmt.Errorf("stft: length is %d, want 0 or more", length)
	}
	inv := e.inverse()
	o := inv.overlaps.Get().(*overlap[T])
	defer inv.overlaps.Put(o)
	s := synthesis[T, V, S]{inversion: inv, plan: p, read: read, overlap: o, limit: length}
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

// readComplex64 widens rows.
func readComplex64(values []float64, rows []complex64) {
	for k, v := range rows {
		values[2*k], values[2*k+1] = float64(real(v)), float64(imag(v))
	}
}

// synthesis turns rows of type V into samples of type S, computing in T.
type synthesis[T fft.Float, V Value, S fft.Float] struct {
	*inversion[T]
	*overlap[T]
	plan *Plan
	// read turns rows into values; nil if they are the same in memory.
	read  func(values []T, rows []V)
	limit int // no sample from here on is wanted
}

// begin returns the first sample under the window of frame t.
func (s *synthesis[T, V, S]) begin(t int) int { return s.plan.start(t) + s.offset }

// middle returns the sample in the middle of frame t.
func (s *synthesis[T, V, S]) middle(t int) int { return s.plan.start(t) + s.plan.cfg.NFFT/2 }

func (s *synthesis[T, V, S]) reset() {
	s.overlap.reset(min(s.begin(0), 0))
}

// add adds the frames of rows, and appends to dst the samples that no later
// frame can change.
func (s *synthesis[T, V, S]) add(dst []S, rows []V) ([]S, error) {
	bins := s.plan.Bins()
	if len(rows)%bins != 0 {
		return dst, fmt.Errorf("stft: %d values are not a whole number of frames of %d bins", len(rows), bins)
	}
	for len(rows) > 0 && s.first < s.limit {
		count := min(s.frames.Block(), len(rows)/bins)
		s.frames.Transform(s.valuesOf(rows[:count*bins]), count, s.fft)
		for t := range count {
			var err error
			if dst, err = s.emit(dst, s.begin(s.next), s.next); err != nil {
				return dst, err
			}
			s.overlap.add(s.window, s.fft.Frame(t)[s.offset:])
		}
		rows = rows[count*bins:]
	}
	return dst, nil
}

func (s *synthesis[T, V, S]) valuesOf(rows []V) []T {
	if s.read == nil {
		return asValues[T](rows)
	}
	if s.values == nil {
		s.values = make([]T, 2*s.plan.Bins()*s.frames.Block())
	}
	values := s.values[:2*len(rows)]
	s.read(values, rows)
	return values
}

// finish appends the rest of a signal of length samples.
func (s *synthesis[T, V, S]) finish(dst []S, length int) ([]S, error) {
	if length < s.first {
		return dst, fmt.Errorf("stft: length is %d, but %d samples are out already", length, s.first)
	}
	return s.emit(dst, length, s.next-1)
}

// emit appends the samples before sample to. Frame last is the last one that
// is known to exist.
func (s *synthesis[T, V, S]) emit(dst []S, to, last int) ([]S, error) {
	var err error
	for to = min(to, s.limit); s.first < to && err == nil; {
		// Up to the first window, from one frame to the next, or all that is beyond
		// the last one.
		stop, covered, sums := to, 0, 0
		if begin := s.begin(0); s.first < begin {
			stop = min(to, begin)
		} else if t := (s.first - begin) / s.hop; t < s.next+s.reach-1 {
			stop = min(to, s.begin(t+1))
			sums = len(s.steady)
			covered = min(stop-s.first, sums)
			dst, err = s.emitCovered(dst, t, covered, last)
		}
		if err == nil {
			dst, err = s.emitZeros(dst, s.first+covered, stop, last)
		}
		s.advance(stop, sums)
	}
	return dst, err
}

// emitCovered appends the first n samples under the window of frame t.
func (s *synthesis[T, V, S]) emitCovered(dst []S, t, n, last int) ([]S, error) {
	factors, whole := s.factors(s.scratch, t, s.next)
	from, done := min(max(-s.first, 0), n), len(dst)
	dst = slices.Grow(dst, n-from)[:done+n-from]
	fft.Products(dst[done:], s.sums[s.at+from:], factors[from:])
	if whole {
		return dst, nil
	}
	for j := from; j < n; j++ {
		if factors[j] == 0 {
			if err := s.check(s.first+j, s.first+j+1, last); err != nil {
				return dst[:done+j-from], err
			}
			dst[done+j-from] = 0 // not NaN
		}
	}
	return dst, nil
}

// emitZeros appends the samples between two, which are in no window.
func (s *synthesis[T, V, S]) emitZeros(dst []S, from, to, last int) ([]S, error) {
	if err := s.check(from, to, last); err != nil {
		return dst, err
	}
	n, more := len(dst), max(to-max(from, 0), 0)
	dst = slices.Grow(dst, more)[:n+more]
	clear(dst[n:])
	return dst, nil
}

// check returns an error if samples that are in no window lie between the
// middles of frames.
func (s *synthesis[T, V, S]) check(from, to, last int) error {
	if from = max(from, s.middle(0), 0); from < to && from <= s.middle(last) {
		return fmt.Errorf("stft: sample %d is in no window: %w", from, ErrNOLA)
	}
	return nil
}

// InverseStream computes an inverse transform as its rows arrive. Its samples
// are bit for bit those that the plan computes from all rows at once. It holds
// sums of two frames' length, and allocates nothing while dst has room. Rows
// are transformed fastest several at a time. A stream is not safe for
// concurrent use.
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
		return newInverseStream[complex64, float32](p, p.double(), readComplex64)
	}
	return newInverseStream[complex64, float32](p, p.single(), nil)
}

// StreamInverse128 returns a stream of [Plan.Inverse128].
func (p *Plan) StreamInverse128() *InverseStream[complex128, float64] {
	return newInverseStream[complex128, float64](p, p.double(), nil)
}

func newInverseStream[V Value, S Sample, T fft.Float](p *Plan, e *engine[T], read func([]T, []V)) *InverseStream[V, S] {
	inv := e.inverse()
	s := &synthesis[T, V, S]{inversion: inv, plan: p, read: read, overlap: inv.newOverlap(), limit: math.MaxInt}
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
