package stft_test

import (
	"math"
	"testing"

	"github.com/soundspace/soundspace/stft"
)

// A name that is read has coefficients, and its String is read back.
func FuzzParseWindow(f *testing.F) {
	for _, s := range append(stft.WindowNames(), "kaiser:8.6:symmetric", "tukey:0", "gaussian:1e-300", "::", "kaiser:0x1p-4") {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		w, err := stft.ParseWindow(s)
		if err != nil {
			return
		}
		if again, err := stft.ParseWindow(w.String()); err != nil || again != w {
			t.Errorf("%q is %v, which is %v, %v", s, w, again, err)
		}
		for _, n := range []int{1, 2, 7} {
			c, err := w.Coefficients(n)
			if err != nil || len(c) != n {
				t.Fatalf("%q: %d values of %d, %v", s, len(c), n, err)
			}
			for _, v := range c {
				if math.IsNaN(v) || math.Abs(v) > 1.001 {
					t.Errorf("%q: values %v", s, c)
				}
			}
		}
	})
}
