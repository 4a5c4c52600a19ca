package dataset

import (
	"testing"
)

func TestPlace(t *testing.T) {
	rng := testRand()
	clip := []float32{1, 2, 3}
	short := func(p Place) []float32 {
		w := make([]float32, 8)
		p.choose(3, 8, rng).fill(w, clip, 1, -1)
		return w
	}
	for i, v := range short(Place{}) {
		if want := append(clip, -1, -1, -1, -1, -1)[i]; v != want {
			t.Errorf("frame %d: %g, want %g", i, v, want)
		}
	}
	starts, tiled := map[int]bool{}, 0
	for range 1000 {
		w := short(Place{Random: true, Tile: 0.3})
		if w[0] != -1 && w[7] != -1 && w[3] != -1 && w[4] != -1 {
			tiled++
			for i := range 7 {
				if w[i+1] != float32(int(w[i])%3+1) {
					t.Fatalf("tiles %v", w)
				}
			}
			continue
		}
		for i, v := range w {
			if v == 1 {
				starts[i] = true
			}
		}
	}
	near(t, "tiled", float64(tiled)/1000, 0.3, 0.05)
	if len(starts) != 6 {
		t.Errorf("starts %v", starts)
	}
	starts = map[int]bool{}
	for range 100 {
		p := Place{Random: true}.choose(10, 8, rng)
		if p.n != 8 || p.at != 0 || p.first > 2 {
			t.Fatalf("%+v", p)
		}
		starts[p.first] = true
	}
	if p := (Place{}).choose(10, 8, rng); p.first != 0 || len(starts) != 3 {
		t.Errorf("starts %v and %+v", starts, p)
	}
}
