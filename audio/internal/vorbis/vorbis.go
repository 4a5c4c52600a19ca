// Package vorbis decodes the packets of a Vorbis I stream with
// github.com/jfreymuth/vorbis v1.0.2, and keeps from that package what it
// cannot stand.
//
// It takes the headers it reads for valid: an empty code makes it loop without
// end, a codebook of no entries or a comment header of many comments makes it
// allocate gigabytes, and references out of range make it panic. So the setup
// header is checked here first, against the specification
// (https://xiph.org/vorbis/doc/Vorbis_I_spec.html) and against what the package
// gets wrong, and the comment header is not shown to it.
package vorbis

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/jfreymuth/vorbis"
)

var (
	// ErrInvalid is wrapped by errors about packets that break the rules.
	ErrInvalid = errors.New("invalid Vorbis stream")
	// ErrUnsupported is wrapped by errors about streams that keep the rules but
	// would not be decoded right.
	ErrUnsupported = errors.New("unsupported kind of Vorbis stream")
)

// A Decoder decodes packets.
type Decoder struct {
	SampleRate int
	Channels   int

	dec       vorbis.Decoder
	blockSize [2]int
	long      []bool // of each mode, whether its block is the long one
	previous  int    // block size of the last packet, 0 before the first
	buf       []float32
}

// IsIdentification reports whether packet is an identification header, with
// which a stream begins.
func IsIdentification(packet []byte) bool { return isHeader(packet, 1) }

func isHeader(packet []byte, kind byte) bool {
	return len(packet) >= 7 && packet[0] == kind && string(packet[1:7]) == "vorbis"
}

// NewDecoder returns the decoder for a stream with these headers. They are the
// first packet and the third.
func NewDecoder(identification, setup []byte) (*Decoder, error) {
	d := &Decoder{}
	if err := d.identify(identification); err != nil {
		return nil, err
	}
	if !isHeader(setup, 5) {
		return nil, fmt.Errorf("%w: no setup header", ErrInvalid)
	}
	s := setupChecker{bits: bitReader{data: setup[7:]}, channels: d.Channels, blockSize: d.blockSize}
	if err := s.check(); err != nil {
		return nil, err
	}
	d.long = s.long
	err := d.dec.ReadHeader(identification)
	if err == nil {
		err = d.dec.ReadHeader(append([]byte("\x05vorbis"), s.withClasses(setup[7:])...))
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUnsupported, err)
	}
	d.buf = make([]float32, d.dec.BufferSize())
	return d, nil
}

// identify reads
//
//	7 bytes  \x01vorbis
//	4        version, 0
//	1        channels
//	4        sample rate
//	12       bit rates
//	1        logarithms of the short and (upper half) the long block size
//	1        1
func (d *Decoder) identify(b []byte) error {
	if !IsIdentification(b) || len(b) < 30 {
		return fmt.Errorf("%w: no identification header", ErrInvalid)
	}
	version, rate := binary.LittleEndian.Uint32(b[7:]), binary.LittleEndian.Uint32(b[12:])
	short, long := b[28]&15, b[28]>>4
	d.Channels = int(b[11])
	d.SampleRate = int(rate)
	d.blockSize = [2]int{1 << short, 1 << long}
	if version != 0 || d.Channels == 0 || rate == 0 || rate > 1<<31-1 || short < 6 || long < short || long > 13 || b[29]&1 == 0 {
		return fmt.Errorf("%w: version %d, %d channels, %d Hz, blocks of 2^%d and 2^%d", ErrInvalid, version, d.Channels, rate, short, long)
	}
	return nil
}

// IsAudio reports whether packet is sound, and not empty or a header.
func IsAudio(packet []byte) bool { return len(packet) > 0 && packet[0]&1 == 0 }

// block returns the size of an audio packet's block.
func (d *Decoder) block(packet []byte) (int, error) {
	mode := int(packet[0]>>1) & (1<<ilog(len(d.long)-1) - 1)
	if mode >= len(d.long) {
		return 0, fmt.Errorf("%w: packet of mode %d, of %d", ErrInvalid, mode, len(d.long))
	}
	if d.long[mode] {
		return d.blockSize[1], nil
	}
	return d.blockSize[0], nil
}

// Frames returns how many frames the audio packets will give when they are the
// next to be decoded: each overlaps with the one before it, so that a quarter of
// either block is done. It counts up to a packet that cannot be decoded.
func (d *Decoder) Frames(packets [][]byte) (frames int) {
	previous := d.previous
	for _, packet := range packets {
		if !IsAudio(packet) {
			continue
		}
		size, err := d.block(packet)
		if err != nil {
			break
		}
		if previous > 0 {
			frames += (previous + size) / 4
		}
		previous = size
	}
	return frames
}

// Decode decodes an audio packet. The samples, of all channels in turn, are
// valid until the next call.
func (d *Decoder) Decode(packet []byte) (samples []float32, err error) {
	size, err := d.block(packet)
	if err != nil {
		return nil, err
	}
	d.previous = size
	// The package indexes its tables and buffers with what it reads from the
	// packet, which TestDamagedSetup makes it do out of range.
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("%w: undecodable packet: %v", ErrInvalid, r)
		}
	}()
	samples, err = d.dec.DecodeInto(packet, d.buf)
	if err != nil {
		err = fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	return samples, err
}
