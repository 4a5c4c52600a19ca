package plot

import (
	"math"
	"strings"
	"testing"

	"github.com/soundspace/soundspace/spectrogram"
)

func fftLayout(rate, nfft int) spectrogram.Layout {
	l := spectrogram.Layout{SampleRate: rate, HopSamples: nfft / 4, Bins: nfft/2 + 1, Unit: spectrogram.Power}
	if l.HopSamples == 0 {
		l.HopSamples = 1
	}
	for k := range l.Bins {
		l.Frequencies = append(l.Frequencies, float64(k)*float64(rate)/float64(nfft))
	}
	return l
}

func melLayout(rate, bands int, fmin, fmax float64, scale spectrogram.MelScale) spectrogram.Layout {
	l := spectrogram.Layout{SampleRate: rate, HopSamples: 512, Bins: bands, Unit: spectrogram.Power}
	l.Mel = &spectrogram.MelConfig{Scale: scale, Bands: bands, FMinHz: fmin, FMaxHz: fmax}
	for k := 1; k <= bands; k++ {
		a, b := scale.Mel(fmin), scale.Mel(fmax)
		l.Frequencies = append(l.Frequencies, scale.Hz(a+(b-a)*float64(k)/float64(bands+1)))
	}
	return l
}

func TestFreqAxisEnds(t *testing.T) {
	fft := fftLayout(44100, 2048)
	odd := fftLayout(16000, 441)
	mel := melLayout(16000, 80, 0, 8000, spectrogram.SlaneyMel)
	half := 0.5 * spectrogram.SlaneyMel.Mel(8000) / 81
	one := fftLayout(8000, 1)
	for _, test := range []struct {
		l          spectrogram.Layout
		kind       FreqAxis
		fmin, fmax float64
		lo, hi     float64
	}{
		{fft, AxisAuto, 0, 0, 0, 22050},
		{fft, AxisMel, 0, 0, 0, 22050},
		{fft, AxisLog, 0, 0, 44100.0 / 2048, 22050},
		{fft, AxisLog, 100, 5000, 100, 5000},
		{fft, AxisLinear, 100, 1e6, 100, 22050},
		{odd, AxisLinear, 0, 0, 0, 8000},
		{mel, AxisAuto, 0, 0, spectrogram.SlaneyMel.Hz(half), spectrogram.SlaneyMel.Hz(spectrogram.SlaneyMel.Mel(8000) - half)},
		{one, AxisAuto, 0, 0, 0, 4000},
	} {
		s, err := newFreqScale(&test.l, test.kind, test.fmin, test.fmax)
		if err != nil {
			t.Errorf("%v: %v", test.kind, err)
			continue
		}
		if math.Abs(s.lo-test.lo) > 1e-9 || math.Abs(s.hi-test.hi) > 1e-9 {
			t.Errorf("%v from %g to %g: axis %v … %v, want %v … %v", test.kind, test.fmin, test.fmax, s.lo, s.hi, test.lo, test.hi)
		}
		if s.at(s.lo) != 0 || s.at(s.hi) != 1 {
			t.Errorf("%v: ends at %v and %v, want 0 and 1", test.kind, s.at(s.lo), s.at(s.hi))
		}
	}
	if s, _ := newFreqScale(&mel, AxisAuto, 0, 0); s.kind != AxisMel {
		t.Errorf("a mel spectrogram has a %v axis", s.kind)
	}
}

func TestFreqAxisErrors(t *testing.T) {
	fft, one := fftLayout(44100, 2048), fftLayout(8000, 1)
	for _, test := range []struct {
		l          spectrogram.Layout
		kind       FreqAxis
		fmin, fmax float64
		want       string
	}{
		{fft, AxisLinear, 5000, 5000, "FMinHz 5000"},
		{fft, AxisLinear, 30000, 0, "FMinHz 30000"},
		{fft, AxisLinear, -1, 0, "FMinHz is -1"},
		{fft, AxisLinear, math.NaN(), 0, "FMinHz is NaN"},
		{fft, AxisLinear, 0, math.Inf(1), "FMaxHz is +Inf"},
		{fft, AxisLog, 0, 10, "FMaxHz 10"},
		{fft, 7, 0, 0, "FreqAxis 7"},
		{one, AxisLog, 0, 0, "logarithmic"},
	} {
		_, err := newFreqScale(&test.l, test.kind, test.fmin, test.fmax)
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%v from %g to %g: error %v, want one with %q", test.kind, test.fmin, test.fmax, err, test.want)
		}
	}
}

// TestBinRows compares with the rule in the package documentation, bin by bin.
func TestBinRows(t *testing.T) {
	for _, l := range []spectrogram.Layout{
		fftLayout(44100, 2048), fftLayout(8000, 64), fftLayout(8000, 2), fftLayout(8000, 1), fftLayout(16000, 441),
		melLayout(16000, 80, 0, 8000, spectrogram.SlaneyMel), melLayout(48000, 64, 50, 14000, spectrogram.HTKMel),
		melLayout(48000, 1, 50, 14000, spectrogram.HTKMel),
	} {
		for _, kind := range []FreqAxis{AxisAuto, AxisLinear, AxisLog, AxisMel} {
			for _, n := range []int{1, 7, 100, 513, 1024, 1025} {
				for _, limits := range [][2]float64{{0, 0}, {900, 3100}} {
					s, err := newFreqScale(&l, kind, limits[0], limits[1])
					if err != nil {
						continue
					}
					edges := cellEdges(&l)
					covered := make([]bool, l.Bins)
					for r, got := range s.binRows(&l, n) {
						if got.lo >= got.hi {
							t.Fatalf("%v, %d rows: row %d is empty", kind, n, r)
						}
						lo, hi := float64(r)/float64(n), float64(r+1)/float64(n)
						middle := (lo + hi) / 2
						centres := 0
						for k := got.lo; k < got.hi; k++ {
							covered[k] = true
							if at := s.at(l.Frequencies[k]); at >= lo-1e-6 && at <= hi+1e-6 {
								centres++
							}
						}
						cell := s.at(edges[got.lo]) <= middle+1e-9 && s.at(edges[got.hi]) >= middle-1e-9
						if centres != int(got.hi-got.lo) && !(got.hi == got.lo+1 && cell) {
							t.Fatalf("%v, %d rows, bins %d: row %d shows %v", kind, n, l.Bins, r, got)
						}
					}
					for k, hz := range l.Frequencies {
						if hz > s.lo && hz < s.hi && !covered[k] {
							t.Fatalf("%v, %d rows: bin %d of %d is lost", kind, n, k, l.Bins)
						}
					}
				}
			}
		}
	}
}

func TestNames(t *testing.T) {
	for a := range AxisMel + 1 {
		var b FreqAxis
		if text, err := a.MarshalText(); err != nil || b.UnmarshalText(text) != nil || a != b || string(text) != a.String() {
			t.Errorf("axis %v does not survive as text", a)
		}
	}
	for a := range Grey + 1 {
		var b Colormap
		if text, err := a.MarshalText(); err != nil || b.UnmarshalText(text) != nil || a != b || string(text) != a.String() {
			t.Errorf("colour map %v does not survive as text", a)
		}
	}
	var c Colormap
	if err := c.UnmarshalText([]byte("jet")); err == nil || !strings.Contains(err.Error(), "magma, viridis") {
		t.Errorf("error %v does not say what is allowed", err)
	}
	if _, err := Colormap(9).MarshalText(); err == nil {
		t.Error("Colormap(9) has a text")
	}
}
