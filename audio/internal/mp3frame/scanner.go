package mp3frame

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
)

// Window is how much of a stream is looked at to find its first frame.
const Window = 64 << 10

// chainFrames is how many frames in a row, each beginning where the one before
// it ends, show that bytes are frames and not chance: a header passes by chance
// about once in 4,000 positions, and each that follows at the right place and
// agrees about once in 250,000.
const chainFrames = 3

// otherChainFrames is the same for frames of another stream within one.
const otherChainFrames = 4

// ErrNoFrames is returned by [NewScanner] where the stream's first Window bytes
// behind its tags hold no frames.
var ErrNoFrames = errors.New("no MPEG audio frames")

// Find returns where the first frame in b begins, and reports whether there is
// one: chainFrames frames in a row or, at the start of b alone, fewer that go
// right to the end of the data, which atEOF says b has.
func Find(b []byte, atEOF bool) (offset int, ok bool) {
	for i := 0; i+HeaderBytes <= len(b); i++ {
		k := bytes.IndexByte(b[i:], 0xFF)
		if k < 0 {
			break
		}
		i += k
		if isChain(b[i:], chainFrames, atEOF && i == 0) && !isPattern(b[i:]) || i == 0 && isFreeFormat(b) {
			return i, true
		}
	}
	return 0, false
}

// isChain reports whether b starts with n frames of one stream, the last of
// which may go past the end of b. Fewer will do if a tag comes behind them or,
// where b goes to the end of the data, nothing.
func isChain(b []byte, n int, atEOF bool) bool {
	if len(b) < HeaderBytes {
		return false
	}
	first := ParseHeader(b)
	for k := 0; k < n; k++ {
		if TagBytes(b) > 0 {
			return k > 0
		}
		if len(b) < HeaderBytes {
			return k > 0 && atEOF
		}
		h := ParseHeader(b)
		if !h.Valid() || !h.SameStream(first) || h.FreeFormat() {
			return false
		}
		if len(b) < h.Size() {
			return k > 0 && (atEOF || k == n-1)
		}
		b = b[h.Size():]
	}
	return true
}

// isPattern reports whether the header at the start of b comes again within a
// few bytes, as it does in pictures of one colour and the like, where every
// distance is a period, and never in a frame.
func isPattern(b []byte) bool {
	h := ParseHeader(b)
	for i := 1; i <= 8 && i+HeaderBytes <= len(b); i++ {
		if ParseHeader(b[i:]) == h {
			return true
		}
	}
	return false
}

// isFreeFormat reports whether b starts with three frames of free format at
// equal distances, give or take the padding.
func isFreeFormat(b []byte) bool {
	h := ParseHeader(b)
	if !h.Valid() || !h.FreeFormat() || isPattern(b) {
		return false
	}
	at := func(i int) bool {
		return i+HeaderBytes <= len(b) && ParseHeader(b[i:]).Valid() && ParseHeader(b[i:]).FreeFormat() && ParseHeader(b[i:]).SameStream(h)
	}
	for d := HeaderBytes + MaxSideInfo; d < 8<<10; d++ {
		if at(d) && (at(2*d-1) || at(2*d) || at(2*d+1)) {
			return true
		}
	}
	return false
}

// Frame is one frame of a stream.
type Frame struct {
	Header Header
	// Data is the frame, valid until the next call of Next. It is shorter than
	// the header says where the stream ends within it.
	Data []byte
	// Offset is where in the stream it begins.
	Offset int64
	// Lost is how many bytes just before it were neither frames nor tags.
	Lost int64
	// Tagged reports whether a tag is just before it.
	Tagged bool
}

// OtherStreamError reports frames of another kind within a stream.
type OtherStreamError struct {
	Offset      int64
	First, Then Header
}

func (e *OtherStreamError) Error() string {
	return fmt.Sprintf("%v turns into %v at byte %d", e.First, e.Then, e.Offset)
}

// Scanner gives the frames of a stream one after the other, all of one
// version, layer, sample rate and number of channels. It passes over tags
// before, between and behind them, and over bytes that are neither.
type Scanner struct {
	r      *bufio.Reader
	offset int64 // of what r gives next
	size   int   // of the frame that Next returned last, not yet taken from r
	first  Header
	junk   int   // bytes before the first frame
	tail   int64 // bytes behind the last
	cut    bool  // the last one was cut short
}

