package plot

import (
	"fmt"
	"math"
	"strings"
	"testing"
)

// TestBarLengths measures the bars in pixels.
func TestBarLengths(t *testing.T) {
	bars := []Bar{{"low", 0.25, ""}, {"high", 1, "3 of 3"}, {"none", 0, ""}, {"half", 0.5, ""}, {"half too", 0.5, ""}}
	f, err := BarChart(bars, "Recall", 1, Config{Width: 600, Height: 300})
	if err != nil {
		t.Fatal(err)
	}
	img := f.Image()
	var lengths []int
	var order []string
	for _, l := range f.labels {
		for _, b := range bars {
			if l.text != b.Name {
				continue
			}
			order = append(order, b.Name)
			n := 0
			for x := range 600 {
				if img.At(x, int(l.y)) == curveColour(0) {
					n++
				}
			}
			lengths = append(lengths, n)
		}
	}
	if got := strings.Join(order, ","); got != "high,half,half too,low,none" {
		t.Errorf("order %s", got)
	}
	whole := float64(lengths[0])
	for i, want := range []float64{1, 0.5, 0.5, 0.25, 0} {
		if math.Abs(float64(lengths[i])-want*whole) > 1 || whole < 300 {
			t.Errorf("lengths %v", lengths)
		}
	}
	if countLabel(f, "1 (3 of 3)") != 1 || countLabel(f, "0.5") < 2 {
		t.Errorf("values are missing: %v", f.labels)
	}
}

func TestBarLabels(t *testing.T) {
	for _, size := range [][2]int{{0, 0}, {250, 300}, {600, 400}, {3000, 1500}} {
		for _, n := range []int{1, 10, 240} {
			for i, top := range []float64{1, 0, 1e6} {
				var bars []Bar
				for k := range n {
					bars = append(bars, Bar{strings.Repeat("name ", k%30), math.Sin(float64(k)) * []float64{1, 0, 1e6}[i], "5 of 9"})
				}
				f, err := BarChart(bars, "Recall", top, Config{Width: size[0], Height: size[1], Title: "Recall by class"})
				if err != nil {
					if n < 240 {
						t.Error(err)
					}
					continue
				}
				checkLabels(t, fmt.Sprint(size, n, top), f, nil)
			}
		}
	}
}

func TestBarErrors(t *testing.T) {
	for _, test := range []struct {
		bars []Bar
		top  float64
		cfg  Config
		want string
	}{
		{nil, 1, Config{}, "no bars"},
		{[]Bar{{"a", math.NaN(), ""}}, 1, Config{}, `"a" has the value NaN`},
		{[]Bar{{"a", 1, ""}}, math.Inf(1), Config{}, "to +Inf"},
		{[]Bar{{"a", 1, ""}}, math.NaN(), Config{}, "to NaN"},
		{[]Bar{{"a", 1, ""}}, 1, Config{Width: 90}, "they need about"},
		{make([]Bar, 500), 1, Config{Height: 300}, "500 bars"},
	} {
		if _, err := BarChart(test.bars, "v", test.top, test.cfg); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("error %v, want one with %q", err, test.want)
		}
	}
}
