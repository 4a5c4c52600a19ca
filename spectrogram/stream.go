package spectrogram

import (
	"slices"

	"github.com/soundspace/soundspace/stft"
)

// Stream computes the spectrogram of one channel as its samples arrive, in
// blocks of any size. Its frames are bit for bit those of [Plan.Compute]. It
// keeps a few frames in memory, whatever the length of the signal, and
// allocates nothing once it runs and dst has room. A stream is not safe for
// concurrent use; any number of streams can share a plan.
type Stream struct {
	plan   *Plan
	frames *stft.Stream[float32, float32]
	bins   []float32 // FFT frames on their way to the mel bank
}

// framesAtOnce is how many frames, about, are taken through all steps while
// they are in the processor's cache.
const framesAtOnce = 16

// NewStream returns a stream at the beginning of a signal.
func (p *Plan) NewStream() *Stream {
	s := &Stream{plan: p}
	if p.layout.Unit == Magnitude {
		s.frames = p.transform.StreamMagnitude()
	} else {
		s.frames = p.transform.StreamPower()
	}
	return s
}

// Append takes the next samples of the signal and appends the frames that are
// complete, Layout().Bins values each, to dst, which it returns. Frame t is
// complete when its last sample is there: for centred frames that is
// t·HopSamples + NFFT/2.
func (s *Stream) Append(dst, block []float32) []float32 {
	for len(block) > 0 {
		n := min(len(block), framesAtOnce*s.plan.layout.HopSamples)
		if s.plan.bank == nil {
			done := len(dst)
			dst = s.frames.Append(dst, block[:n])
			s.plan.convert(dst[done:])
		} else {
			s.bins = s.frames.Append(s.bins[:0], block[:n])
			dst = s.appendMel(dst)
		}
		block = block[n:]
	}
	return dst
}

// Finish ends the signal: it appends the frames that are left to dst, which it
// returns. The stream is then at the beginning of another signal.
func (s *Stream) Finish(dst []float32) []float32 {
	if s.plan.bank != nil {
		s.bins = s.frames.Finish(s.bins[:0])
		return s.appendMel(dst)
	}
	done := len(dst)
	dst = s.frames.Finish(dst)
	s.plan.convert(dst[done:])
	return dst
}

// Reset forgets the signal: the stream is at the beginning of another.
func (s *Stream) Reset() { s.frames.Reset() }

// appendMel takes the frames in s.bins through the mel bank.
func (s *Stream) appendMel(dst []float32) []float32 {
	bank := s.plan.bank
	dst = slices.Grow(dst, len(s.bins)/bank.Bins()*bank.Bands())
	bands := bank.Apply(dst[len(dst):], s.bins)
	s.plan.convert(bands)
	return dst[:len(dst)+len(bands)]
}

// convert turns power into the plan's unit, in place.
func (p *Plan) convert(values []float32) {
	switch p.layout.Unit {
	case Decibel, Ln, Log10:
		p.log.apply(values)
	case Log1p:
		log1pAll(values)
	}
}
