package audio

import (
	"io"
	"math"
	"testing"
)

func TestSection(t *testing.T) {
	c := noiseClip(2, 100, 8000)
	for _, s := range []struct{ start, end, from, to int }{
		{0, 100, 0, 100}, {10, 20, 10, 20}, {0, 0, 0, 0}, {100, 100, 100, 100},
		{90, 200, 90, 100}, {150, 200, 100, 100}, {0, math.MaxInt, 0, 100},
	} {
		want := &Clip{Samples: [][]float32{c.Samples[0][s.from:s.to], c.Samples[1][s.from:s.to]}, SampleRate: 8000}
		sameClip(t, c.Section(s.start, s.end), want)
	}
	view := c.Section(10, 20)
	view.Samples[1][0] = 7
	if c.Samples[1][10] != 7 {
		t.Error("a section is no view")
	}
	if cap(view.Samples[0]) != 10 {
		t.Error("appending to a section would overwrite what follows")
	}
	for _, s := range [][2]int{{-1, 5}, {6, 5}} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("Section(%d, %d) does not panic", s[0], s[1])
				}
			}()
			c.Section(s[0], s[1])
		}()
	}
}

func TestSectionReader(t *testing.T) {
	src := noiseClip(2, 10000, 8000)
	for _, s := range []struct {
		start, frames int64
		end           int
	}{
		{0, -1, 10000}, {1, -1, 10000}, {9000, -5, 10000}, {5000, 5001, 10000}, {4097, 6000, 10000}, {9999, math.MaxInt64, 10000},
	} {
		checkReader(t, src, src.Section(int(s.start), s.end), func(r Reader) Reader {
			return NewSectionReader(r, s.start, s.frames)
		})
	}
}

// Behind its end a section knows nothing of the recording, not even that it
// breaks off.
func TestSectionReaderStopsAtItsEnd(t *testing.T) {
	for _, frames := range []int64{0, 1, 2500} {
		src := &clipReader{clip: noiseClip(1, 10000, 8000), most: 700, err: io.ErrUnexpectedEOF}
		got, err := ReadAll(NewSectionReader(src, 5000, frames))
		if err != nil {
			t.Errorf("%d frames end with %v", frames, err)
		}
		sameClip(t, got, src.clip.Section(5000, 5000+int(frames)))
		if frames == 0 && src.pos != 0 {
			t.Errorf("%d frames read for nothing", src.pos)
		}
		if frames > 0 && src.pos != 5000+int(frames) {
			t.Errorf("%d frames read, want %d", src.pos, 5000+frames)
		}
	}
}

func TestSectionReaderBeyondTheEnd(t *testing.T) {
	for _, start := range []int64{100, 101, math.MaxInt64} {
		for _, end := range []error{nil, io.ErrUnexpectedEOF} {
			r := NewSectionReader(&clipReader{clip: noiseClip(1, 100, 8000), most: 30, err: end}, start, 10)
			got, err := ReadAll(r)
			if got.Frames() != 0 || err != end {
				t.Errorf("from %d on there are %d frames and %v", start, got.Frames(), err)
			}
		}
	}
}

func TestSectionReaderPanicsOnNegativeStart(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("no panic")
		}
	}()
	NewSectionReader(&clipReader{clip: noiseClip(1, 1, 1)}, -1, 0)
}
