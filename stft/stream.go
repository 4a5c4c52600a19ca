package stft

import "slices"

// Sample is the type of a signal's samples.
type Sample interface{ float32 | float64 }

// Value is the type of a transform's values.
type Value interface {
	float32 | float64 | complex64 | complex128
}

// Stream computes a transform as its signal arrives, in blocks of any sizes.
// Its rows are bit for bit those that the plan computes from the whole signal.
// It holds a few frames of samples, and allocates nothing while dst has room.
// Frames are computed fastest several at a time, when blocks are not small. A
// stream is not safe for concurrent use; any number of streams can share a
// plan.
//
// Frames come as soon as they can be known: frame t of a centred transform when
// the sample t·HopSamples + NFFT/2 is there, the last ones from Finish.
type Stream[S Sample, V Value] struct {
	plan  *Plan
	width int // values of a frame
	block int // frames that are best computed together
	rows  func(dst []V, s *segment[S], t, count int)
	buf   segment[S] // the samples that coming frames need; total counts all so far
	next  int        // the next frame
}

// StreamComplex returns a stream of [Plan.Complex].
func (p *Plan) StreamComplex() *Stream[float32, complex64] { return p.complex.stream() }

// StreamMagnitude returns a stream of [Plan.Magnitude].
func (p *Plan) StreamMagnitude() *Stream[float32, float32] { return p.magnitude.stream() }

// StreamPower returns a stream of [Plan.Power].
func (p *Plan) StreamPower() *Stream[float32, float32] { return p.power.stream() }

// StreamPhase returns a stream of [Plan.Phase].
func (p *Plan) StreamPhase() *Stream[float32, float32] { return p.phase.stream() }

// StreamComplex128 returns a stream of [Plan.Complex128].
func (p *Plan) StreamComplex128() *Stream[float64, complex128] { return p.wide().complex.stream() }

// StreamMagnitude64 returns a stream of [Plan.Magnitude64].
func (p *Plan) StreamMagnitude64() *Stream[float64, float64] { return p.wide().magnitude.stream() }

// StreamPower64 returns a stream of [Plan.Power64].
func (p *Plan) StreamPower64() *Stream[float64, float64] { return p.wide().power.stream() }

// StreamPhase64 returns a stream of [Plan.Phase64].
func (p *Plan) StreamPhase64() *Stream[float64, float64] { return p.wide().phase.stream() }

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
		for {
			count := s.complete()
			if count == 0 || count < s.block && len(block) > 0 && len(s.buf.x) < cap(s.buf.x) {
				break
			}
			dst = s.appendRows(dst, count)
		}
	}
	return dst
}

// Finish ends the signal: it appends to dst the rows that are left, and makes
// the stream ready for another signal.
func (s *Stream[S, V]) Finish(dst []V) []V {
	for frames := s.plan.Frames(s.buf.total); s.next < frames; {
		dst = s.appendRows(dst, min(frames-s.next, s.block))
	}
	s.Reset()
	return dst
}

// Reset forgets the signal and makes the stream ready for another.
func (s *Stream[S, V]) Reset() {
	s.buf.x, s.buf.first, s.buf.total, s.next = s.buf.x[:0], 0, 0, 0
}

func (s *Stream[S, V]) appendRows(dst []V, count int) []V {
	n, more := len(dst), count*s.width
	dst = slices.Grow(dst, more)[:n+more]
	s.rows(dst[n:], &s.buf, s.next, count)
	s.next += count
	return dst
}

// complete returns how many of the next frames, at most a block, depend on the
// samples so far only: they must not reach beyond them, nor their reflection at
// the beginning.
func (s *Stream[S, V]) complete() int {
	count := 0
	for ; count < s.block; count++ {
		start := s.plan.start(s.next + count)
		if start+s.plan.cfg.NFFT > s.buf.total {
			break
		}
		if start < 0 && s.buf.pad == PadReflect && -start >= s.buf.total {
			break
		}
	}
	return count
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
