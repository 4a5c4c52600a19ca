package audio

import (
	"encoding/binary"
	"math"

	"github.com/soundspace/soundspace/internal/f32"
)

// A conversion sets dst to the samples at src[0], src[stride] ….
type conversion func(dst []float32, src []byte, stride int)

// pcmConversion returns the conversion, and ffmpeg's name, of a coding, or nil.
func pcmConversion(tag uint16, width int, bigEndian bool) (string, conversion) {
	order := "le"
	if bigEndian {
		order = "be"
	}
	choose := func(name string, little, big conversion) (string, conversion) {
		if bigEndian {
			return name + order, big
		}
		return name + order, little
	}
	type coding struct {
		tag   uint16
		width int
	}
	switch (coding{tag, width}) {
	case coding{tagPCM, 1}:
		return "pcm_u8", fromUint8
	case coding{tagPCM, 2}:
		return choose("pcm_s16", f32.FromInt16LE, fromInt16BE)
	case coding{tagPCM, 3}:
		return choose("pcm_s24", fromInt24LE, fromInt24BE)
	case coding{tagPCM, 4}:
		return choose("pcm_s32", fromInt32LE, fromInt32BE)
	case coding{tagFloat, 4}:
		return choose("pcm_f32", fromFloat32LE, fromFloat32BE)
	case coding{tagFloat, 8}:
		return choose("pcm_f64", fromFloat64LE, fromFloat64BE)
	case coding{tagALaw, 1}:
		return "pcm_alaw", fromALaw
	case coding{tagMuLaw, 1}:
		return "pcm_mulaw", fromMuLaw
	}
	return "", nil
}

func fromUint8(dst []float32, src []byte, stride int) {
	for i, at := 0, 0; i < len(dst); i, at = i+1, at+stride {
		dst[i] = float32(int(src[at])-128) * (1.0 / 128)
	}
}

func fromInt16BE(dst []float32, src []byte, stride int) {
	for i, at := 0, 0; i < len(dst); i, at = i+1, at+stride {
		b := src[at : at+2 : at+2]
		dst[i] = float32(int16(binary.BigEndian.Uint16(b))) * (1.0 / 32768)
	}
}

// A sample of 24 bits is made the upper part of one of 32.

func fromInt24LE(dst []float32, src []byte, stride int) {
	for i, at := 0, 0; i < len(dst); i, at = i+1, at+stride {
		b := src[at : at+3 : at+3]
		dst[i] = float32(int32(uint32(b[0])<<8|uint32(b[1])<<16|uint32(b[2])<<24)) * (1.0 / (1 << 31))
	}
}

func fromInt24BE(dst []float32, src []byte, stride int) {
	for i, at := 0, 0; i < len(dst); i, at = i+1, at+stride {
		b := src[at : at+3 : at+3]
		dst[i] = float32(int32(uint32(b[2])<<8|uint32(b[1])<<16|uint32(b[0])<<24)) * (1.0 / (1 << 31))
	}
}

func fromInt32LE(dst []float32, src []byte, stride int) {
	for i, at := 0, 0; i < len(dst); i, at = i+1, at+stride {
		b := src[at : at+4 : at+4]
		dst[i] = float32(int32(binary.LittleEndian.Uint32(b))) * (1.0 / (1 << 31))
	}
}

func fromInt32BE(dst []float32, src []byte, stride int) {
	for i, at := 0, 0; i < len(dst); i, at = i+1, at+stride {
		b := src[at : at+4 : at+4]
		dst[i] = float32(int32(binary.BigEndian.Uint32(b))) * (1.0 / (1 << 31))
	}
}

func fromFloat32LE(dst []float32, src []byte, stride int) {
	for i, at := 0, 0; i < len(dst); i, at = i+1, at+stride {
		b := src[at : at+4 : at+4]
		dst[i] = math.Float32frombits(binary.LittleEndian.Uint32(b))
	}
}

func fromFloat32BE(dst []float32, src []byte, stride int) {
	for i, at := 0, 0; i < len(dst); i, at = i+1, at+stride {
		b := src[at : at+4 : at+4]
		dst[i] = math.Float32frombits(binary.BigEndian.Uint32(b))
	}
}

func fromFloat64LE(dst []float32, src []byte, stride int) {
	for i, at := 0, 0; i < len(dst); i, at = i+1, at+stride {
		b := src[at : at+8 : at+8]
		dst[i] = float32(math.Float64frombits(binary.LittleEndian.Uint64(b)))
	}
}

func fromFloat64BE(dst []float32, src []byte, stride int) {
	for i, at := 0, 0; i < len(dst); i, at = i+1, at+stride {
		b := src[at : at+8 : at+8]
		dst[i] = float32(math.Float64frombits(binary.BigEndian.Uint64(b)))
	}
}

func fromALaw(dst []float32, src []byte, stride int) {
	for i, at := 0, 0; i < len(dst); i, at = i+1, at+stride {
		dst[i] = aLaw[src[at]]
	}
}

func fromMuLaw(dst []float32, src []byte, stride int) {
	for i, at := 0, 0; i < len(dst); i, at = i+1, at+stride {
		dst[i] = muLaw[src[at]]
	}
}

// The tables of ITU-T G.711. A code is a sign, an exponent of three bits and a
// mantissa of four; a set sign bit means plus. In A-law every other bit is
// inverted, in µ-law all are.
var (
	aLaw = g711(0x55, func(exponent, mantissa int) int {
		if exponent == 0 {
			return mantissa<<4 + 8
		}
		return (mantissa<<4 + 0x108) << (exponent - 1)
	})
	muLaw = g711(0x7F, func(exponent, mantissa int) int {
		return (mantissa<<3+0x84)<<exponent - 0x84
	})
)

func g711(inverted int, magnitude func(exponent, mantissa int) int) (table [256]float32) {
	for code := range table {
		v := code ^ inverted
		m := float32(magnitude(v>>4&7, v&15)) / 32768
		if v&0x80 == 0 {
			m = -m
		}
		table[code] = m
	}
	return table
}
