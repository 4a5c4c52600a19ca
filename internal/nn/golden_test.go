package nn

import (
	"math"
	"sync"
	"testing"

	"github.com/soundspace/soundspace/internal/f32"
	"github.com/soundspace/soundspace/internal/npy"
)

var readGolden = sync.OnceValues(func() (map[string]*npy.Array, error) {
	return npy.ReadZip("testdata/layers.npz")
})

// golden returns an array of testdata/layers.npz, which testdata/layers.py writes.
func golden(t testing.TB, name string) (values []float32, shape []int) {
	arrays, err := readGolden()
	if err != nil {
		t.Fatal(err)
	}
	a := arrays[name]
	if a == nil {
		t.Fatalf("no %s in testdata/layers.npz", name)
	}
	values = make([]float32, len(a.Real))
	for i, v := range a.Real {
		values[i] = float32(v)
	}
	return values, a.Shape
}

func goldenMatrix(t testing.TB, name string) Matrix {
	values, shape := golden(t, name)
	return NewMatrix(values, shape[0], shape[1])
}

func goldenImages(t testing.TB, name string) Images {
	values, shape := golden(t, name)
	return Images{Data: values, N: shape[0], H: shape[1], W: shape[2], C: shape[3]}
}

// compare wants values within tolerance·max(|want|, 1).
func compare(t *testing.T, what string, got, want []float32, tolerance float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: %d values, want %d", what, len(got), len(want))
	}
	for i, w := range want {
		g, w := float64(got[i]), float64(w)
		if g == w || g != g && w != w {
			continue
		}
		if e := math.Abs(g - w); !(e <= tolerance*max(math.Abs(w), 1)) {
			t.Fatalf("%s: value %d is %g, want %g", what, i, g, w)
		}
	}
}

// vectorForms runs f with the assembly of internal/f32, and without.
func vectorForms(t *testing.T, f func(t *testing.T)) {
	t.Run("assembly", f)
	defer f32.DisableAsm()()
	t.Run("Go", f)
}
