package flac

import (
	"errors"
	"fmt"
	"math/bits"
)

// readFrame reads
//
//	header, ending in its CRC-8
//	one subframe per channel
//	bits up to a byte boundary
//	16 bits  CRC-16 of all before
func (d *Decoder) readFrame() error {
	b := &d.bits
	blockSize, stereo, err := d.readHeader()
	if err != nil {
		return err
	}
	for c := range d.samples {
		if cap(d.samples[c]) < blockSize {
			d.samples[c] = make([]int64, blockSize)
		}
		d.samples[c] = d.samples[c][:blockSize]
		depth := d.BitDepth
		if stereo.side() == c {
			depth++
		}
		if err := d.readSubframe(d.samples[c], depth); err != nil {
			return fmt.Errorf("channel %d: %w", c+1, err)
		}
	}
	b.align()
	b.sumCRC(b.next())
	if sum := uint64(b.crc); sum != b.unsigned(16) && !d.ignoreCRC {
		return errors.New("frame with a wrong CRC-16")
	}
	stereo.undo(d.samples)
	return nil
}

// Sample rates and sample sizes by their codes in a frame header; 0 means that
// of the stream, -1 is reserved.
var (
	rateOfCode  = [...]int{0, 88200, 176400, 192000, 8000, 16000, 22050, 24000, 32000, 44100, 48000, 96000}
	depthOfCode = [...]int{0, 8, 12, -1, 16, 20, 24, 32}
)

// readHeader reads
//
//	15 bits  sync code 111111111111100
//	1        whether block sizes vary
//	4        block size
//	4        sample rate
//	4        channels
//	3        bits per sample
//	1        0
//	8-56     frame or sample number, in the manner of UTF-8
//	0-16     block size - 1, if its code says so
//	0-16     sample rate, if its code says so
//	8        CRC-8 of all before
//
// The number is not looked at. Rate, channels and bits must be the stream's.
func (d *Decoder) readHeader() (blockSize int, s stereo, err error) {
	var raw [16]byte
	n := 0
	next := func() int {
		raw[n] = byte(d.bits.unsigned(8))
		n++
		return int(raw[n-1])
	}
	if next() != 0xFF || next()&0xFE != 0xF8 {
		return 0, 0, errors.New("no frame where one should begin")
	}
	x := next()
	sizeCode, rateCode := x>>4, x&15
	x = next()
	channelCode, depthCode, reserved := x>>4, x>>1&7, x&1
	for more := bits.LeadingZeros8(^uint8(next())) - 1; more > 0 && n < 11; more-- {
		next()
	}
	switch {
	case sizeCode == 1:
		blockSize = 192
	case sizeCode <= 5:
		blockSize = 144 << sizeCode // not 0: see below
	case sizeCode == 6:
		blockSize = next() + 1
	case sizeCode == 7:
		blockSize = next()<<8 + next() + 1
	default:
		blockSize = 1 << sizeCode
	}
	rate := 0
	switch {
	case rateCode < len(rateOfCode):
		rate = rateOfCode[rateCode]
	case rateCode == 12:
		rate = next() * 1000
	case rateCode <= 14:
		rate = next()<<8 + next()
		if rateCode == 14 {
			rate *= 10
		}
	}
	channels := channelCode + 1
	if channelCode >= 8 {
		channels, s = 2, stereo(channelCode)
	}
	depth := depthOfCode[depthCode]

	switch sum := crc8(raw[:n]); {
	case int(sum) != next() && !d.ignoreCRC:
		return 0, 0, errors.New("frame header with a wrong CRC-8")
	case reserved != 0 || sizeCode == 0 || rateCode == 15 || channelCode > midSide || depth < 0:
		return 0, 0, errors.New("frame header with a reserved code")
	case rate != 0 && rate != d.SampleRate:
		return 0, 0, fmt.Errorf("sample rate changes from %d to %d", d.SampleRate, rate)
	case depth != 0 && depth != d.BitDepth:
		return 0, 0, fmt.Errorf("sample size changes from %d to %d bits", d.BitDepth, depth)
	case channels != d.Channels:
		return 0, 0, fmt.Errorf("number of channels changes from %d to %d", d.Channels, channels)
	}
	return blockSize, s, nil
}

// stereo says which of two channels are replaced by their difference.
type stereo int

const (
	leftSide  = 8
	sideRight = 9
	midSide   = 10
)

// side is the index of the channel that holds left - right, -1 if none does.
func (s stereo) side() int {
	switch s {
	case leftSide, midSide:
		return 1
	case sideRight:
		return 0
	}
	return -1
}

// undo restores left and right.
func (s stereo) undo(x [][]int64) {
	if s.side() < 0 {
		return
	}
	a, b := x[0], x[1][:len(x[0])]
	switch s {
	case leftSide:
		for i, left := range a {
			b[i] = left - b[i]
		}
	case sideRight:
		for i, right := range b {
			a[i] += right
		}
	case midSide:
		// mid lost the lowest bit of left + right, which is that of left - right.
		for i, side := range b {
			sum := a[i]<<1 | side&1
			a[i], b[i] = (sum+side)>>1, (sum-side)>>1
		}
	}
}
