package stft

import (
	"slices"

	"github.com/soundspace/soundspace/internal/fft"
)

// Sample is the type of a signal's samples.
type Sample interface{ float32 | float64 }

// Value is the type of a transform's values.
type Value interface {
	float32 | float64 | complex64 | complex128
}

// Stream computes a transform as its signal arrives, in blocks of any sizes.
// Its rows are bit for bit those that the plan computes from the whole signal.
// It holds at most some 4·NFFT samples, and allocates nothing while dst has
// room. A stream is not safe for concurrent use; any number of streams can
// share a plan.
//
// Frames come as soon as they can be known: frame t of a centred transform when
// the sample t·HopSamples + NFFT/2 is there, the last ones from Finish.
type Stream[S Sample, V Value] struct {
	plan *Plan
	row  func(dst []V, s *segment[S], start int)
	buf  segment[S] // the samples that coming frames need; total counts all so far
	next int        // the next frame
}

// StreamComplex returns a stream of [Plan.Complex].
func (p *Plan) StreamComplex() *Stream[float32, complex64] {
	if p.cfg.Float64 {
		return newStream[float32](p, p.double(), writeComplex64From64)
	}
	return newStream[float32](p, p.single(), writeComplex64)
}

// StreamMagnitude returns a stream of [Plan.Magnitude].
func (p *Plan) StreamMagnitude() *Stream[float32, float32] {
	if p.cfg.Float64 {
		return newStream[float32](p, p.double(), writeMagnitude[float32, float64])
	}
	return newStream[float32](p, p.single(), writeMagnitude[float32, float32])
}

// StreamPower returns a stream of [Plan.Power].
func (p *Plan) StreamPower() *Stream[float32, float32] {
	if p.cfg.Float64 {
		return newStream[float32](p, p.double(), writePower[float32, float64])
	}
	return newStream[float32](p, p.single(), writePower[float32, float32])
}

// StreamPhase returns a stream of [Plan.Phase].
func (p *Plan) StreamPhase() *Stream[float32, float32] {
	if p.cfg.Float64 {
		return newStream[float32](p, p.double(), writePhase[float32, float64])
	}
	return newStream[float32](p, p.single(), writePhase[float32, float32])
}

// StreamComplex128 returns a stream of [Plan.Complex128].
func (p *Plan) StreamComplex128() *Stream[float64, complex128] {
	return newStream[float64](p, p.double(), writeComplex128)
}

// StreamMagnitude64 returns a stream of [Plan.Magnitude64].
func (p *Plan) StreamMagnitude64() *Stream[float64, float64] {
	return newStream[float64](p, p.double(), writeMagnitude[float64, float64])
}

// StreamPower64 returns a stream of [Plan.Power64].
func (p *Plan) StreamPower64() *Stream[float64, float64] {
	return newStream[float64](p, p.double(), writePower[float64, float64])
}

// StreamPhase64 returns a stream of [Plan.Phase64].
func (p *Plan) StreamPhase64() *Stream[float64, float64] {
	return newStream[float64](p, p.double(), writePhase[float64, float64])
}

func newStream[S Sample, V Value, T fft.Float](p *Plan, e *engine[T], write func([]V, []fft.Complex[T])) *Stream[S, V] {
	ws := e.newWorkspace()
	return &Stream[S, V]{
		plan: p,
		row: func(dst []V, s *segment[S], start int) {
			write(dst, forward(e, ws, s, start))
		},
		buf: segment[S]{
			x:     make([]S, 0, 4*p.cfg.NFFT+4),
			pad:   p.cfg.Pad,
			value: S(p.cfg.PadValue),
		},
	}
}

// Append takes the next samples of the signal, appends to dst the rows that
// are complete, and returns it.
func (s *Stream[S, V]) Append(dst []V, block []S) []V {
	for len(block) > 0 {
		if len(s.buf.x) == cap(s.buf.x) {
			s.drop()
		}
		n := min(len(block), cap(s.buf.x)-len(s.buf.x))
		s.buf.x = append(s.buf.x, block[:n]...)
		s.buf.total += n
		block = block[n:]
		for s.complete(s.next) {
			dst = s.appendRow(dst)
		}
	}
	return dst
}

// Finish ends the signal: it appends to dst the rows that are left, and makes
// the stream ready for another signal.
func (s *Stream[S, V]) Finish(dst []V) []V {
	for frames := s.plan.Frames(s.buf.total); s.next < frames; {
		dst = s.appendRow(dst)
	}
	s.Reset()
	return dst
}

// Reset forgets the signal and makes the stream ready for another.
func (s *Stream[S, V]) Reset() {
	s.buf.x, s.buf.first, s.buf.total, s.next = s.buf.x[:0], 0, 0, 0
}

func (s *Stream[S, V]) appendRow(dst []V) []V {
	n, bins := len(dst), s.plan.Bins()
	dst = slices.Grow(dst, bins)[:n+bins]
	s.row(dst[n:], &s.buf, s.plan.start(s.next))
	s.next++
	return dst
}

// complete tells whether frame t depends on the samples so far only: it must
// not reach beyond them, nor its reflection at the beginning.
func (s *Stream[S, V]) complete(t int) bool {
	start := s.plan.start(t)
	if start+s.plan.cfg.NFFT > s.buf.total {
		return false
	}
	return start >= 0 || s.buf.pad != PadReflect || -start < s.buf.total
}

// drop forgets the samples that no frame to come can need: those before the
// next frame, but for the last NFFT/2+1, which the end of the signal may
// reflect.
func (s *Stream[S, V]) drop() {
	keep := s.plan.start(s.next)
	if !s.plan.cfg.NoCenter {
		keep = min(keep, s.buf.total-s.plan.lead()-1)
	}
	n := min(max(keep-s.buf.first, 0), len(s.buf.x))
	s.buf.x = s.buf.x[:copy(s.buf.x, s.buf.x[n:])]
	s.buf.first += n
}
