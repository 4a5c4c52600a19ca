package fft

import "testing"

// TestAssemblyAgainstGo holds the assembly to the Go passes it replaces.
func TestAssemblyAgainstGo(t *testing.T) {
	if !useAVX2 {
		t.Skip("no assembly in this build or for this processor")
	}
	defer func() { useAVX2 = true }()
	for _, n := range []int{32, 64, 96, 128, 160, 256, 320, 512, 800, 1000, 1024, 2048, 4096, 6144, 8192} {
		p, x := NewReal[float32](n), noise[float32](n, 10)
		useAVX2 = true
		fast := forward(p, x)
		useAVX2 = false
		plain := forward(p, x)
		if e := rmsError(fast, plain); e > tolerance[float32](n) {
			t.Errorf("n=%d: assembly is %.2g from Go", n, e)
		}
		if e := rmsError(plain, naive(widen(x))); e > tolerance[float32](n) {
			t.Errorf("n=%d: Go is %.2g from the definition", n, e)
		}
	}
}

func widen(x []float32) []float64 {
	y := make([]float64, len(x))
	for i, v := range x {
		y[i] = float64(v)
	}
	return y
}
