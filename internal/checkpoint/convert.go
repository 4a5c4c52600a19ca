package checkpoint

import (
	"encoding/binary"
	"fmt"
	"math"
	"unsafe"

	"github.com/soundspace/soundspace/internal/half"
)

// littleEndian tells whether this machine keeps numbers as the files do.
var littleEndian = binary.NativeEndian.Uint16([]byte{1, 0}) == 1

// floatView returns the memory of little-endian float32 as such, if it can.
func floatView(b []byte) ([]float32, bool) {
	p := unsafe.Pointer(unsafe.SliceData(b))
	if !littleEndian || len(b) == 0 || uintptr(p)%4 != 0 {
		return nil, false
	}
	return unsafe.Slice((*float32)(p), len(b)/4), true
}

// floatBytes returns values as little-endian bytes: their own memory if it can.
func floatBytes(values []float32) []byte {
	if littleEndian {
		return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(values))), 4*len(values))
	}
	b := make([]byte, 0, 4*len(values))
	for _, v := range values {
		b = binary.LittleEndian.AppendUint32(b, math.Float32bits(v))
	}
	return b
}

// toFloats converts len(dst) elements.
func toFloats(dst []float32, src []byte, d DType) {
	src = src[:len(dst)*d.Size()]
	le := binary.LittleEndian
	switch d {
	case Float32:
		if littleEndian {
			copy(floatBytes(dst), src)
			break
		}
		for i := range dst {
			dst[i] = math.Float32frombits(le.Uint32(src[4*i:]))
		}
	case Float64:
		for i := range dst {
			dst[i] = float32(math.Float64frombits(le.Uint64(src[8*i:])))
		}
	case Float16:
		for i := range dst {
			dst[i] = half.Float16Value(le.Uint16(src[2*i:]))
		}
	case BFloat16:
		for i := range dst {
			dst[i] = half.BFloat16Value(le.Uint16(src[2*i:]))
		}
	case Float8E4M3:
		for i, b := range src {
			dst[i] = fromFloat8E4M3(b)
		}
	case Float8E5M2:
		for i, b := range src {
			dst[i] = half.Float16Value(uint16(b) << 8) // the upper half of a binary16
		}
	case Uint64:
		for i := range dst {
			dst[i] = float32(le.Uint64(src[8*i:]))
		}
	default:
		var ints [256]int64
		size := d.Size()
		for len(dst) > 0 {
			n := min(len(ints), len(dst))
			toInts(ints[:n], src, d)
			for i, v := range ints[:n] {
				dst[i] = float32(v)
			}
			dst, src = dst[n:], src[n*size:]
		}
	}
}

// toInts converts len(dst) elements.
func toInts(dst []int64, src []byte, d DType) {
	le := binary.LittleEndian
	switch d {
	case Int64:
		for i := range dst {
			dst[i] = int64(le.Uint64(src[8*i:]))
		}
	case Int32:
		for i := range dst {
			dst[i] = int64(int32(le.Uint32(src[4*i:])))
		}
	case Int16:
		for i := range dst {
			dst[i] = int64(int16(le.Uint16(src[2*i:])))
		}
	case Int8:
		for i := range dst {
			dst[i] = int64(int8(src[i]))
		}
	case Uint32:
		for i := range dst {
			dst[i] = int64(le.Uint32(src[4*i:]))
		}
	case Uint16:
		for i := range dst {
			dst[i] = int64(le.Uint16(src[2*i:]))
		}
	case Uint8:
		for i := range dst {
			dst[i] = int64(src[i])
		}
	case Bool:
		for i := range dst {
			dst[i] = 0
			if src[i] != 0 {
				dst[i] = 1
			}
		}
	default:
		panic(fmt.Sprintf("checkpoint: Ints of a tensor of type %v", d))
	}
}

// fromFloat8E4M3 converts four bits of exponent of bias 7 and three of fraction.
// All ones are NaN; there are no infinities.
func fromFloat8E4M3(b byte) float32 {
	sign := uint32(b&0x80) << 24
	if b&0x7f == 0x7f {
		return math.Float32frombits(sign | 0x7fc00000)
	}
	v := math.Float32frombits(uint32(b&0x7f)<<20) * 0x1p120
	return math.Float32frombits(sign | math.Float32bits(v))
}
