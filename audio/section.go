package audio

import "io"

// Section returns the frames from start up to, but not including, end. It
// shares the samples of c; nothing is copied. What lies beyond the end of the
// clip is left out, so the result may be shorter than end-start, and empty. It
// panics if start is negative or end is less than start.
func (c *Clip) Section(start, end int) *Clip {
	if start < 0 || end < start {
		panic("audio: Section needs 0 <= start <= end")
	}
	end = min(end, c.Frames())
	start = min(start, end)
	s := &Clip{Samples: make([][]float32, c.Channels()), SampleRate: c.SampleRate}
	for i, x := range c.Samples {
		s.Samples[i] = x[start:end:end]
	}
	return s
}

// NewSectionReader returns a Reader of r from the frame start on: of the given
// number of frames, or, if that is negative, of all to the end. The first Read
// reads what lies before the section and throws it away, block by block. A
// section that reaches beyond the end of r ends there, and one that begins there
// ends at once with io.EOF. Nothing behind the section is read. It panics if
// start is negative.
func NewSectionReader(r Reader, start, frames int64) Reader {
	if start < 0 {
		panic("audio: NewSectionReader needs a start that is not negative")
	}
	return &sectionReader{Reader: r, skip: start, left: frames, view: make([][]float32, r.Channels())}
}

type sectionReader struct {
	Reader
	skip int64 // frames before the section, yet to be read
	left int64 // frames of the section, negative for all
	view [][]float32
}

func (r *sectionReader) Read(dst [][]float32) (int, error) {
	checkBlock(dst, r.Channels())
	if r.left == 0 {
		return 0, io.EOF
	}
	if err := r.skipToStart(); err != nil {
		return 0, err
	}
	want := len(dst[0])
	if r.left > 0 {
		want = int(min(r.left, int64(want)))
	}
	n, err := r.Reader.Read(cut(r.view, dst, 0, want))
	if r.left > 0 {
		r.left -= int64(n)
	}
	return n, err
}

func (r *sectionReader) skipToStart() error {
	if r.skip == 0 {
		return nil
	}
	scratch := newBlock(r.Channels(), blockFrames)
	for r.skip > 0 {
		n, err := r.Reader.Read(cut(r.view, scratch, 0, int(min(r.skip, blockFrames))))
		if err != nil {
			return err
		}
		r.skip -= int64(n)
	}
	return nil
}
