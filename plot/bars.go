package plot

import (
	"cmp"
	"fmt"
	"image"
	"math"
	"slices"
)

// Bar is a named value.
type Bar struct {
	Name  string
	Value float64
	// Note stands beside the value, for instance how many items it is of.
	Note string
}

// BarChart draws values as horizontal bars from 0 on, the largest on top, with name
// and value; equal ones in the order given. The axis, called valueAxis, goes from 0,
// or the least value if that is negative, to the larger of top and the greatest.
//
// Of Config, Width, Height and Title are used. A Width of 0 is 900, and a Height of
// 0 is as much as names of the usual size need. In a lower picture, names stand at
// every second bar, third and so on.
func BarChart(bars []Bar, valueAxis string, top float64, cfg Config) (*Figure, error) {
	if len(bars) == 0 {
		return nil, fmt.Errorf("plot: no bars to draw")
	}
	bars = slices.Clone(bars)
	lo, hi := 0.0, top
	for _, b := range bars {
		if math.IsNaN(b.Value) || math.IsInf(b.Value, 0) {
			return nil, fmt.Errorf("plot: bar %q has the value %g", b.Name, b.Value)
		}
		lo, hi = min(lo, b.Value), max(hi, b.Value)
	}
	if math.IsNaN(hi-lo) || math.IsInf(hi-lo, 0) {
		return nil, fmt.Errorf("plot: bars cannot be drawn from %g to %g", lo, hi)
	}
	if lo == hi {
		hi = lo + 1
	}
	slices.SortStableFunc(bars, func(a, b Bar) int { return cmp.Compare(b.Value, a.Value) })

	text := 12.0
	if cfg.Width == 0 {
		cfg.Width = 900
	}
	grow := cfg.Height == 0
	if !grow {
		text = textSize(cfg.Width, cfg.Height)
	}
	titleSize := math.Round(1.15 * text)
	title := titleLines(cfg.Title)
	above := int(edgeRoom*text + float64(len(title))*lineRoom*titleSize)
	below := int(math.Ceil((tickRoom + labelGap + 2*lineRoom) * text))
	if grow {
		cfg.Height = above + below + max(int(math.Ceil(lineRoom*text))*len(bars), 2*minPanelHeight)
	}
	cfg, err := cfg.resolve(1)
	if err != nil {
		return nil, err
	}

	names, values := make([]string, len(bars)), make([]string, len(bars))
	for i, b := range bars {
		names[i], values[i] = b.Name, fmt.Sprintf("%.3g", b.Value)
		if b.Note != "" {
			values[i] += " (" + b.Note + ")"
		}
	}
	gap := labelGap * text
	nameRoom := min(widest(names, text), math.Floor(0.4*float64(cfg.Width)))
	valueRoom := min(widest(values, text), math.Floor(0.25*float64(cfg.Width)))
	left := int(math.Ceil(edgeRoom*text + nameRoom + gap + lineWidth(text)))
	right := int(math.Ceil(gap + valueRoom + edgeRoom*text + lineWidth(text)))
	panel := image.Rect(left, above, cfg.Width-right, cfg.Height-below)
	if panel.Dx() < minPanelWidth || panel.Dy() < max(minPanelHeight, len(bars)) {
		return nil, fmt.Errorf("plot: Config.Width×Height of %d×%d leaves no room for %d bars beside their names; they need about %d×%d",
			cfg.Width, cfg.Height, len(bars), max(cfg.Width, left+minPanelWidth+right), max(cfg.Height, above+below+max(minPanelHeight, len(bars))))
	}

	f := &Figure{width: cfg.Width, height: cfg.Height}
	f.title(title, titleSize, panel.Min.X, text)
	at := func(v float64) float64 { return (v - lo) / (hi - lo) }
	ticks := linearTicks(lo, hi, (hi-lo)*5*text/float64(panel.Dx()), 0)
	for _, t := range ticks {
		x := pixelAlong(panel, at(t.value))
		f.strokes = append(f.strokes, stroke{points: []point{{x, float64(panel.Min.Y)}, {x, float64(panel.Max.Y)}}, width: 1, colour: lightGrey})
	}
	pitch := float64(panel.Dy()) / float64(len(bars))
	every := max(1, int(math.Ceil(1.15*text/pitch)))
	for i, b := range bars {
		y := float64(panel.Min.Y) + (float64(i)+0.5)*pitch
		from, to := float64(panel.Min.X)+at(0)*float64(panel.Dx()), float64(panel.Min.X)+at(b.Value)*float64(panel.Dx())
		// A line as wide as the bar is high.
		f.strokes = append(f.strokes, stroke{points: []point{{from, y}, {to, y}}, width: max(0.72*pitch, 1), colour: curveColour(0)})
		if i%every == 0 {
			f.addLabel(label{text: names[i], size: text, fit: nameRoom + 1, x: float64(panel.Min.X) - lineWidth(text) - gap, y: y, align: 1})
			f.addLabel(label{text: values[i], size: text, fit: valueRoom + 1, x: float64(panel.Max.X) + lineWidth(text) + gap, y: y})
		}
	}
	f.frame(panel, text)
	f.bottomTicks(panel, text, ticks, at)
	f.bottomLabel(panel, text, valueAxis)
	return f, nil
}
