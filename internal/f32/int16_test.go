package f32

import (
	"encoding/binary"
	"fmt"
	"testing"
)

// All 65536 integers, from every offset in a frame of up to six channels.
func TestFromInt16LE(t *testing.T) {
	src := make([]byte, 2*65536)
	for i := range 65536 {
		binary.LittleEndian.PutUint16(src[2*i:], uint16(i))
	}
	forms(t, func(t *testing.T) {
		for _, stride := range []int{2, 4, 6, 12} {
			for offset := 0; offset < stride; offset += 2 {
				dst := make([]float32, len(src)/stride)
				FromInt16LE(dst, src[offset:], stride)
				for i, got := range dst {
					if want := float32(int16((offset+i*stride)/2)) / 32768; got != want {
						t.Fatalf("stride %d, offset %d: value %d is %v, want %v", stride, offset, i, got, want)
					}
				}
			}
		}
	})
}

// The last value may end the slice, without the rest of its frame.
func TestFromInt16LELengths(t *testing.T) {
	src := make([]byte, 400)
	for i := range src {
		src[i] = byte(i*i + 1)
	}
	forms(t, func(t *testing.T) {
		for n := range 60 {
			for _, stride := range []int{2, 4, 6} {
				dst := make([]float32, n+8)
				tight := src[:max(0, (n-1)*stride+2):max(0, (n-1)*stride+2)]
				FromInt16LE(dst[:n], tight, stride)
				for i, got := range dst {
					want := float32(0)
					if i < n {
						want = float32(int16(binary.LittleEndian.Uint16(src[i*stride:]))) / 32768
					}
					if got != want {
						t.Fatalf("%d values, stride %d: value %d is %v, want %v", n, stride, i, got, want)
					}
				}
			}
		}
		defer func() {
			if recover() == nil {
				t.Error("no panic where src is too short")
			}
		}()
		FromInt16LE(make([]float32, 20), src[:38], 2)
	})
}

func BenchmarkFromInt16LE(b *testing.B) {
	dst, src := make([]float32, 8192), make([]byte, 4*8192)
	for _, stride := range []int{2, 4} {
		run := func(name string) {
			b.Run(fmt.Sprintf("%s/stride=%d", name, stride), func(b *testing.B) {
				for range b.N {
					FromInt16LE(dst, src, stride)
				}
				b.ReportMetric(b.Elapsed().Seconds()*1e9/float64(b.N)/float64(len(dst)), "ns/sample")
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
