package dataset

import (
	"testing"
)

func TestRollAndMask(t *testing.T) {
	rng := testRand()
	x := []float32{0, 0, 1, 1, 2, 2, 3, 3}
	rotate(x, 6)
	for i, want := range []float32{3, 3, 0, 0, 1, 1, 2, 2} {
		if x[i] != want {
			t.Fatalf("%v", x)
		}
	}
	widths := map[int]bool{}
	for range 300 {
		x := constant(20*10, 1)
		Mask{Times: 1, Frames: 5}.apply(x, 10, rng)
		n := 0
		for i := 0; i < len(x); i += 10 {
			if x[i] == 0 {
				n++
			}
		}
		widths[n] = true
		x = constant(20*10, 1)
		Mask{Frequencies: 2, Bands: 3}.apply(x, 10, rng)
		n = 0
		for b := range 10 {
			if x[b] != x[190+b] {
				t.Fatal("a band that is not masked all through")
			}
			if x[b] == 0 {
				n++
			}
		}
		if n > 6 {
			t.Fatalf("%d bands masked", n)
		}
	}
	if len(widths) != 6 {
		t.Errorf("widths %v, want 0 to 5", widths)
	}
}
