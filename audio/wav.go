package audio

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
)

const (
	// maxChannels is the most channels that a WAV file may have here.
	maxChannels = 1024
	// maxHeld is how much sound a stream may have before its fmt chunk. (In a
	// file there is no limit.)
	maxHeld = 64 << 20
)

// newWAV reads the chunks up to the sound. file gives access to the same bytes
// at any place; it is nil where there is none.
func newWAV(r *bufio.Reader, file io.ReaderAt) (formatDecoder, error) {
	p := wavParser{r: r, file: file, order: binary.LittleEndian}
	if err := p.parse(); err != nil {
		return nil, err
	}
	return p.decoder()
}

// wavParser reads a RIFF form:
//
//	4 bytes  RIFF, RIFX (big-endian), RF64 or BW64 (64-bit sizes in a ds64 chunk)
//	4        size of the rest; not looked at
//	4        WAVE
//	         chunks: 4 bytes id, 4 bytes size, contents, a zero byte if the size is odd
type wavParser struct {
	r     *bufio.Reader
	file  io.ReaderAt
	off   int64 // of r in the file
	order binary.ByteOrder

	form string
	ds64 *wavDS64
	fmt  *wavFmt
	fact int64 // frames by the fact chunk, 0 if it does not say
	data *wavData
}

// wavDS64 is what a ds64 chunk says in place of 32-bit fields that are all ones.
type wavDS64 struct{ dataSize, frames int64 }

// wavFmt is the fmt chunk.
type wavFmt struct {
	tag      uint16
	channels int
	rate     int64
	align    int    // bytes of a block, which is a frame unless the coding is ADPCM
	bits     int    // of a sample
	valid    int    // significant ones among them
	extra    []byte // what follows, without the 22 bytes of the extensible form
}

func corruptWAV(format string, args ...any) error {
	return fmt.Errorf("%w: WAV: %s", ErrCorrupt, fmt.Sprintf(format, args...))
}

// parse reads chunks until it has fmt and data, in either order.
func (p *wavParser) parse() error {
	head, err := p.take(12)
	if err != nil {
		return p.ends(err, "its form")
	}
	p.form = string(head[:4])
	if p.form == "RIFX" {
		p.order = binary.BigEndian
	}
	for p.fmt == nil || p.data == nil {
		start := p.off
		head, err := p.take(8)
		switch {
		case err != nil && p.fmt == nil:
			return p.ends(err, "an fmt chunk")
		case err != nil:
			return p.ends(err, "a data chunk")
		}
		id, size := string(head[:4]), int64(p.order.Uint32(head[4:]))
		if id == "\x00\x00\x00\x00" && size == 0 {
			continue // some writers leave zeros between chunks
		}
		if !isChunkID(head) {
			return corruptWAV("no chunk where one should begin, at byte %d", start)
		}
		if id == "data" && p.data == nil {
			err = p.openData(size)
			if p.fmt != nil {
				return err
			}
			size = p.data.size
		} else {
			var contents []byte
			if contents, err = p.take(int(min(size, 4096))); err == nil {
				err = p.note(id, contents)
			}
			if err == nil {
				err = p.skip(size - int64(len(contents)))
			}
		}
		if err == nil && size%2 == 1 {
			err = p.skipPad()
		}
		if err != nil {
			return p.ends(err, fmt.Sprintf("its %q chunk at byte %d, said to have %d bytes", id, start, size))
		}
	}
	return nil
}

// ends is the error for the file, or the reading of it, ending before what.
func (p *wavParser) ends(err error, what string) error {
	switch {
	case errors.Is(err, ErrCorrupt), errors.Is(err, ErrFormat):
		return err
	case err == io.EOF:
		return fmt.Errorf("%w: WAV: %w at byte %d, before the end of %s", ErrCorrupt, io.ErrUnexpectedEOF, p.off, what)
	}
	return fmt.Errorf("reading WAV at byte %d, before the end of %s: %w", p.off, what, err)
}

// take reads n bytes, or fewer and an error.
func (p *wavParser) take(n int) ([]byte, error) {
	b := make([]byte, n)
	n, err := io.ReadFull(p.r, b)
	p.off += int64(n)
	if err == io.ErrUnexpectedEOF {
		err = io.EOF
	}
	return b[:n], err
}

func (p *wavParser) skip(n int64) error {
	skipped, err := io.CopyN(io.Discard, p.r, n)
	p.off += skipped
	return err
}

