package frontend

import (
	"math"
	"slices"
	"testing"
)

func TestFit(t *testing.T) {
	x := []float32{1, 2, 3}
	for _, test := range []struct {
		name string
		fit  func(dst, x []float32)
		want [3][]float32 // of no sample, of 3 in 8, of 3 in 3
	}{
		{"tile", tile, [3][]float32{make([]float32, 8), {1, 2, 3, 1, 2, 3, 1, 2}, x}},
		{"tileWhole", tileWhole, [3][]float32{make([]float32, 8), {1, 2, 3, 1, 2, 3, 0, 0}, x}},
		{"zeroPad", zeroPad, [3][]float32{make([]float32, 8), {1, 2, 3, 0, 0, 0, 0, 0}, x}},
	} {
		for i, x := range [][]float32{nil, x, x} {
			dst := slices.Repeat([]float32{9}, len(test.want[i]))
			if test.fit(dst, x); !slices.Equal(dst, test.want[i]) {
				t.Errorf("%s of %v: %v, want %v", test.name, x, dst, test.want[i])
			}
		}
	}
	for period := 1; period < 20; period++ {
		x, dst := make([]float32, period), make([]float32, 101)
		for i := range x {
			x[i] = float32(i)
		}
		tile(dst, x)
		for i, v := range dst {
			if v != x[i%period] {
				t.Fatalf("tile of %d: sample %d is %v", period, i, v)
			}
		}
	}
}

// What numpy.array_split makes of the places.
func TestThirds(t *testing.T) {
	for _, test := range []struct {
		n             int
		first, center [3]int
	}{
		{1002, [3]int{0, 1, 0}, [3]int{0, 1, 0}},
		{1003, [3]int{0, 1, 2}, [3]int{0, 1, 2}},
		{1501, [3]int{0, 167, 334}, [3]int{83, 250, 417}},
		{1502, [3]int{0, 168, 335}, [3]int{84, 251, 418}},
	} {
		if got := thirds(test.n, 1001, false); got != test.first {
			t.Errorf("%d rows: %v, want %v", test.n, got, test.first)
		}
		if got := thirds(test.n, 1001, true); got != test.center {
			t.Errorf("%d rows, center: %v, want %v", test.n, got, test.center)
		}
	}
}

func TestQuantize(t *testing.T) {
	x := []float32{0, 1, -1, 2, float32(math.Inf(-1)), 0.99999, -0.99999, 1e-5, 4e-5, -4e-5}
	want := []float64{0, 32767, -32767, 32767, -32767, 32766, -32766, 0, 1, -1}
	got := make([]float32, len(x))
	quantize(got, x)
	for i, v := range got {
		if v != float32(want[i]/32767) {
			t.Errorf("%g becomes %g, want %g/32767", x[i], v, want[i])
		}
	}
	nan := []float32{float32(math.NaN())}
	if quantize(nan, nan); nan[0] == nan[0] {
		t.Errorf("NaN becomes %g", nan[0])
	}
}

func TestMirror(t *testing.T) {
	// 0 1 2 2 1 0 | 0 1 2 | 2 1 0 0 1 2
	want := []int{0, 1, 2, 2, 1, 0, 0, 1, 2, 2, 1, 0, 0, 1, 2}
	for i, w := range want {
		if got := mirror(i-6, 3); got != w {
			t.Errorf("sample %d is %d, want %d", i-6, got, w)
		}
	}
}

// Fractions say where the original begins the last part.
func TestImageBindStart(t *testing.T) {
	for _, test := range [][4]int{ // n, start of each part, by Python's fractions
		{100, 0, 0, 0}, {32000, 0, 0, 0}, {32001, 0, 0, 0}, {32003, 0, 1, 3}, {48001, 0, 8000, 16000}, {50001, 0, 9000, 18000}, {100003, 0, 34001, 68003}, {160000, 0, 64000, 128000},
	} {
		for i := range 3 {
			if got := imageBindStart(test[0], i); got != test[i+1] {
				t.Errorf("%d samples: part %d begins at %d, want %d", test[0], i, got, test[i+1])
			}
		}
	}
}
