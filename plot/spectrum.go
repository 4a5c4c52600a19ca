package plot

import (
	"fmt"
	"image"
	"math"

	"github.com/soundspace/soundspace/spectrogram"
)

// Curve is a spectrum with a name.
type Curve struct {
	Name   string
	Values []float32 // one for each bin, in the unit of the layout
}

// Spectrum draws spectra over frequency, for instance single frames of a
// spectrogram or their means. RangeDB and Ref of the Config set the vertical
// axis as they set the colours of a spectrogram; Colormap, Waveform and Raw have
// no effect. A legend names the curves, if any has a name.
func Spectrum(l spectrogram.Layout, curves []Curve, cfg Config) (*Figure, error) {
	if err := checkLayout(&l); err != nil {
		return nil, err
	}
	if len(curves) == 0 {
		return nil, fmt.Errorf("plot: no curves to draw")
	}
	peak := math.Inf(-1)
	for i, c := range curves {
		if len(c.Values) != l.Bins {
			return nil, fmt.Errorf("plot: curve %d has %d values for %d bins", i+1, len(c.Values), l.Bins)
		}
		for _, v := range c.Values {
			if v := float64(v); v > peak && !math.IsInf(v, 1) {
				peak = v
			}
		}
	}
	cfg, err := cfg.resolve(1)
	if err != nil {
		return nil, err
	}
	freq, err := newFreqScale(&l, cfg.FreqAxis, cfg.FMinHz, cfg.FMaxHz)
	if err != nil {
		return nil, err
	}
	f, panels, err := newChartPage(&cfg, 1)
	if err != nil {
		return nil, err
	}

	scale := newValueScale(&l, &cfg, peak)
	bottom := scale.bottom
	top := scale.top + 0.04*(scale.top-bottom) // the peak stays clear of the frame
	c := chart{
		Figure: f, panel: panels[0], text: textSize(cfg.Width, cfg.Height),
		x: freq.at,
		y: func(v float64) float64 { return (v - bottom) / (top - bottom) },
	}
	xTicks, xName := freqTicks(&freq, float64(c.panel.Dx()), 4*c.text)
	c.axes(xTicks, c.linearTicksUp(bottom, top), xName, scale.name)
	names := make([]string, len(curves))
	columns := freq.binRows(&l, c.panel.Dx())
	for i, curve := range curves {
		names[i] = curve.Name
		bins := extremes(curve.Values, columns)
		c.curve(len(bins), func(j int) (x, y float64) {
			hz := l.Frequencies[bins[j]]
			if freq.kind == AxisLog {
				hz = max(hz, freq.lo/2) // 0 Hz is infinitely far away
			}
			return hz, scale.drawn(curve.Values[bins[j]])
		}, curveColour(i))
	}
	c.legend(names)
	return f, nil
}

// newChartPage lays out n charts side by side.
func newChartPage(cfg *Config, n int) (*Figure, []image.Rectangle, error) {
	text := textSize(cfg.Width, cfg.Height)
	titleSize := math.Round(1.15 * text)
	title := titleLines(cfg.Title)
	top := edgeRoom*text + float64(len(title))*lineRoom*titleSize
	bottom := (tickRoom + labelGap + 2*lineRoom) * text
	left, right := chartLeft(text), 1.5*text
	width := (float64(cfg.Width)-right)/float64(n) - left
	height := float64(cfg.Height) - top - bottom
	if width < minPanelWidth || height < minPanelHeight {
		return nil, nil, fmt.Errorf("plot: Config.Width×Height of %d×%d leaves no room for curves beside their axes; they need about %.0f×%.0f",
			cfg.Width, cfg.Height, float64(n)*(left+minPanelWidth)+right, top+bottom+minPanelHeight)
	}
	f := &Figure{width: cfg.Width, height: cfg.Height}
	var panels []image.Rectangle
	for i := range n {
		x := left + float64(i)*(left+width)
		panels = append(panels, image.Rect(int(x), int(top), int(x+width), int(top+height)))
	}
	f.title(title, titleSize, panels[0].Min.X, text)
	return f, panels, nil
}
