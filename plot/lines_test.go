package plot

import (
	"fmt"
	"image"
	"math"
	"strings"
	"testing"
)

// TestLinePlaces reads the places of points back from the strokes: with ticks of
// known value as a ruler, they must lie where the axes say.
func TestLinePlaces(t *testing.T) {
	for _, log := range []bool{false, true} {
		s := Series{Name: "a", X: []float64{1, 10, 100, 1000}, Y: []float64{0.1, 1, 10, 2}, Best: Highest}
		f, err := LearningCurves([]LineChart{{Series: []Series{s}, LogX: log, LogY: log}}, Config{})
		if err != nil {
			t.Fatal(err)
		}
		_, panels, err := newChartPage(&Config{Width: 900, Height: 450}, 1)
		if err != nil {
			t.Fatal(err)
		}
		p := panels[0]
		var line []point
		for _, stroke := range f.strokes {
			if len(stroke.points) == 4 && stroke.colour == curveColour(0) {
				line = stroke.points
			}
		}
		if len(line) != 4 {
			t.Fatalf("log %v: no line of four points", log)
		}
		scale := func(v float64) float64 { return v }
		if log {
			scale = math.Log
		}
		for i := range s.X {
			x := float64(p.Min.X) + float64(p.Dx())*(scale(s.X[i])-scale(1))/(scale(1000)-scale(1))
			// The least and the greatest Y are 4 % of their distance from the frame.
			y := float64(p.Max.Y) - float64(p.Dy())*(0.04+(scale(s.Y[i])-scale(0.1))/(scale(10)-scale(0.1)))/1.08
			if math.Abs(line[i].x-x) > 1e-6 || math.Abs(line[i].y-y) > 1e-6 {
				t.Errorf("log %v: point %d at %.2f,%.2f, want %.2f,%.2f", log, i, line[i].x, line[i].y, x, y)
			}
		}
		if countLabel(f, "a: highest 10 at 100") != 1 {
			t.Errorf("log %v: the best point is not in the legend: %v", log, f.labels)
		}
	}
}

func TestLineGaps(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	s := Series{X: []float64{0, 1, 2, 3, 4, 5, nan, 6}, Y: []float64{nan, 1, 2, inf, 3, -1, 7, 5}, Best: Lowest}
	x, y := lineAxis{}, lineAxis{log: true}
	got := fmt.Sprint(s.points(&x, &y))
	if want := "[{0 NaN} {1 1} {2 2} {3 NaN} {4 3} {5 NaN} {6 5}]"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	if best, ok := s.best(s.points(&x, &y)); !ok || best != (point{1, 1}) {
		t.Errorf("best %v, %v", best, ok)
	}
	if _, ok := (&Series{X: []float64{1}, Y: []float64{nan}, Best: Lowest}).best([]point{{1, nan}}); ok {
		t.Error("a best of none")
	}
}

// The legend goes where the line is not.
func TestLegendCorner(t *testing.T) {
	for _, test := range []struct {
		y     []float64
		right bool
		top   bool
	}{
		{[]float64{9, 5, 3, 2, 1.5, 1.2, 1, 1}, true, true},
		{[]float64{1, 5, 6, 7, 8, 8.5, 9, 9}, true, false},
		{[]float64{1, 1, 1, 1, 1, 1, 9, 1, 9, 1, 9, 1, 9, 1, 9, 1, 9, 1, 9, 1, 9, 1, 9, 1, 9, 1, 9, 1, 9, 1, 9, 1, 9, 1, 9, 1, 9, 1}, false, true},
	} {
		s := Series{Name: "name"}
		for i := range 800 {
			s.X, s.Y = append(s.X, float64(i)), append(s.Y, test.y[i*len(test.y)/800])
		}
		f, err := LearningCurves([]LineChart{{Series: []Series{s}}}, Config{})
		if err != nil {
			t.Fatal(err)
		}
		for _, l := range f.labels {
			if l.text == "name" && (l.x > 450) != test.right || l.text == "name" && (l.y < 225) != test.top {
				t.Errorf("%v: the legend is at %.0f,%.0f", test.y, l.x, l.y)
			}
		}
	}
}

func TestLogTicks(t *testing.T) {
	for _, test := range []struct {
		lo, hi, pixels float64
		want           string
	}{
		{1, 100, 400, "1 2 5 10 20 50 100"},
		{0.9, 1100, 100, "1 10 100 1000"},
		{1e-9, 1, 100, "1e-09 1e-06 0.001 1"},
		{2, 3, 100, "2.0 2.5 3.0"},
		{1e-3, 1e6, 600, "0.001 0.01 0.1 1 10 100 1000 10k 100k 1M"},
	} {
		a := lineAxis{log: true, lo: test.lo, hi: test.hi}
		var got []string
		for _, tick := range a.ticks(test.pixels, 30) {
			got = append(got, tick.label)
		}
		if strings.Join(got, " ") != test.want {
			t.Errorf("%g to %g on %g pixels: %v, want %s", test.lo, test.hi, test.pixels, got, test.want)
		}
	}
}

// Whatever the values, ticks and labels keep clear of each other.
func TestLineLabels(t *testing.T) {
	nan := math.NaN()
	for _, size := range [][2]int{{0, 0}, {200, 150}, {600, 400}, {3000, 1500}} {
		for i, y := range [][]float64{{1, 2, 3}, {0, 0, 0}, {nan, nan, nan}, {1e-12, 1, 1e9}, {-1e-5, 3e-5, 1e-5}, {1e308, 1, 2}, {7, nan, 8}, {1e5, 1e5, 1e5 + 1e-3}} {
			for _, log := range []bool{false, true} {
				s := Series{Name: "validation", X: []float64{0, 100, 20000}, Y: y, Best: Lowest}
				c := LineChart{Series: []Series{s, {Name: "b", X: s.X, Y: s.Y}}, XAxis: "Step", YAxis: "Loss", LogX: log, LogY: log}
				f, err := LearningCurves([]LineChart{c}, Config{Width: size[0], Height: size[1], Title: "title"})
				if err != nil {
					t.Fatal(err)
				}
				checkLabels(t, fmt.Sprintf("%v, case %d, log %v", size, i, log), f, nil)
				for _, stroke := range f.strokes {
					for _, p := range stroke.points {
						if !image.Pt(int(p.x), int(p.y)).In(image.Rect(-20, -20, f.width+20, f.height+20)) {
							t.Fatalf("case %d: a stroke at %v", i, p)
						}
					}
				}
			}
		}
	}
}

func TestLineErrors(t *testing.T) {
	one := Series{X: []float64{1}, Y: []float64{1}}
	for _, test := range []struct {
		charts []LineChart
		cfg    Config
		want   string
	}{
		{nil, Config{}, "no charts"},
		{[]LineChart{{Series: []Series{one}}, {}}, Config{}, "chart 2 has no series"},
		{[]LineChart{{Series: []Series{one, {X: []float64{1}}}}}, Config{}, "series 2 has 1 x for 0 y"},
		{[]LineChart{{Series: []Series{{Best: 3}}}}, Config{}, "unknown Best 3"},
		{[]LineChart{{Series: []Series{one}}}, Config{Width: 50}, "need about"},
		{[]LineChart{{Series: []Series{one}}}, Config{Width: -50}, "-50"},
	} {
		if _, err := LearningCurves(test.charts, test.cfg); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("error %v, want one with %q", err, test.want)
		}
	}
}
