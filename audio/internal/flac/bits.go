package flac

import (
	"encoding/binary"
	"io"
	"math/bits"
)

// bitReader reads big-endian bit fields and sums the CRC-16 of the bytes they
// came from. It reads no further ahead than one Read of src gives, and calls
// Read only when it needs a bit it does not have, so that a live stream is
// decoded as it arrives.
//
// A failing src shows in err; from then on every field is zero.
type bitReader struct {
	src io.Reader
	err error

	// acc holds the next n bits at its top. The bits under them are those that
	// follow in buf or zero, so that refilling may or them in once more.
	acc uint64
	n   uint

	buf      [16 << 10]byte
	pos, end int   // buf[pos:end] is not in acc yet
	base     int64 // where buf[0] is in the stream
	srcErr   error // becomes err when buf is used up

	crc    uint16 // of the bytes from the last startCRC to buf[crcPos]
	crcPos int
}

// offset is where in the stream the next whole unread byte is.
func (b *bitReader) offset() int64 { return b.base + int64(b.next()) }

// next is the index in buf of the next whole unread byte.
func (b *bitReader) next() int { return b.pos - int(b.n/8) }

// fill reads more bytes once buf is used up, keeping those that are in acc.
func (b *bitReader) fill() {
	keep := b.next()
	b.sumCRC(keep)
	copy(b.buf[:], b.buf[keep:b.pos])
	b.base += int64(keep)
	b.pos -= keep
	b.end = b.pos
	b.crcPos = 0
	for try := 0; b.end == b.pos && b.err == nil; try++ {
		b.err = b.srcErr
		if try == 100 {
			b.err = io.ErrNoProgress
		}
		if b.err == nil {
			var n int
			n, b.srcErr = b.src.Read(b.buf[b.pos:])
			b.end += n
		}
	}
}

// ask brings at least k <= 56 bits into acc, if the stream has them.
func (b *bitReader) ask(k uint) bool {
	for b.n < k {
		switch {
		case b.end-b.pos >= 8:
			b.refill()
		case b.pos < b.end:
			b.acc |= uint64(b.buf[b.pos]) << (56 - b.n)
			b.pos++
			b.n += 8
		case b.err != nil:
			return false
		default:
			b.fill()
		}
	}
	return true
}

// refill fills acc from the next eight bytes of buf.
func (b *bitReader) refill() {
	b.acc |= binary.BigEndian.Uint64(b.buf[b.pos:]) >> b.n
	whole := (63 - b.n) / 8
	b.pos += int(whole)
	b.n += 8 * whole
}

// unsigned reads k <= 56 bits.
func (b *bitReader) unsigned(k uint) uint64 {
	if b.n < k && !b.ask(k) {
		return 0
	}
	x := b.acc >> (64 - k)
	b.acc <<= k
	b.n -= k
	return x
}

// signed reads k <= 56 bits of two's complement.
func (b *bitReader) signed(k uint) int64 {
	shift := 64 - k
	return int64(b.unsigned(k)<<shift) >> shift
}

// unary counts the zeros before the next one and skips both.
func (b *bitReader) unary() (zeros uint64) {
	for b.ask(1) {
		z := uint(bits.LeadingZeros64(b.acc))
		if z < b.n {
			b.acc <<= z + 1
			b.n -= z + 1
			return zeros + uint64(z)
		}
		zeros += uint64(b.n)
		b.acc, b.n = 0, 0
	}
	return 0
}

// rice reads len(dst) Rice codes with k low bits each, zigzag mapped to signed
// numbers: 0, -1, 1, -2 …
func (b *bitReader) rice(dst []int64, k uint) {
	acc, n := b.acc, b.n // kept in registers
	for i := range dst {
		var u uint64
		zeros := uint(bits.LeadingZeros64(acc))
		if used := zeros + 1 + k; used <= n {
			acc <<= zeros + 1
			u = uint64(zeros)<<k | acc>>(64-k)
			acc <<= k
			n -= used
		} else {
			b.acc, b.n = acc, n
			u = b.unary()<<k | b.unsigned(k)
			if b.end-b.pos >= 8 {
				b.refill()
			}
			acc, n = b.acc, b.n
		}
		dst[i] = int64(u>>1) ^ -int64(u&1)
	}
	b.acc, b.n = acc, n
}

// align drops the bits up to the next byte boundary.
func (b *bitReader) align() {
	b.acc <<= b.n % 8
	b.n -= b.n % 8
}

// startCRC makes the next byte the first of the sum; sumCRC adds those up to
// buf[end].
func (b *bitReader) startCRC() {
	b.crc = 0
	b.crcPos = b.next()
}

func (b *bitReader) sumCRC(end int) {
	crc := b.crc
	p := b.buf[b.crcPos:end]
	for ; len(p) >= 8; p = p[8:] {
		x := binary.BigEndian.Uint64(p) ^ uint64(crc)<<48
		crc = crc16Table[7][x>>56] ^ crc16Table[6][x>>48&255] ^ crc16Table[5][x>>40&255] ^ crc16Table[4][x>>32&255] ^
			crc16Table[3][x>>24&255] ^ crc16Table[2][x>>16&255] ^ crc16Table[1][x>>8&255] ^ crc16Table[0][x&255]
	}
	for _, v := range p {
		crc = crc<<8 ^ crc16Table[0][byte(crc>>8)^v]
	}
	b.crc = crc
	b.crcPos = end
}

// crc16Table[k][v] is the sum of the byte v and k zero bytes, for the polynomial
// x^16 + x^15 + x^2 + 1, most significant bit first.
var crc16Table = func() (table [8][256]uint16) {
	for v := range 256 {
		crc := uint16(v) << 8
		for k := range table {
			for range 8 {
				crc = crc<<1 ^ crc>>15*0x8005
			}
			table[k][v] = crc
		}
	}
	return table
}()

// crc8 is for the polynomial x^8 + x^2 + x + 1, most significant bit first.
func crc8(p []byte) (crc byte) {
	for _, v := range p {
		crc ^= v
		for range 8 {
			crc = crc<<1 ^ crc>>7*0x07
		}
	}
	return crc
}
