package plot

import (
	"fmt"
	"image"
	"math"
	"slices"
	"strconv"
)

// LineChart is a panel of lines over one axis, such as the losses of a training
// run over its steps.
type LineChart struct {
	Series       []Series
	XAxis, YAxis string // names
	// LogX and LogY make an axis logarithmic. Values that it has no place for, of 0
	// and less, are left out.
	LogX, LogY bool
}

// Series is a line through points.
type Series struct {
	Name string // in the legend, if any has a name
	// X and Y are the points, of one length, in the order of the line. It has a gap
	// where Y is NaN.
	X, Y []float64
	// Best marks the best point and gives its value in the legend.
	Best Best
}

// Best says which point of a series is marked as the best.
type Best uint8

// What is best.
const (
	NoBest  Best = iota
	Lowest       // for a loss
	Highest      // for an accuracy
)

// LearningCurves draws charts side by side. Each has axes of its own, which hold
// all finite points of its series, and a legend where it covers the fewest points.
//
// Of Config, Width, Height and Title are used; a Width of 0 is 600 for each chart,
// and 900 for one alone.
func LearningCurves(charts []LineChart, cfg Config) (*Figure, error) {
	if len(charts) == 0 {
		return nil, fmt.Errorf("plot: no charts to draw")
	}
	for i, c := range charts {
		if len(c.Series) == 0 {
			return nil, fmt.Errorf("plot: chart %d has no series", i+1)
		}
		for j, s := range c.Series {
			if len(s.X) != len(s.Y) {
				return nil, fmt.Errorf("plot: chart %d, series %d has %d x for %d y", i+1, j+1, len(s.X), len(s.Y))
			}
			if s.Best > Highest {
				return nil, fmt.Errorf("plot: chart %d, series %d: unknown Best %d", i+1, j+1, s.Best)
			}
		}
	}
	if cfg.Width == 0 {
		cfg.Width = min(max(900, 600*len(charts)), maxSide)
	}
	if cfg.Height == 0 {
		cfg.Height = min(450, maxPixels/max(cfg.Width, 1))
	}
	cfg, err := cfg.resolve(1)
	if err != nil {
		return nil, err
	}
	f, panels, err := newChartPage(&cfg, len(charts))
	if err != nil {
		return nil, err
	}
	for i := range charts {
		c := chart{Figure: f, panel: panels[i], text: textSize(cfg.Width, cfg.Height)}
		c.lines(&charts[i])
	}
	return f, nil
}

// lines draws all of a chart.
func (c *chart) lines(l *LineChart) {
	x, y := lineAxis{log: l.LogX}, lineAxis{log: l.LogY}
	for _, s := range l.Series {
		for i := range s.X {
			if x.has(s.X[i]) && y.has(s.Y[i]) {
				x.include(s.X[i])
				y.include(s.Y[i])
			}
		}
	}
	x.settle(0)
	y.settle(0.04)
	c.x, c.y = x.at, y.at
	height := float64(c.panel.Dy())
	yTicks := y.ticks(height, max(levelTickGap*c.text, height/12))
	edge := float64(c.panel.Min.X) - chartLeft(c.text)
	for _, t := range yTicks { // the panel gives way to long numbers
		need := edge + chartLeft(c.text) + textWidth(t.label, c.text) - textWidth("-0000", c.text)
		c.panel.Min.X = max(c.panel.Min.X, min(int(math.Ceil(need)), c.panel.Max.X-minPanelWidth))
	}
	c.axes(x.ticks(float64(c.panel.Dx()), 5*c.text), yTicks, l.XAxis, "")
	c.leftLabel(edge+(edgeRoom+0.5)*c.text, c.panel, c.text, l.YAxis)

	names := make([]string, len(l.Series))
	var drawn []point // where the legend should not be
	for i, s := range l.Series {
		names[i] = s.Name
		points := s.points(&x, &y)
		c.curve(len(points), func(j int) (float64, float64) { return points[j].x, points[j].y }, curveColour(i))
		for _, p := range points {
			if !math.IsNaN(p.y) {
				drawn = append(drawn, c.place(p))
			}
		}
		// A point with gaps around it would not be seen.
		for j, p := range points {
			alone := (j == 0 || math.IsNaN(points[j-1].y)) && (j == len(points)-1 || math.IsNaN(points[j+1].y))
			if alone && !math.IsNaN(p.y) {
				c.ring(c.place(p), 0.15*c.text, i)
			}
		}
		if best, ok := s.best(points); ok {
			c.ring(c.place(best), 0.4*c.text, i)
			verb := map[Best]string{Lowest: "lowest", Highest: "highest"}[s.Best]
			value := fmt.Sprintf("%s %.4g at %s", verb, best.y, shortest(best.x))
			if s.Name == "" {
				names[i] = value
			} else {
				names[i] = s.Name + ": " + value
			}
		}
	}
	legend := c.corner(names, drawn)
	legend.legend(names)
}

