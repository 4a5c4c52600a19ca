package mp3frame

// Bits go from the most significant of a byte to the least, as everywhere in
// MPEG audio.

// bitReader takes numbers from the front of b. The caller sees to it that
// they are there.
type bitReader struct {
	b   []byte
	pos int
}

// take returns the next n <= 25 bits.
func (r *bitReader) take(n int) int {
	v := uint64(0)
	first, end := r.pos>>3, (r.pos+n+7)>>3
	for _, x := range r.b[first:end] {
		v = v<<8 | uint64(x)
	}
	v >>= uint(8*end - r.pos - n)
	r.pos += n
	return int(v & (1<<uint(n) - 1))
}

// bitWriter puts numbers to the front of b, which is zero.
type bitWriter struct {
	b   []byte
	pos int
}

// put writes the low n <= 25 bits of v.
func (w *bitWriter) put(v, n int) {
	first, end := w.pos>>3, (w.pos+n+7)>>3
	x := uint64(v) << uint(8*end-w.pos-n)
	for i := end - 1; i >= first; i-- {
		w.b[i] |= byte(x)
		x >>= 8
	}
	w.pos += n
}

// AppendBits adds n bits of src, from bit srcBit on, to the bitPos bits that
// are in dst, and returns dst and its new length in bits. The last byte of dst
// is filled with zeros.
func AppendBits(dst []byte, bitPos int, src []byte, srcBit, n int) ([]byte, int) {
	r := bitReader{src, srcBit}
	for n > 0 {
		if bitPos&7 == 0 && r.pos&7 == 0 { // whole bytes
			first, whole := r.pos>>3, n>>3
			dst = append(dst, src[first:first+whole]...)
			bitPos, r.pos, n = bitPos+8*whole, r.pos+8*whole, n&7
			if n == 0 {
				break
			}
		}
		k := min(8-bitPos&7, n) // what the last byte of dst has room for
		if bitPos&7 == 0 {
			dst = append(dst, 0)
		}
		dst[len(dst)-1] |= byte(r.take(k) << uint(8-bitPos&7-k))
		bitPos += k
		n -= k
	}
	return dst, bitPos
}

// AppendOnes adds n one bits in the same way.
func AppendOnes(dst []byte, bitPos, n int) ([]byte, int) {
	ones := [...]byte{255, 255, 255, 255}
	for n > 0 {
		k := min(n, 8*len(ones))
		dst, bitPos = AppendBits(dst, bitPos, ones[:], 0, k)
		n -= k
	}
	return dst, bitPos
}
