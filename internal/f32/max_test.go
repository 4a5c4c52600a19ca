package f32

import (
	"fmt"
	"math"
	"slices"
	"testing"
)

func TestMax(t *testing.T) {
	inf, nan := float32(math.Inf(1)), float32(math.NaN())
	negative := float32(math.Copysign(0, -1))
	special := []float32{0, negative, 1, -1, inf, -inf, math.MaxFloat32, math.SmallestNonzeroFloat32, nan, -nan}
	forms(t, func(t *testing.T) {
		for _, n := range lengths() {
			x, got := random(n+3, 1)[3:], random(n+5, 2)[5:]
			for i := range x {
				switch i % 3 {
				case 1:
					x[i] = special[i/3%len(special)]
				case 2:
					x[i] = special[i/3%len(special)]
					got[i] = special[i/3/len(special)%(len(special)-2)]
				}
			}
			want := slices.Clone(got)
			for i, v := range x {
				if v > want[i] {
					want[i] = v
				}
			}
			Max(got, x)
			for i := range want {
				if got[i] != want[i] {
					t.Fatalf("n=%d: value %d is %v, want %v", n, i, got[i], want[i])
				}
			}
		}
	})
}

// A kernel that wrote beyond its slice would do so unseen.
func TestMaxStaysInside(t *testing.T) {
	forms(t, func(t *testing.T) {
		for n := range 100 {
			dst, x := make([]float32, n+20), make([]float32, n+20)
			for i := range x {
				x[i] = 1
			}
			Max(dst[10:][:n], x[10:][:n])
			for i, v := range dst {
				if inside := i >= 10 && i < 10+n; inside != (v == 1) {
					t.Fatalf("n=%d: value %d is %v", n, i-10, v)
				}
			}
		}
	})
}

func TestMaxPanics(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("no panic at different lengths")
		}
	}()
	Max(make([]float32, 3), make([]float32, 4))
}

func BenchmarkMax(b *testing.B) {
	for _, n := range []int{80, 1025} {
		dst, x := random(n, 1), random(n, 2)
		run := func(name string) {
			b.Run(fmt.Sprintf("%s/%d", name, n), func(b *testing.B) {
				b.SetBytes(4 * int64(n))
				for range b.N {
					Max(dst, x)
				}
			})
		}
		if useAVX2 {
			run("AVX2")
		}
		restore := DisableAsm()
		run("Go")
		restore()
	}
}
