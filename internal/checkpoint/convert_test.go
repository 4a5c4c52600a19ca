package checkpoint

import (
	"encoding/binary"
	"math"
	"testing"
)

// small returns the value of a binary floating point number by the definition of
// IEEE 754: sign, exponent and fraction of the given widths.
func small(bits, exponent, fraction int) float64 {
	sign := 1 - 2*float64(bits>>(exponent+fraction)&1)
	e, m := bits>>fraction&(1<<exponent-1), float64(bits&(1<<fraction-1))/float64(int(1)<<fraction)
	bias := 1<<(exponent-1) - 1
	switch {
	case e == 0:
		return sign * math.Ldexp(m, 1-bias)
	case e == 1<<exponent-1 && m == 0:
		return math.Inf(int(sign))
	case e == 1<<exponent-1:
		return math.NaN()
	}
	return sign * math.Ldexp(1+m, e-bias)
}

func same(x float32, y float64) bool {
	return math.IsNaN(float64(x)) && math.IsNaN(y) || float64(x) == y && math.Signbit(float64(x)) == math.Signbit(y)
}

func TestSmallFloats(t *testing.T) {
	var src [2]byte
	var dst [1]float32
	for i := range 1 << 16 {
		binary.LittleEndian.PutUint16(src[:], uint16(i))
		toFloats(dst[:], src[:], Float16)
		if want := small(i, 5, 10); !same(dst[0], want) {
			t.Fatalf("float16 %#04x is %v, expected %v", i, dst[0], want)
		}
		toFloats(dst[:], src[:], BFloat16)
		if want := small(i, 8, 7); !same(dst[0], want) {
			t.Fatalf("bfloat16 %#04x is %v, expected %v", i, dst[0], want)
		}
	}
	for i := range 1 << 8 {
		toFloats(dst[:], []byte{byte(i)}, Float8E5M2)
		if want := small(i, 5, 2); !same(dst[0], want) {
			t.Fatalf("float8_e5m2 %#02x is %v, expected %v", i, dst[0], want)
		}
		toFloats(dst[:], []byte{byte(i)}, Float8E4M3)
		want := small(i, 4, 3)
		if i&0x78 == 0x78 { // what would be infinities and NaN is 256 and more
			want = math.Ldexp(1+float64(i&7)/8, 8) * (1 - 2*float64(i>>7))
		}
		if i&0x7f == 0x7f {
			want = math.NaN()
		}
		if !same(dst[0], want) {
			t.Fatalf("float8_e4m3fn %#02x is %v, expected %v", i, dst[0], want)
		}
	}
}

// Wide types are rounded once, to the nearest, ties to even.
func TestRounding(t *testing.T) {
	dst := make([]float32, 1)
	convert := func(bits uint64, d DType) float32 {
		toFloats(dst, binary.LittleEndian.AppendUint64(nil, bits), d)
		return dst[0]
	}
	for _, c := range []struct{ x, want float64 }{
		{1 + 0x1p-24, 1}, {1 + 3*0x1p-24, 1 + 0x1p-22}, {1 + 0x1p-24 + 0x1p-50, 1 + 0x1p-23},
		{0x1p-150, 0}, {0x1.8p-149, 0x1p-148}, {1e300, math.Inf(1)}, {math.NaN(), math.NaN()}, {math.Copysign(0, -1), math.Copysign(0, -1)},
	} {
		if got := convert(math.Float64bits(c.x), Float64); !same(got, c.want) {
			t.Errorf("float64 %v becomes %v, expected %v", c.x, got, c.want)
		}
	}
	// Rounded to float64 first, 2⁵³+2²⁹+1 would be a tie and go down to 2⁵³.
	for _, c := range []struct {
		x    int64
		want float32
	}{{1<<53 + 1<<29 + 1, 1<<53 + 1<<30}, {-(1<<53 + 1<<29 + 1), -(1<<53 + 1<<30)}, {math.MaxInt64, 1 << 63}, {math.MinInt64, -1 << 63}} {
		if got := convert(uint64(c.x), Int64); got != c.want {
			t.Errorf("int64 %d becomes %v, expected %v", c.x, got, c.want)
		}
	}
	if got := convert(1<<63+1<<39+1, Uint64); got != 1<<63+1<<40 {
		t.Errorf("uint64 becomes %v", got)
	}
}

func BenchmarkConvert(b *testing.B) {
	const n = 1 << 20
	dst := make([]float32, n)
	src := make([]byte, 8*n)
	for i := range src {
		src[i] = byte(i * 7)
	}
	for d := Float32; int(d) < dtypes; d++ {
		b.Run(d.String(), func(b *testing.B) {
			b.SetBytes(4 * n)
			for b.Loop() {
				toFloats(dst, src, d)
			}
		})
	}
}
