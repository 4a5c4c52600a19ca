package audio

import "io"

// NewClipReader returns a Reader of a clip, which must not be changed while it is
// read. It panics if the clip has no channels, or channels of different lengths.
func NewClipReader(c *Clip) Reader {
	if c.Channels() == 0 {
		panic("audio: NewClipReader of a clip without channels")
	}
	for _, x := range c.Samples {
		if len(x) != c.Frames() {
			panic("audio: NewClipReader of a clip with channels of different lengths")
		}
	}
	return &memoryReader{clip: c}
}

type memoryReader struct {
	clip *Clip
	at   int
}

func (r *memoryReader) SampleRate() int { return r.clip.SampleRate }
func (r *memoryReader) Channels() int   { return r.clip.Channels() }

func (r *memoryReader) Read(dst [][]float32) (int, error) {
	checkBlock(dst, r.Channels())
	n := 0
	for c, x := range r.clip.Samples {
		n = copy(dst[c], x[r.at:])
	}
	if r.at += n; n == 0 {
		return 0, io.EOF
	}
	return n, nil
}
