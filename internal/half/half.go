// Package half converts between float32 and the two floating-point formats of 16 bits.
package half

import "math"

// Float16Value expands an IEEE 754 binary16 value exactly: 1 sign bit, 5 bits of
// exponent with bias 15, 10 bits of mantissa.
func Float16Value(h uint16) float32 {
	sign := uint32(h&0x8000) << 16
	rest := uint32(h & 0x7fff)
	switch {
	case rest >= 0x7c01: // NaN, made quiet
		return math.Float32frombits(sign | 0x7fc00000 | rest<<13)
	case rest == 0x7c00:
		return math.Float32frombits(sign | 0x7f800000)
	case rest < 0x0400: // zero or subnormal: a multiple of 2⁻²⁴
		return math.Float32frombits(sign | math.Float32bits(float32(rest)*0x1p-24))
	}
	return math.Float32frombits(sign | (rest<<13 + (127-15)<<23))
}

// Float16Bits rounds to the nearest binary16 value, to the even one of two.
func Float16Bits(v float32) uint16 {
	const smallest, largest = 0x38800000, 0x477ff000 // 2⁻¹⁴; 65520, which is rounded up to infinity
	bits := math.Float32bits(v)
	if rest := bits & 0x7fffffff; rest-smallest < largest-smallest {
		return uint16(bits>>16&0x8000 | ((rest+0xfff+rest>>13&1)>>13 - (127-15)<<10))
	}
	return float16Extreme(bits)
}

// float16Extreme is for values that are no normal binary16 values.
func float16Extreme(bits uint32) uint16 {
	sign, rest := uint16(bits>>16&0x8000), bits&0x7fffffff
	switch {
	case rest > 0x7f800000: // NaN, made quiet
		return sign | 0x7e00 | uint16(rest>>13&0x3ff)
	case rest >= 0x38800000:
		return sign | 0x7c00
	}
	// A multiple of 2⁻²⁴.
	return sign | uint16(math.RoundToEven(float64(math.Float32frombits(rest))*0x1p24))
}

// BFloat16Value expands the upper half of a float32.
func BFloat16Value(h uint16) float32 { return math.Float32frombits(uint32(h) << 16) }

// BFloat16Bits rounds to the nearest upper half of a float32, to the even one of
// two.
func BFloat16Bits(v float32) uint16 {
	bits := math.Float32bits(v)
	if bits&0x7fffffff > 0x7f800000 {
		return uint16(bits>>16) | 0x40 // NaN, made quiet
	}
	return uint16((bits + 0x7fff + bits>>16&1) >> 16)
}
