package f32

import "encoding/binary"

// FromInt16LE sets dst to the 16-bit little-endian integers at src[0],
// src[stride] …, divided by 32768. The stride must be positive. It panics if src
// is too short.
func FromInt16LE(dst []float32, src []byte, stride int) {
	if len(dst) == 0 {
		return
	}
	_ = src[(len(dst)-1)*stride+1]
	if n := min(len(dst), len(src)/stride) &^ 7; useAVX2 && n > 0 {
		switch stride {
		case 2:
			int16AVX2(&dst[0], &src[0], n)
			dst, src = dst[n:], src[2*n:]
		case 4:
			int16PairsAVX2(&dst[0], &src[0], n)
			dst, src = dst[n:], src[4*n:]
		}
	}
	for i, at := 0, 0; i < len(dst); i, at = i+1, at+stride {
		b := src[at : at+2 : at+2]
		dst[i] = float32(int16(binary.LittleEndian.Uint16(b))) * (1.0 / 32768)
	}
}
