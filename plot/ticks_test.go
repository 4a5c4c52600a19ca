package plot

import (
	"math"
	"strings"
	"testing"
)

func labels(ticks []tick) string {
	var s []string
	for _, t := range ticks {
		if t.label != "" {
			s = append(s, t.label)
		}
	}
	return strings.Join(s, " ")
}

func TestLinearTicks(t *testing.T) {
	for _, test := range []struct {
		lo, hi, gap float64
		unitExp     int
		want        string
	}{
		{0, 10, 1.5, 0, "0 2 4 6 8 10"},
		{-80, 0, 10, 0, "-80 -70 -60 -50 -40 -30 -20 -10 0"},
		{-0.3, 0.31, 0.1, 0, "-0.3 -0.2 -0.1 0.0 0.1 0.2 0.3"},
		{0, 22050, 1700, 3, "0 2 4 6 8 10 12 14 16 18 20 22"},
		{0, 2000, 400, 3, "0.0 0.5 1.0 1.5 2.0"},
		{12345, 12346, 0.3, 3, "12.3450 12.3455 12.3460"},
		{1e9, 1e9 + 4, 1, 0, "1000000000 1000000001 1000000002 1000000003 1000000004"},
		{0, 1, 3, 0, "0"},
		{0, 0, 0, 0, ""},
		{1, 1 + 1e-16, 1e-17, 0, ""},
	} {
		if got := labels(linearTicks(test.lo, test.hi, test.gap, test.unitExp)); got != test.want {
			t.Errorf("%v … %v every %v: %q, want %q", test.lo, test.hi, test.gap, got, test.want)
		}
	}
	// Values are the labels, rounded once.
	for _, tick := range linearTicks(0, 1, 0.1, 0) {
		if math.Round(tick.value*10)/10 != tick.value {
			t.Errorf("tick at %v", tick.value)
		}
	}
}

func TestTimeTicks(t *testing.T) {
	width := func(s string) float64 { return 7 * float64(len(s)) }
	for _, test := range []struct {
		lo, hi float64
		want   string
		axis   string
	}{
		{0, 0.0101, "0.000 0.001 0.002 0.003 0.004 0.005 0.006 0.007 0.008 0.009 0.010", "Time (s)"},
		{-0.005, 1, "0.0 0.1 0.2 0.3 0.4 0.5 0.6 0.7 0.8 0.9 1.0", "Time (s)"},
		{0, 59.9, "0 5 10 15 20 25 30 35 40 45 50 55", "Time (s)"},
		{0, 60, "0:00 0:05 0:10 0:15 0:20 0:25 0:30 0:35 0:40 0:45 0:50 0:55 1:00", "Time (min:s)"},
		{0, 100, "0:00 0:10 0:20 0:30 0:40 0:50 1:00 1:10 1:20 1:30 1:40", "Time (min:s)"},
		{0, 200, "0:00 0:15 0:30 0:45 1:00 1:15 1:30 1:45 2:00 2:15 2:30 2:45 3:00 3:15", "Time (min:s)"},
		{0, 400, "0:00 0:30 1:00 1:30 2:00 2:30 3:00 3:30 4:00 4:30 5:00 5:30 6:00 6:30", "Time (min:s)"},
		{0, 3599, "0:00 5:00 10:00 15:00 20:00 25:00 30:00 35:00 40:00 45:00 50:00 55:00", "Time (min:s)"},
		{0, 7200, "0:00:00 0:10:00 0:20:00 0:30:00 0:40:00 0:50:00 1:00:00 1:10:00 1:20:00 1:30:00 1:40:00 1:50:00 2:00:00", "Time (h:min:s)"},
		{7262, 7262.5, "2:01:02.00 2:01:02.05 2:01:02.10 2:01:02.15 2:01:02.20 2:01:02.25 2:01:02.30 2:01:02.35 2:01:02.40 2:01:02.45 2:01:02.50", "Time (h:min:s)"},
		{-90, 0, "-1:30 -1:20 -1:10 -1:00 -0:50 -0:40 -0:30 -0:20 -0:10 0:00", "Time (min:s)"},
		{0, 1e6, "0:00:00 48:00:00 96:00:00 144:00:00 192:00:00 240:00:00", "Time (h:min:s)"},
	} {
		got, axis := timeTicks(test.lo, test.hi, 1000, 25, width)
		if labels(got) != test.want || axis != test.axis {
			t.Errorf("%v … %v s: %q %q, want %q %q", test.lo, test.hi, labels(got), axis, test.want, test.axis)
		}
	}
}

func TestClockRounding(t *testing.T) {
	for _, test := range []struct {
		got, want string
	}{
		{clockMinutes(59.9999, 0), "1:00"},
		{clockMinutes(119.96, 1), "2:00.0"},
		{clockHours(3599.9999, 2), "1:00:00.00"},
		{clockHours(86399, 0), "23:59:59"},
		{clockMinutes(-0.0001, 0), "0:00"},
	} {
		if test.got != test.want {
			t.Errorf("%q, want %q", test.got, test.want)
		}
	}
}

func TestFreqTicks(t *testing.T) {
	fft, low := fftLayout(44100, 2048), fftLayout(8000, 512)
	for _, test := range []struct {
		rate       int
		kind       FreqAxis
		fmin, fmax float64
		pixels     float64
		want       string
		axis       string
	}{
		{44100, AxisLinear, 0, 0, 500, "0 2 4 6 8 10 12 14 16 18 20 22", "Frequency (kHz)"},
		{8000, AxisLinear, 0, 0, 500, "0.0 0.5 1.0 1.5 2.0 2.5 3.0 3.5 4.0", "Frequency (kHz)"},
		{8000, AxisLinear, 0, 900, 500, "0 100 200 300 400 500 600 700 800 900", "Frequency (Hz)"},
		{44100, AxisLog, 0, 0, 500, "50 100 200 500 1k 2k 5k 10k 20k", "Frequency (Hz)"},
		{44100, AxisLog, 0, 0, 100, "100 1k 10k", "Frequency (Hz)"},
		{44100, AxisLog, 1000, 1100, 300, "1k 1.01k 1.02k 1.03k 1.04k 1.05k 1.06k 1.07k 1.08k 1.09k 1.1k", "Frequency (Hz)"},
		{44100, AxisMel, 0, 0, 500, "0 500 1k 2k 3k 5k 10k 20k", "Frequency (Hz)"},
		{8000, AxisMel, 0, 0, 300, "0 500 1k 2k 3k", "Frequency (Hz)"},
	} {
		l := &fft
		if test.rate == 8000 {
			l = &low
		}
		s, err := newFreqScale(l, test.kind, test.fmin, test.fmax)
		if err != nil {
			t.Fatal(err)
		}
		got, axis := freqTicks(&s, test.pixels, 26)
		if labels(got) != test.want || axis != test.axis {
			t.Errorf("%v axis of %d Hz, %v pixels: %q %q, want %q %q", test.kind, test.rate, test.pixels, labels(got), axis, test.want, test.axis)
		}
	}
}