// points returns those of a series that can be drawn; where there is none, Y is
// NaN.
func (s *Series) points(x, y *lineAxis) []point {
	points := make([]point, 0, len(s.X))
	for i := range s.X {
		p := point{s.X[i], s.Y[i]}
		if !x.has(p.x) {
			continue
		}
		if !y.has(p.y) {
			p.y = math.NaN()
		}
		points = append(points, p)
	}
	return points
}

// best returns the first of the best points, if one is to be marked.
func (s *Series) best(points []point) (best point, ok bool) {
	if s.Best == NoBest {
		return best, false
	}
	for _, p := range points {
		better := s.Best == Lowest && p.y < best.y || s.Best == Highest && p.y > best.y
		if !math.IsNaN(p.y) && (!ok || better) {
			best, ok = p, true
		}
	}
	return best, ok
}

// place returns where in the picture a point is.
func (c *chart) place(p point) point {
	return point{
		float64(c.panel.Min.X) + c.x(p.x)*float64(c.panel.Dx()),
		float64(c.panel.Max.Y) - c.y(p.y)*float64(c.panel.Dy()),
	}
}

// ring draws a circle in the colour of curve i.
func (c *chart) ring(at point, radius float64, i int) {
	const corners = 24
	s := stroke{closed: true, fill: true, width: 1.2 * lineWidth(c.text), colour: curveColour(i)}
	for k := range corners {
		sin, cos := math.Sincos(2 * math.Pi * float64(k) / corners)
		s.points = append(s.points, point{at.x + radius*cos, at.y + radius*sin})
	}
	c.strokes = append(c.strokes, s)
}

// corner returns the chart with its panel cut to the corner in which a legend of
// the names covers the fewest points.
func (c *chart) corner(names []string, drawn []point) *chart {
	// As legend has it.
	pad := 0.5 * c.text
	w := min(int(math.Ceil(widest(names, c.text)+1.6*c.text+6*pad)), c.panel.Dx())
	h := min(int(math.Ceil(float64(len(names))*lineRoom*c.text+3*pad)), c.panel.Dy())
	p := c.panel
	corners := []image.Rectangle{
		image.Rect(p.Max.X-w, p.Min.Y, p.Max.X, p.Min.Y+h), image.Rect(p.Max.X-w, p.Max.Y-h, p.Max.X, p.Max.Y),
		image.Rect(p.Min.X, p.Min.Y, p.Min.X+w, p.Min.Y+h), image.Rect(p.Min.X, p.Max.Y-h, p.Min.X+w, p.Max.Y),
	}
	covered := make([]int, len(corners))
	for i, r := range corners {
		for _, d := range drawn {
			if image.Pt(int(d.x), int(d.y)).In(r) {
				covered[i]++
			}
		}
	}
	cut := *c
	cut.panel = corners[slices.Index(covered, slices.Min(covered))]
	return &cut
}

// lineAxis is an axis of a line chart: linear or logarithmic, from lo to hi.
type lineAxis struct {
	log    bool
	lo, hi float64
	some   bool
}

