package audio

import (
	"errors"
	"io"
	"testing"

	"github.com/soundspace/soundspace/audio/internal/readertest"
)

// clipReader reads a clip in blocks of at most most frames and then fails with
// err, or io.EOF if that is nil.
type clipReader struct {
	clip *Clip
	most int
	err  error
	pos  int
}

func (r *clipReader) SampleRate() int { return r.clip.SampleRate }
func (r *clipReader) Channels() int   { return r.clip.Channels() }

func (r *clipReader) Read(dst [][]float32) (int, error) {
	checkBlock(dst, r.Channels())
	n := 0
	for c := range dst {
		x := r.clip.Samples[c][r.pos:]
		n = copy(dst[c], x[:min(len(x), r.most)])
	}
	r.pos += n
	switch {
	case n > 0:
		return n, nil
	case r.err != nil:
		return 0, r.err
	default:
		return 0, io.EOF
	}
}

func noiseClip(channels, frames, rate int) *Clip {
	c := NewClip(channels, frames, rate)
	for i := range c.Samples {
		copy(c.Samples[i], noise(frames, uint64(100+i)))
	}
	return c
}

func sameClip(t *testing.T, got, want *Clip) {
	t.Helper()
	if got.SampleRate != want.SampleRate || got.Channels() != want.Channels() {
		t.Fatalf("%d Hz and %d channels, want %d and %d", got.SampleRate, got.Channels(), want.SampleRate, want.Channels())
	}
	for i := range got.Samples {
		sameBits(t, got.Samples[i], want.Samples[i])
	}
}

// checkReader holds what newReader makes of src to the contract of Reader, and
// compares its samples with want: for many sizes of blocks read and given, and
// with an error at the end in place of io.EOF.
func checkReader(t *testing.T, src, want *Clip, newReader func(Reader) Reader) {
	t.Helper()
	for _, end := range []error{nil, errors.New("broken")} {
		for _, most := range []int{1, 100, 1 << 20} {
			samples, err := readertest.Check(t, func() readertest.Reader {
				return newReader(&clipReader{clip: src, most: most, err: end})
			})
			if err != end {
				t.Fatalf("ends with %v", err)
			}
			sameClip(t, &Clip{Samples: samples, SampleRate: want.SampleRate}, want)
		}
	}
}

func TestReadRefusesUnequalSlices(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("no panic")
		}
	}()
	checkBlock([][]float32{make([]float32, 3), make([]float32, 4)}, 2)
}
