package audio

import (
	"bufio"
	"fmt"
	"io"
	"os"
)

const (
	// sourceBuffer is how far ahead formats may peek.
	sourceBuffer = 64 << 10
	// tapeLimit is how much of a stream is kept for beginning anew.
	tapeLimit = 16 << 20
)

// source is the bytes of a recording. Until a decoder has been chosen, reading
// can begin anew.
type source struct {
	*bufio.Reader
	file *os.File // a regular file, or nil
	size int64    // of that, else -1
	tape *tape    // a stream, or nil
}

func newFileSource(f *os.File, size int64) *source {
	return &source{Reader: bufio.NewReaderSize(f, sourceBuffer), file: f, size: size}
}

func newStreamSource(r io.Reader) *source {
	t := &tape{src: r, recording: true}
	return &source{Reader: bufio.NewReaderSize(t, sourceBuffer), tape: t, size: -1}
}

// head returns the next n bytes, or fewer at the end, without consuming them.
func (s *source) head(n int) ([]byte, error) {
	b, err := s.Peek(n)
	if err == io.EOF {
		err = nil
	}
	return b, err
}

// rewind begins anew.
func (s *source) rewind() error {
	if s.file != nil {
		if _, err := s.file.Seek(0, io.SeekStart); err != nil {
			return err
		}
		s.Reset(s.file)
		return nil
	}
	if s.tape.overflowed {
		return fmt.Errorf("the first %d MiB of the stream are needed once more, and no more than that is kept", tapeLimit>>20)
	}
	s.tape.pos = 0
	s.Reset(s.tape)
	return nil
}

// settle ends the possibility to rewind.
func (s *source) settle() {
	if s.tape != nil {
		s.tape.recording = false
	}
}

// tape reads a stream and keeps what it has read, to play it once more.
type tape struct {
	src        io.Reader
	err        error // of src
	recording  bool
	overflowed bool
	kept       []byte
	pos        int // in kept, of the next byte to read
}

func (t *tape) Read(p []byte) (int, error) {
	if t.pos < len(t.kept) {
		n := copy(p, t.kept[t.pos:])
		t.pos += n
		return n, nil
	}
	if !t.recording {
		t.kept, t.pos = nil, 0
	}
	if t.err != nil {
		return 0, t.err
	}
	n, err := t.src.Read(p)
	t.err = err
	if t.recording && !t.overflowed {
		t.kept = append(t.kept, p[:n]...)
		t.pos = len(t.kept)
		if t.pos > tapeLimit {
			t.overflowed = true
			t.kept, t.pos = nil, 0
		}
	}
	return n, err
}
