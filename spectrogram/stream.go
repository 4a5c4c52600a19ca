package spectrogram

import "github.com/soundspace/soundspace/stft"

// Stream computes the spectrogram of one channel as its samples arrive, in
// blocks of any size. Its frames are bit for bit those of [Plan.Compute]. It
// keeps a few frames in memory, whatever the length of the signal, and
// allocates nothing while dst has room. Blocks of many frames are fastest. A
// stream is not safe for concurrent use; any number of streams can share a plan.
type Stream struct {
	frames *stft.Stream[float32, float32]
}

// NewStream returns a stream at the beginning of a signal.
func (p *Plan) NewStream() *Stream { return &Stream{p.values.Stream()} }

// Append takes the next samples of the signal and appends the frames that are
// complete, Layout().Bins values each, to dst, which it returns. Frame t is
// complete when its last sample is there: for centred frames that is
// t·HopSamples + NFFT/2.
func (s *Stream) Append(dst, block []float32) []float32 { return s.frames.Append(dst, block) }

// Finish ends the signal: it appends the frames that are left to dst, which it
// returns. The stream is then at the beginning of another signal.
func (s *Stream) Finish(dst []float32) []float32 { return s.frames.Finish(dst) }

// Reset forgets the signal: the stream is at the beginning of another.
func (s *Stream) Reset() { s.frames.Reset() }
