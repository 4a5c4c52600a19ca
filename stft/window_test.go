package stft_test

import (
	"math"
	"strings"
	"testing"

	"github.com/soundspace/soundspace/stft"
)

func TestZeroWindowIsPeriodicHann(t *testing.T) {
	var zero stft.Window
	if zero != stft.Hann() || zero == stft.Hann().Symmetric() || zero.String() != "hann" {
		t.Errorf("the zero window is %v", zero)
	}
	w, err := zero.Coefficients(8)
	if err != nil {
		t.Fatal(err)
	}
	for j, v := range w {
		if s := math.Sin(math.Pi * float64(j) / 8); math.Abs(v-s*s) > 1e-15 {
			t.Errorf("value %d is %v, want %v", j, v, s*s)
		}
	}
}

func TestWindowNamesAreRead(t *testing.T) {
	for s, want := range map[string]stft.Window{
		"hann":                  stft.Hann(),
		"hamming":               stft.Hamming(),
		"blackman":              stft.Blackman(),
		"bartlett":              stft.Bartlett(),
		"flattop":               stft.FlatTop(),
		"Flat-Top":              stft.FlatTop(),
		"rectangular":           stft.Rectangular(),
		"boxcar":                stft.Rectangular(),
		"blackmanharris":        stft.BlackmanHarris(),
		"Blackman-Harris":       stft.BlackmanHarris(),
		"nuttall":               stft.Nuttall(),
		"kaiser:8.6":            stft.Kaiser(8.6),
		"gaussian:60":           stft.Gaussian(60),
		"tukey:0.25":            stft.Tukey(0.25),
		"povey:symmetric":       stft.Povey().Symmetric(),
		"kaiser:1e-3:symmetric": stft.Kaiser(1e-3).Symmetric(),
		" cosine ":              stft.Cosine(),
	} {
		w, err := stft.ParseWindow(s)
		if err != nil || w != want {
			t.Errorf("ParseWindow(%q) = %v, %v; want %v", s, w, err, want)
		}
		if again, err := stft.ParseWindow(w.String()); err != nil || again != w {
			t.Errorf("ParseWindow(%q) = %v, %v; want %v", w.String(), again, err, w)
		}
	}
	for s, want := range map[string]string{
		"":              "unknown window",
		"hanning":       "unknown window",
		"hann:2":        "hann has no parameter",
		"kaiser":        "kaiser:BETA",
		"kaiser:":       "not a number",
		"kaiser:big":    "not a number",
		"kaiser:-1":     "beta -1",
		"kaiser:NaN":    "beta NaN",
		"kaiser:1e4":    "0 to 700",
		"gaussian:0":    "deviation 0",
		"gaussian:+Inf": "deviation +Inf",
		"tukey:1.5":     "alpha 1.5",
		"custom":        "unknown window",
	} {
		w, err := stft.ParseWindow(s)
		if err == nil || !strings.Contains(err.Error(), want) || w != (stft.Window{}) {
			t.Errorf("ParseWindow(%q) = %v, %v; want an error with %q", s, w, err, want)
		}
	}
	for _, name := range stft.WindowNames() {
		name, param, ok := strings.Cut(name, ":")
		if ok {
			if param == "" || param != strings.ToUpper(param) {
				t.Errorf("parameter %q of %s", param, name)
			}
			name += ":0.5"
		}
		parseWindow(t, name)
	}
}

func TestCustomWindow(t *testing.T) {
	c := []float64{1, 2, 3}
	w := stft.Custom(c)
	c[0] = 9
	got, err := w.Coefficients(3)
	if err != nil || got[0] != 1 || got[2] != 3 {
		t.Errorf("coefficients %v, %v", got, err)
	}
	got[1] = 7
	if again, _ := w.Coefficients(3); again[1] != 2 {
		t.Error("the window shares memory with its coefficients")
	}
	if w != w.Symmetric() || w == stft.Custom(c) || w.String() != "custom(3)" {
		t.Errorf("custom window %v", w)
	}
	for _, bad := range []stft.Window{w, stft.Custom(nil), stft.Custom([]float64{1, math.NaN()}), stft.Custom([]float64{math.Inf(1), 0})} {
		if c, err := bad.Coefficients(2); err == nil {
			t.Errorf("%v gives %v", bad, c)
		}
	}
	if _, err := stft.Hann().Coefficients(0); err == nil {
		t.Error("no error for 0 values")
	}
}
