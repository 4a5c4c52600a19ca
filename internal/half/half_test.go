package half

import (
	"math"
	"testing"
)

// All 16-bit values against their definition.
func TestHalf(t *testing.T) {
	for h := range 1 << 16 {
		exponent, mantissa := h>>10&31, float64(h&1023)
		want := (1024 + mantissa) * math.Exp2(float64(exponent-25))
		switch exponent {
		case 0:
			want = mantissa * 0x1p-24
		case 31:
			want = math.Inf(1)
			if mantissa != 0 {
				want = math.NaN()
			}
		}
		if h >= 1<<15 {
			want = math.Copysign(want, -1)
		}
		v := Float16Value(uint16(h))
		if float64(v) != want && (v == v || want == want) || math.Signbit(float64(v)) != (h >= 1<<15) {
			t.Fatalf("binary16 %04x is %v, not %v", h, v, want)
		}
		if v == v && Float16Bits(v) != uint16(h) {
			t.Fatalf("binary16 %04x becomes %04x", h, Float16Bits(v))
		}
		if b := BFloat16Value(uint16(h)); b == b && BFloat16Bits(b) != uint16(h) {
			t.Fatalf("bfloat16 %04x becomes %04x", h, BFloat16Bits(b))
		}
	}
	nan := float32(math.NaN())
	if v := Float16Value(Float16Bits(nan)); v == v {
		t.Fatal("NaN is lost in binary16")
	}
	if v := BFloat16Value(BFloat16Bits(math.Float32frombits(0x7f800001))); v == v {
		t.Fatal("NaN is lost in bfloat16")
	}
	// Halfway cases, to the even neighbour, and what is just beyond them.
	for h := range uint16(0x7bff) {
		low, high := float64(Float16Value(h)), float64(Float16Value(h+1))
		half := float32((low + high) / 2)
		for _, test := range []struct {
			v    float32
			want uint16
		}{
			{half, h + h&1},
			{math.Nextafter32(half, 0), h},
			{math.Nextafter32(half, 1e6), h + 1},
		} {
			if got := Float16Bits(test.v); got != test.want {
				t.Fatalf("%v becomes %04x, not %04x", test.v, got, test.want)
			}
			if got := Float16Bits(-test.v); got != test.want|0x8000 {
				t.Fatalf("%v becomes %04x, not %04x", -test.v, got, test.want|0x8000)
			}
		}
	}
	for _, test := range []struct {
		v    float32
		want uint16
	}{{65504, 0x7bff}, {65519.996, 0x7bff}, {65520, 0x7c00}, {1e38, 0x7c00}, {1e-30, 0}} {
		if got := Float16Bits(test.v); got != test.want {
			t.Fatalf("%v becomes %04x, not %04x", test.v, got, test.want)
		}
	}
}