// NewScanner returns a scanner that stands before the first frame of r, which
// must begin within Window bytes behind the tags at the start. It fails with
// ErrNoFrames, io.EOF where there is nothing but tags, io.ErrUnexpectedEOF
// where a tag is cut short, and with what r fails with.
func NewScanner(r *bufio.Reader) (*Scanner, error) {
	if r.Size() < Window {
		r = bufio.NewReaderSize(r, Window)
	}
	s := &Scanner{r: r}
	if _, err := s.skipTags(); err != nil {
		return nil, err
	}
	b, err := r.Peek(Window) // what came before an error counts
	n, ok := Find(b, err == io.EOF)
	switch {
	case !ok && err != nil && (err != io.EOF || len(b) == 0):
		return nil, err
	case !ok:
		return nil, ErrNoFrames
	}
	s.first, s.junk = ParseHeader(b[n:]), n
	return s, s.discard(int64(n))
}

// First is the header of the stream's first frame.
func (s *Scanner) First() Header { return s.first }

// Junk is how many bytes before it were no tags.
func (s *Scanner) Junk() int { return s.junk }

// Offset is where the frame begins that Next will look for first.
func (s *Scanner) Offset() int64 { return s.offset + int64(s.size) }

// Ahead returns what is known of the stream from there, Window bytes if it has
// as many.
func (s *Scanner) Ahead() []byte {
	b, _ := s.r.Peek(Window)
	return b[min(s.size, len(b)):]
}

// Next returns the next frame. It fails with io.EOF at the end, with
// io.ErrUnexpectedEOF where the stream ends within an ID3v2 tag, which is
// followed by sound, or has ended within the last frame, with an
// *OtherStreamError, and with what the source fails with.
func (s *Scanner) Next() (Frame, error) {
	if err := s.discard(int64(s.size)); err != nil {
		return Frame{}, err
	}
	s.size = 0
	if s.cut {
		return Frame{}, io.ErrUnexpectedEOF
	}
	tagged, err := s.skipTags()
	if err != nil {
		return Frame{}, err
	}
	var lost int64
	for {
		// Enough to see whether frames follow.
		b, err := s.r.Peek(8 << 10)
		atEOF := err == io.EOF
		if len(b) < HeaderBytes {
			if !atEOF {
				return Frame{}, err
			}
			var first [HeaderBytes]byte
			s.first.Put(first[:])
			if lost == 0 && len(b) > 0 && bytes.HasPrefix(first[:], b[:min(len(b), 2)]) {
				return Frame{}, io.ErrUnexpectedEOF
			}
			s.tail = lost + int64(len(b))
			return Frame{}, io.EOF
		}
		switch h := ParseHeader(b); {
		case h.Valid() && h.SameStream(s.first) && !h.FreeFormat():
			// At the end of a frame the header is enough. Elsewhere it must be
			// the first of several.
			if lost > 0 && !isChain(b, chainFrames, atEOF) {
				break
			}
			if h.Size() > len(b) && !atEOF {
				return Frame{}, err
			}
			s.size = min(h.Size(), len(b))
			s.cut = s.size < h.Size()
			return Frame{h, b[:s.size], s.offset, lost, tagged}, nil
		case h.Valid() && !h.SameStream(s.first) && isChain(b, otherChainFrames, false) && !isPattern(b):
			return Frame{}, &OtherStreamError{s.offset, s.first, h}
		}
		n := 1 + bytes.IndexByte(b[1:], 0xFF)
		if n == 0 {
			n = len(b)
		}
		if err := s.discard(int64(n)); err != nil {
			return Frame{}, err
		}
		lost += int64(n)
	}
}

// Tail is how many bytes followed the last frame that were neither frames nor
// tags, once Next has returned io.EOF.
func (s *Scanner) Tail() int64 { return s.tail }

// skipTags takes all tags that come next from the stream, and reports whether
// there are any.
func (s *Scanner) skipTags() (any bool, err error) {
	for {
		b, _ := s.r.Peek(tagHead) // an error comes again
		n := TagBytes(b)
		if n == 0 && bytes.HasPrefix(b, []byte("LYRICS")) {
			b, _ = s.r.Peek(Window)
			n = lyricsBytes(b)
		}
		if n == 0 {
			return any, nil
		}
		any = true
		leads := bytes.HasPrefix(b, []byte("ID3"))
		if err := s.discard(n); err == io.ErrUnexpectedEOF && !leads {
			return any, io.EOF
		} else if err != nil {
			return any, err
		}
	}
}

// discard takes n bytes from the stream.
func (s *Scanner) discard(n int64) error {
	for n > 0 {
		k, err := s.r.Discard(int(min(n, 1<<30)))
		s.offset += int64(k)
		n -= int64(k)
		if err == io.EOF && n > 0 {
			return io.ErrUnexpectedEOF
		} else if err != nil {
			return err
		}
	}
	return nil
}