// skipPad skips the byte after a chunk of odd size, if there is one: some
// writers leave it out, and some do not make it zero.
func (p *wavParser) skipPad() error {
	next, _ := p.r.Peek(5)
	if len(next) < 5 {
		return nil
	}
	switch {
	case isKnownChunk(next[1:]):
	case isKnownChunk(next), next[0] != 0 && isChunkID(next):
		return nil
	}
	return p.skip(1)
}

// isChunkID reports whether b begins with four printable characters.
func isChunkID(b []byte) bool {
	for _, c := range b[:4] {
		if c < ' ' || c > '~' {
			return false
		}
	}
	return true
}

// isKnownChunk reports whether b begins with the id of a chunk that is found in
// WAV files.
func isKnownChunk(b []byte) bool {
	if len(b) < 4 {
		return false
	}
	switch string(b[:4]) {
	case "fmt ", "data", "fact", "ds64", "LIST", "JUNK", "junk", "PAD ", "FLLR", "PEAK",
		"bext", "iXML", "axml", "chna", "cart", "link", "umid", "levl", "dbmd", "ubxt", "r64m",
		"cue ", "plst", "smpl", "inst", "acid", "strc", "afsp", "regn", "elm1", "elmo", "minf", "ovwf",
		"DISP", "ID3 ", "id3 ", "_PMX", "MD5 ", "SAUR", "LGWV":
		return true
	}
	return false
}

// note takes in a chunk, of which contents is at least the beginning.
func (p *wavParser) note(id string, contents []byte) error {
	switch id {
	case "fmt ":
		if p.fmt != nil {
			return nil
		}
		f, err := parseWAVFmt(contents, p.order)
		p.fmt = f
		return err
	case "fact":
		if len(contents) >= 4 {
			p.fact = int64(p.order.Uint32(contents))
		}
	case "ds64":
		if len(contents) < 24 {
			return corruptWAV("ds64 chunk of %d bytes, at least 24 are needed", len(contents))
		}
		size, frames := p.order.Uint64(contents[8:]), p.order.Uint64(contents[16:])
		if size > math.MaxInt64 {
			size = 0 // as good as unknown
		}
		if frames > math.MaxInt64 {
			frames = 0
		}
		p.ds64 = &wavDS64{int64(size), int64(frames)}
	}
	return nil
}

// parseWAVFmt reads
//
//	2 bytes  coding; 0xFFFE for the extensible form
//	2        channels
//	4        frames per second
//	4        bytes per second; not looked at
//	2        bytes of a block
//	2        bits of a sample
//	2        bytes that follow, and those; in the extensible form
//	2          significant bits
//	4          speaker positions
//	16         GUID of the coding
func parseWAVFmt(b []byte, order binary.ByteOrder) (*wavFmt, error) {
	if len(b) < 16 {
		return nil, corruptWAV("fmt chunk of %d bytes, at least 16 are needed", len(b))
	}
	f := &wavFmt{
		tag:      order.Uint16(b),
		channels: int(order.Uint16(b[2:])),
		rate:     int64(order.Uint32(b[4:])),
		align:    int(order.Uint16(b[12:])),
		bits:     int(order.Uint16(b[14:])),
	}
	f.valid = f.bits
	if len(b) >= 18 {
		f.extra = b[18:]
	}
	if f.tag == tagExtensible {
		if len(f.extra) < 22 {
			return nil, corruptWAV("fmt chunk of %d bytes, the extensible form needs 40", len(b))
		}
		if valid := int(order.Uint16(f.extra)); 0 < valid && valid < f.bits {
			f.valid = valid
		}
		tag, ok := tagOfGUID(f.extra[6:22], order)
		if !ok {
			return nil, fmt.Errorf("%w: WAV with the unknown coding GUID %x", ErrFormat, f.extra[6:22])
		}
		f.tag, f.extra = tag, f.extra[22:]
	}
	switch {
	case f.channels == 0:
		return nil, corruptWAV("0 channels")
	case f.channels > maxChannels:
		return nil, fmt.Errorf("%w: WAV with %d channels, at most %d are supported", ErrFormat, f.channels, maxChannels)
	case f.rate == 0 || f.rate > math.MaxInt32:
		return nil, corruptWAV("%d frames per second", f.rate)
	}
	return f, nil
}

