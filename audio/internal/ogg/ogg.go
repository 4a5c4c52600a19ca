// Package ogg reads Ogg (RFC 3533) in sequence: its pages, and from them the
// packets of one stream.
//
// Every page is checked against its CRC; the first that fails ends reading.
package ogg

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// ErrInvalid is wrapped by every error that is about the bytes, except
// io.ErrUnexpectedEOF.
var ErrInvalid = errors.New("invalid Ogg stream")

// A Page is a piece of one of the streams that share an Ogg stream. Its slices
// are valid until the next page is read.
type Page struct {
	Offset      int64 // where it begins
	Continued   bool  // its first packet began on an earlier page
	First, Last bool  // of its stream
	Granule     int64 // position in the stream after the last packet that ends here, -1 if none does
	Serial      uint32
	Sequence    uint32
	Lacing      []byte // lengths of the segments
	Body        []byte // the segments
	Raw         []byte // the whole page
}

// A Reader reads pages.
type Reader struct {
	r    io.Reader
	off  int64
	buf  [headerSize + 255 + 255*255]byte
	page Page
}

const headerSize = 27

// NewReader returns a Reader of the pages of r, which should be buffered.
func NewReader(r io.Reader) *Reader { return &Reader{r: r} }

// Offset is where the next page begins.
func (r *Reader) Offset() int64 { return r.off }

// Next reads a page:
//
//	4 bytes  OggS
//	1        version, 0
//	1        flags: 1 continued, 2 first, 4 last
//	8        granule
//	4        serial
//	4        sequence
//	4        CRC-32 of the page, these four bytes taken as zero
//	1        number of segments
//	         their lengths, and they themselves
//
// After the last page the error is io.EOF.
func (r *Reader) Next() (*Page, error) {
	p := &r.page
	p.Offset = r.off
	header := r.buf[:headerSize]
	if err := r.read(header); err != nil {
		if err == io.EOF {
			return nil, io.EOF
		}
		return nil, r.fail(err)
	}
	if string(header[:4]) != "OggS" || header[4] != 0 {
		return nil, fmt.Errorf("%w: no page where one should begin, at byte %d", ErrInvalid, p.Offset)
	}
	p.Continued = header[5]&1 != 0
	p.First = header[5]&2 != 0
	p.Last = header[5]&4 != 0
	p.Granule = int64(binary.LittleEndian.Uint64(header[6:]))
	p.Serial = binary.LittleEndian.Uint32(header[14:])
	p.Sequence = binary.LittleEndian.Uint32(header[18:])
	sum := binary.LittleEndian.Uint32(header[22:])

	end := headerSize + int(header[26])
	p.Lacing = r.buf[headerSize:end]
	if err := r.read(p.Lacing); err != nil {
		return nil, r.fail(err)
	}
	start := end
	for _, n := range p.Lacing {
		end += int(n)
	}
	p.Body = r.buf[start:end]
	if err := r.read(p.Body); err != nil {
		return nil, r.fail(err)
	}
	p.Raw = r.buf[:end]
	if Checksum(p.Raw) != sum {
		return nil, fmt.Errorf("%w: page with a wrong CRC at byte %d", ErrInvalid, p.Offset)
	}
	return p, nil
}

// read fills b. The error is io.EOF if there was nothing.
func (r *Reader) read(b []byte) error {
	n, err := io.ReadFull(r.r, b)
	r.off += int64(n)
	return err
}

// fail is the error for err having come up within a page.
func (r *Reader) fail(err error) error {
	if err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	return fmt.Errorf("%w in the page that begins at byte %d", err, r.page.Offset)
}

// Checksum returns the CRC-32 of a page, bytes 22 to 25 of which, where it
// stands, count as zero: polynomial 0x04C11DB7, most significant bit first, no
// inversion.
func Checksum(page []byte) uint32 {
	crc := update(0, page[:22])
	crc = update(crc, []byte{0, 0, 0, 0})
	return update(crc, page[26:])
}

func update(crc uint32, b []byte) uint32 {
	for _, v := range b {
		crc = crc<<8 ^ crcTable[byte(crc>>24)^v]
	}
	return crc
}

var crcTable = func() (table [256]uint32) {
	for i := range table {
		crc := uint32(i) << 24
		for range 8 {
			crc = crc<<1 ^ crc>>31*0x04C11DB7
		}
		table[i] = crc
	}
	return table
}()

// MaxPacket is the length of a packet that is taken for a mistake.
const MaxPacket = 32 << 20

// Packets puts the packets of one stream together.
type Packets struct {
	begun   []byte // a packet that goes on with the next page
	pending bool   // whether there is one
	joined  []byte // the last such packet that has ended
	ended   [][]byte
}

// Add takes the next page of the stream and returns the packets that end on it,
// valid until the next page is read. The end of a packet whose beginning has
// not been seen, as when a broadcast is joined, is dropped.
func (p *Packets) Add(page *Page) ([][]byte, error) {
	p.ended = p.ended[:0]
	if len(page.Lacing) == 0 {
		return nil, nil
	}
	if p.pending && !page.Continued {
		return nil, fmt.Errorf("%w: packet without an end before byte %d", ErrInvalid, page.Offset)
	}
	dropping := page.Continued && !p.pending
	body, size := page.Body, 0
	for _, n := range page.Lacing {
		size += int(n)
		if n == 255 {
			continue
		}
		packet := body[:size]
		if p.pending {
			packet = append(p.begun, packet...)
			p.begun, p.joined, p.pending = p.joined[:0], packet, false
		}
		if !dropping {
			p.ended = append(p.ended, packet)
		}
		dropping = false
		body, size = body[size:], 0
	}
	if k := len(page.Lacing); k > 0 && page.Lacing[k-1] == 255 && !dropping {
		p.begun, p.pending = append(p.begun, body...), true
		if len(p.begun) > MaxPacket {
			return nil, fmt.Errorf("%w: packet of more than %d MiB before byte %d", ErrInvalid, MaxPacket>>20, page.Offset)
		}
	}
	return p.ended, nil
}
