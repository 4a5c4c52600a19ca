package plot

import (
	"fmt"
	"image"
	"math"
	"strings"
	"testing"

	"github.com/soundspace/soundspace/stft"
)

// TestWindowFigures compares with the table of Harris (1978).
func TestWindowFigures(t *testing.T) {
	for _, test := range []struct {
		window    stft.Window
		bandwidth float64
		sideLobe  float64
	}{
		{stft.Rectangular(), 1.00, -13},
		{stft.Bartlett(), 1.33, -27},
		{stft.Hann(), 1.50, -32},
		{stft.Hamming(), 1.36, -43},
		{stft.Blackman(), 1.73, -58},
		{stft.BlackmanHarris(), 2.00, -92},
	} {
		w, err := test.window.Coefficients(4096)
		if err != nil {
			t.Fatal(err)
		}
		if got := noiseBandwidth(w); math.Abs(got-test.bandwidth) > 0.006 {
			t.Errorf("%v: noise bandwidth %.3f bins, Harris has %.2f", test.window, got, test.bandwidth)
		}
		if got := highestSideLobe(leakage(w)); math.Abs(got-test.sideLobe) > 0.6 {
			t.Errorf("%v: side lobes %.2f dB, Harris has %.0f", test.window, got, test.sideLobe)
		}
	}
}

// TestLeakage compares the spectrum of the rectangle with its formula, the
// Dirichlet kernel |sin(πx)/(n·sin(πx/n))|.
func TestLeakage(t *testing.T) {
	const n = 1000
	w := make([]float64, n)
	for i := range w {
		w[i] = 0.25
	}
	for i, got := range leakage(w) {
		x := float64(i) / leakageSteps
		want := 0.0
		if i > 0 {
			want = 20 * math.Log10(math.Abs(math.Sin(math.Pi*x)/(n*math.Sin(math.Pi*x/n))))
		}
		if i%leakageSteps == 0 && i > 0 {
			if got > -200 {
				t.Errorf("%v bins: %v dB, want a zero", x, got)
			}
		} else if math.Abs(got-want) > 1e-6 {
			t.Errorf("%v bins: %v dB, want %v", x, got, want)
		}
	}
}

func TestCurve(t *testing.T) {
	c := chart{
		Figure: &Figure{}, panel: image.Rect(0, 0, 100, 10), text: 12,
		x: func(v float64) float64 { return v / 10 },
		y: func(v float64) float64 { return v },
	}
	inf := math.Inf(1)
	ys := []float64{0.5, 2.5, 0.5, math.NaN(), 0, 1, -inf, -inf, 0.5}
	c.curve(len(ys), func(i int) (x, y float64) { return float64(i), ys[i] }, black)
	var got []string
	for _, s := range c.strokes {
		var points []string
		for _, p := range s.points {
			points = append(points, fmt.Sprintf("%.1f,%.1f", p.x, p.y))
		}
		got = append(got, strings.Join(points, " "))
	}
	want := []string{
		"0.0,5.0 2.5,0.0",   // up to the top …
		"17.5,0.0 20.0,5.0", // … and down again
		"40.0,10.0 50.0,0.0 50.0,10.0",
		"80.0,10.0 80.0,5.0",
	}
	if strings.Join(got, "; ") != strings.Join(want, "; ") {
		t.Errorf("strokes\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestExtremes(t *testing.T) {
	values := []float64{1, 2, 3, 2, 5, 5, 5, 0, 9, 4}
	if got := extremes(values[:8], evenSpans(8, 2)); len(got) != 8 {
		t.Errorf("few values: %v", got)
	}
	if got, want := fmt.Sprint(extremes(values, evenSpans(10, 2))), "[0 4 7 8]"; got != want {
		t.Errorf("%v, want %v", got, want)
	}
	if got, want := fmt.Sprint(extremes(make([]float32, 9), evenSpans(9, 2))), "[0 4]"; got != want {
		t.Errorf("all equal: %v, want %v", got, want)
	}
}

func TestCurveLabelsDoNotOverlap(t *testing.T) {
	for _, size := range [][2]int{{0, 0}, {300, 160}, {600, 400}, {3000, 1500}} {
		for _, kind := range []FreqAxis{AxisLinear, AxisLog, AxisMel} {
			l := fftLayout(44100, 1024)
			x := make([]float32, l.Bins)
			x[3] = 1
			f, err := Spectrum(l, []Curve{{"one", x}, {strings.Repeat("long ", 50), x}}, Config{Width: size[0], Height: size[1], FreqAxis: kind, Title: "title"})
			if err != nil {
				t.Fatal(err)
			}
			checkLabels(t, fmt.Sprintf("%v, %v", size, kind), f, nil)
		}
		f, err := WindowLeakage([]stft.Window{stft.Hann(), stft.FlatTop()}, 2048, Config{Width: size[0], Height: size[1]})
		if err != nil {
			t.Fatal(err)
		}
		checkLabels(t, fmt.Sprint(size, " leakage"), f, nil)
	}
}

func TestCurveErrors(t *testing.T) {
	l := fftLayout(8000, 64)
	x := make([]float32, l.Bins)
	for _, test := range []struct {
		curves []Curve
		cfg    Config
		want   string
	}{
		{nil, Config{}, "no curves"},
		{[]Curve{{"", x}, {"", x[1:]}}, Config{}, "curve 2 has 32 values"},
		{[]Curve{{"", x}}, Config{Width: 50}, "need about"},
		{[]Curve{{"", x}}, Config{RangeDB: 1e9}, "RangeDB"},
		{[]Curve{{"", x}}, Config{FMinHz: 1e5}, "FMinHz"},
	} {
		if _, err := Spectrum(l, test.curves, test.cfg); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("error %v, want one with %q", err, test.want)
		}
	}
	for _, test := range []struct {
		windows []stft.Window
		n       int
		cfg     Config
		want    string
	}{
		{nil, 100, Config{}, "no windows"},
		{[]stft.Window{stft.Hann()}, 7, Config{}, "7 samples"},
		{[]stft.Window{stft.Hann()}, 1 << 17, Config{}, "131072 samples"},
		{[]stft.Window{stft.Hann(), stft.Kaiser(-1)}, 100, Config{}, "window 2"},
		{[]stft.Window{stft.Hann()}, 100, Config{Width: 100}, "need"},
	} {
		if _, err := WindowLeakage(test.windows, test.n, test.cfg); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("error %v, want one with %q", err, test.want)
		}
	}
}