// largest bounds the values that are drawn, so that no distance is infinite.
const largest = 1e300

// has tells whether a value has a place on the axis.
func (a *lineAxis) has(v float64) bool {
	return math.Abs(v) < largest && (!a.log || v > 1/largest)
}

func (a *lineAxis) include(v float64) {
	if !a.some {
		a.lo, a.hi, a.some = v, v, true
	}
	a.lo, a.hi = min(a.lo, v), max(a.hi, v)
}

// settle makes room of a part of the axis at both of its ends, and more if it would
// have no length.
func (a *lineAxis) settle(room float64) {
	switch {
	case !a.some && a.log:
		a.lo, a.hi = 0.1, 1
	case !a.some:
		a.lo, a.hi = 0, 1
	}
	if a.log {
		if a.hi < 1.01*a.lo {
			a.lo, a.hi = a.lo/2, 2*a.hi
		}
		r := math.Pow(a.hi/a.lo, room)
		a.lo, a.hi = a.lo/r, a.hi*r
		return
	}
	if size := max(math.Abs(a.lo), math.Abs(a.hi)); a.hi-a.lo <= 1e-9*size {
		half := max(size/2, 0.5)
		a.lo, a.hi = a.lo-half, a.hi+half
	}
	r := (a.hi - a.lo) * room
	a.lo, a.hi = a.lo-r, a.hi+r
}

// at returns the part of the way along the axis at which v is.
func (a *lineAxis) at(v float64) float64 {
	if a.log {
		return math.Log(v/a.lo) / math.Log(a.hi/a.lo)
	}
	return (v - a.lo) / (a.hi - a.lo)
}

// ticks returns ticks for so many pixels, at least minPixels apart.
func (a *lineAxis) ticks(pixels, minPixels float64) []tick {
	if !a.log {
		return a.linearTicks((a.hi - a.lo) * minPixels / pixels)
	}
	// Powers of ten, every second or third of them if need be, and 2 and 5 times
	// these if there is room.
	decade := pixels / math.Log10(a.hi/a.lo)
	every := max(1, int(math.Ceil(minPixels/decade)))
	steps := []int64{1}
	if decade*math.Log10(2) >= minPixels {
		steps = []int64{1, 2, 5}
	}
	var ticks []tick
	for e := int(math.Floor(math.Log10(a.lo))); e <= int(math.Floor(math.Log10(a.hi))); e++ {
		for _, m := range steps {
			v := step{m, e}.times(1)
			if e%every == 0 && v >= a.lo*(1-1e-9) && v <= a.hi*(1+1e-9) {
				ticks = append(ticks, tick{v, shortLabel(v, v)})
			}
		}
	}
	if len(ticks) < 3 { // about a decade or less: even steps, as the upper end has room for
		return a.linearTicks(a.hi * math.Log(a.hi/a.lo) * minPixels / pixels)
	}
	return ticks
}

// linearTicks returns ticks with even steps of at least minGap.
func (a *lineAxis) linearTicks(minGap float64) []tick {
	ticks := linearTicks(a.lo, a.hi, minGap, 0)
	if size := max(math.Abs(a.lo), math.Abs(a.hi)); size >= 1e4 || size < 1e-3 {
		for i := range ticks {
			ticks[i].label = shortLabel(ticks[i].value, size)
		}
	}
	return ticks
}

// shortLabel writes v in the unit that suits a size: 20000 as "20k", 1500000 as
// "1.5M", and what is smaller or larger yet as "2e-05".
func shortLabel(v, size float64) string {
	switch {
	case v == 0:
		return "0"
	case size >= 1e9 || size < 1e-3:
		v, _ = strconv.ParseFloat(strconv.FormatFloat(v, 'g', 12, 64), 64)
		return strconv.FormatFloat(v, 'g', -1, 64)
	case size >= 1e6:
		return shortest(v/1e6) + "M"
	case size >= 1e4:
		return shortest(v/1e3) + "k"
	}
	return shortest(v)
}