// tagOfGUID finds the coding in its GUID: that of Microsoft,
// 0000xxxx-0000-0010-8000-00AA00389B71, or that of ambisonic files,
// 0000xxxx-0721-11D3-8644-C8C1CA000000.
func tagOfGUID(guid []byte, order binary.ByteOrder) (tag uint16, ok bool) {
	const (
		microsoft = "\x00\x00\x00\x00\x10\x00\x80\x00\x00\xAA\x00\x38\x9B\x71"
		ambisonic = "\x00\x00\x21\x07\xD3\x11\x86\x44\xC8\xC1\xCA\x00\x00\x00"
		bigEndian = "\x00\x00\x00\x10\x80\x00\x00\xAA\x00\x38\x9B\x71" // Microsoft's in RIFX, strictly
	)
	rest := string(guid[2:])
	if order == binary.BigEndian && rest[2:] == bigEndian {
		return order.Uint16(guid[2:]), true
	}
	return order.Uint16(guid), rest == microsoft || rest == ambisonic
}

// openData takes the data chunk that begins at p.off. If it comes before fmt it
// is stepped over, for which a stream has to hold it.
func (p *wavParser) openData(size int64) error {
	d := &wavData{r: p.r, off: p.off, size: size}
	p.data = d
	switch {
	case p.ds64 != nil && size == math.MaxUint32 && (p.form == "RF64" || p.form == "BW64"):
		d.size = p.ds64.dataSize
		d.unknown = d.size == 0
	case size == 0:
		// Nothing, or the writer could not come back to fill the size in.
		next, err := p.r.Peek(8)
		if err != nil && err != io.EOF {
			return p.ends(err, "its data chunk")
		}
		d.unknown = len(next) > 0 && !isKnownChunk(next)
	default:
		// What writers to a pipe say: ffmpeg 0xFFFFFFFF, sox 0x7FFFF000.
		d.unknown = size >= 0xFFFF0000 || 0x7FFF0000 <= size && size <= 0x80000000
	}
	d.left = d.size
	if p.fmt != nil {
		return nil
	}
	switch {
	case d.unknown:
		return corruptWAV("data of unknown size at byte %d, before any fmt chunk", p.off)
	case p.file != nil:
		d.r = bufio.NewReaderSize(io.NewSectionReader(p.file, p.off, d.size), sourceBuffer)
		return p.skip(d.size)
	case d.size > maxHeld:
		return fmt.Errorf("%w: WAV with %d bytes of data before its fmt chunk, at most %d in a stream are supported", ErrFormat, d.size, maxHeld)
	}
	var held bytes.Buffer
	n, err := io.CopyN(&held, p.r, d.size)
	p.off += n
	d.r = bufio.NewReaderSize(&held, sourceBuffer)
	return err
}

// wavData is the contents of the data chunk.
type wavData struct {
	r       *bufio.Reader
	off     int64 // of r in the file
	size    int64 // of the chunk
	left    int64 // of it
	unknown bool  // size is a placeholder: data may end before or go on after it
	given   int   // bytes that next has peeked at
}

// next returns whole blocks of align bytes, at least one and no more than most,
// valid until the next call. At the end it returns what is left, less than a block,
// and an error.
func (d *wavData) next(align, most int) ([]byte, error) {
	d.r.Discard(d.given)
	d.off += int64(d.given)
	d.left -= int64(d.given)
	d.given = 0
	if d.left < int64(align) && d.unknown && d.goesOn() {
		d.left = math.MaxInt64
	}
	var err error
	want := int(min(d.left, int64(align)))
	if d.r.Buffered() < want {
		_, err = d.r.Peek(want)
	}
	n := int(min(d.left, int64(d.r.Buffered()), int64(most)*int64(align)))
	if n >= align {
		n -= n % align
		err = nil
	} else if err == nil {
		err = io.EOF // of the chunk
	} else if err == io.EOF && !d.unknown {
		err = fmt.Errorf("%w: WAV data ends at byte %d, %d bytes early", io.ErrUnexpectedEOF, d.off+int64(n), d.left-int64(n))
	} else if err != io.EOF {
		err = fmt.Errorf("reading WAV data at byte %d: %w", d.off+int64(n), err)
	}
	d.given = n
	b, _ := d.r.Peek(n)
	return b, err
}

// goesOn reports whether data of a placeholder's size goes on after it.
func (d *wavData) goesOn() bool {
	b, _ := d.r.Peek(int(d.left) + 4)
	return len(b) > int(d.left) && !isKnownChunk(b[d.left:])
}
