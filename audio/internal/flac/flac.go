// Package flac decodes FLAC (RFC 9639) in sequence.
//
// It exists beside github.com/mewkiz/flac v1.0.14, which the tests use as an
// oracle, because that package writes to the standard logger for every frame of
// a 24 kHz recording, takes frames that leave the sample size to the header for
// frames of zero bits, knows no 32-bit samples, and needs more than three times as long.
package flac

import (
	"errors"
	"fmt"
	"io"
)

// ErrInvalid is wrapped by every error that is about the bytes, except
// io.ErrUnexpectedEOF.
var ErrInvalid = errors.New("invalid FLAC stream")

// A Decoder yields a stream frame by frame.
type Decoder struct {
	SampleRate int
	Channels   int
	BitDepth   int
	Frames     int64 // samples per channel in the whole stream, 0 if unknown

	bits    bitReader
	done    int64     // samples per channel decoded so far
	samples [][]int64 // of one frame; 64 bits because the difference of 32-bit channels takes 33
	coeffs  [32]int64

	ignoreCRC bool // set by fuzzing, which never gets checksums right
}

// NewDecoder reads the marker and the metadata.
func NewDecoder(r io.Reader) (*Decoder, error) {
	d := &Decoder{bits: bitReader{src: r}}
	if err := d.readMetadata(); err != nil {
		return nil, d.explain("metadata", err)
	}
	d.samples = make([][]int64, d.Channels)
	return d, nil
}

// explain is the error for err having come up in a part of the stream. That the
// source failed, or ended, outranks what it led to.
func (d *Decoder) explain(part string, err error) error {
	switch {
	case d.bits.err == io.EOF:
		return fmt.Errorf("%w in the %s", io.ErrUnexpectedEOF, part)
	case d.bits.err != nil:
		return d.bits.err
	}
	return fmt.Errorf("%w: %s: %w", ErrInvalid, part, err)
}

func (d *Decoder) readMetadata() error {
	b := &d.bits
	if b.unsigned(32) != 'f'<<24|'L'<<16|'a'<<8|'C' {
		return errors.New("no fLaC marker")
	}
	for first, last := true, false; !last; first = false {
		last = b.unsigned(1) == 1
		kind, length := b.unsigned(7), b.unsigned(24)
		if first {
			if kind != 0 || length < 34 {
				return errors.New("no stream information")
			}
			d.readStreamInfo()
			length -= 34
		} else if kind == 127 {
			return errors.New("metadata block of forbidden type 127")
		}
		for ; length > 0 && b.err == nil; length-- {
			b.unsigned(8)
		}
		if b.err != nil {
			return b.err
		}
	}
	if d.SampleRate == 0 || d.BitDepth < 4 {
		return fmt.Errorf("sample rate %d, %d bits", d.SampleRate, d.BitDepth)
	}
	return nil
}

// readStreamInfo reads
//
//	16+16 bits  least and greatest block size
//	24+24       least and greatest frame size
//	20          sample rate
//	3           channels - 1
//	5           bits per sample - 1
//	36          samples per channel, 0 if unknown
//	128         MD5 of the samples
func (d *Decoder) readStreamInfo() {
	b := &d.bits
	b.unsigned(32)
	b.unsigned(48)
	d.SampleRate = int(b.unsigned(20))
	d.Channels = int(b.unsigned(3)) + 1
	d.BitDepth = int(b.unsigned(5)) + 1
	d.Frames = int64(b.unsigned(36))
	for range 4 {
		b.unsigned(32)
	}
}

// Next decodes a frame and returns its samples, one slice per channel, valid
// until the next call. At the end the error is io.EOF.
func (d *Decoder) Next() ([][]int64, error) {
	b := &d.bits
	start := b.offset()
	if d.Frames > 0 && d.done == d.Frames {
		return nil, io.EOF // whatever follows, a tag perhaps, is not sound
	}
	if d.Frames > 0 && d.done > d.Frames {
		return nil, fmt.Errorf("%w: %d samples where %d were announced", ErrInvalid, d.done, d.Frames)
	}
	if !b.ask(1) && b.err == io.EOF {
		if d.Frames == 0 {
			return nil, io.EOF
		}
		return nil, fmt.Errorf("%w at sample %d of %d", io.ErrUnexpectedEOF, d.done, d.Frames)
	}
	if d.Frames == 0 && b.ask(24) {
		if tag := b.acc >> 40; tag == 'T'<<16|'A'<<8|'G' || tag == 'A'<<16|'P'<<8|'E' {
			return nil, io.EOF // an ID3v1 or APE tag
		}
	}
	b.startCRC()
	if err := d.readFrame(); err != nil || b.err != nil {
		return nil, d.explain(fmt.Sprintf("frame at byte %d", start), err)
	}
	d.done += int64(len(d.samples[0]))
	return d.samples, nil
}
