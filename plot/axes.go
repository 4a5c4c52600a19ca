package plot

import (
	"fmt"
	"image"
	"image/color"
	"math"
)

// Distances between ticks, as multiples of the size of labels.
const (
	freqTickGap  = 2.2
	levelTickGap = 3.0
	waveTickGap  = 1.3
	timeTickGap  = 5.0 // between labels, less where a panel is narrow
)

var (
	black    = color.RGBA{0, 0, 0, 255}
	darkGrey = color.RGBA{0x44, 0x44, 0x44, 255}
)

// drawAxes puts everything around the spectrogram of so many frames.
func (r *Raster) drawAxes(f *Figure, scale *valueScale, frames int64) {
	p := &r.page
	last := len(p.panels) - 1

	hop := float64(r.layout.HopSamples)
	rate := float64(r.layout.SampleRate)
	start := (float64(r.layout.FirstSample) - hop/2) / rate
	end := start + float64(frames)*hop/rate

	f.title(p.title, p.titleSize, p.panels[0].Min.X, p.text)
	freq, freqLabel := freqTicks(&r.freq, float64(p.panels[0].Dy()), freqTickGap*p.text)
	for i, panel := range p.panels {
		f.frame(panel, p.text)
		f.leftTicks(panel, p.text, freq, r.freq.at)
		above := panel.Min.Y
		if p.waves != nil {
			r.drawWave(f, i, frames)
			above = p.waves[i].Min.Y
		}
		if last > 0 {
			f.addLabel(label{text: fmt.Sprintf("Channel %d", i+1), size: p.text, x: float64(panel.Min.X), y: float64(above) - 0.75*p.text})
		}
	}

	seconds := func(t float64) float64 { return (t - start) / (end - start) }
	width := func(s string) float64 { return textWidth(s, p.text) }
	across := float64(p.panels[0].Dx())
	gap := max(p.text, min(timeTickGap*p.text, across/10))
	times, timeLabel := timeTicks(start, end, across, gap, width)
	f.bottomTicks(p.panels[last], p.text, times, seconds)
	f.bottomLabel(p.panels[last], p.text, timeLabel)
	f.leftLabel((edgeRoom+0.5)*p.text, image.Rect(0, p.bar.Min.Y, 0, p.bar.Max.Y), p.text, freqLabel)

	f.colourBar(p.bar, p.text, scale)
}

// colourBar draws every level of the scale, the lightest on top.
func (f *Figure) colourBar(bar image.Rectangle, text float64, scale *valueScale) {
	for y := bar.Min.Y; y < bar.Max.Y; y++ {
		level := levelOf((float64(bar.Max.Y-y) - 0.5) / float64(bar.Dy()))
		row := f.pixels.Pix[f.pixels.PixOffset(bar.Min.X, y):][:bar.Dx()]
		for x := range row {
			row[x] = level
		}
	}
	f.frame(bar, text)
	height := float64(bar.Dy())
	gap := max(levelTickGap*text, height/12) / height
	ticks := linearTicks(scale.bottom, scale.top, gap*(scale.top-scale.bottom), 0)
	widest := 0.0
	for _, t := range ticks {
		widest = max(widest, textWidth(t.label, text))
		y := pixelUp(bar, (t.value-scale.bottom)/(scale.top-scale.bottom))
		f.line(text, float64(bar.Max.X)+lineWidth(text), y, float64(bar.Max.X)+tickRoom*text, y)
		f.addLabel(label{text: t.label, size: text, x: float64(bar.Max.X) + (tickRoom+labelGap)*text, y: y})
	}
	f.addLabel(label{
		text: scale.name, size: text, fit: float64(f.height) - 2*text,
		x: float64(bar.Max.X) + (tickRoom+labelGap+0.9)*text + max(widest, textWidth("-00", text)),
		y: float64(bar.Min.Y+bar.Max.Y) / 2, align: 0.5, upright: true,
	})
}

// drawWave draws the waveform of channel i, as high as the loudest of them.
func (r *Raster) drawWave(f *Figure, i int, frames int64) {
	peak := 0.0
	for c := range r.channels {
		peak = max(peak, r.channels[c].wave.peak())
	}
	if peak == 0 {
		peak = 1
	}
	panel := r.page.waves[i]
	// Where the picture begins and ends, in samples of the piece.
	first := -float64(r.layout.HopSamples) / 2
	if r.layout.STFT.NoCenter {
		first += float64(r.layout.STFT.NFFT / 2)
	}
	lo, hi := r.channels[i].wave.columns(first, first+float64(frames)*float64(r.layout.HopSamples), panel.Dx())
	f.envelope(panel, lo, hi, peak)
	f.frame(panel, r.page.text)
	ticks := linearTicks(-peak, peak, 2*peak*waveTickGap*r.page.text/float64(panel.Dy()), 0)
	f.leftTicks(panel, r.page.text, ticks, func(v float64) float64 { return (v/peak + 1) / 2 })
}

// envelope fills what lies between lo and hi in every column, and whatever is
// needed to join it to the column before.
func (f *Figure) envelope(panel image.Rectangle, lo, hi []float32, peak float64) {
	row := func(v float32) int {
		up := (float64(v)/peak + 1) / 2 * float64(panel.Dy())
		return panel.Max.Y - 1 - int(min(max(up, 0), float64(panel.Dy()-1)))
	}
	zero := f.pixels.Pix[f.pixels.PixOffset(panel.Min.X, row(0)):][:panel.Dx()]
	for x := range zero {
		zero[x] = paletteGrey(0xbb)
	}
	lastTop, lastBottom := -1, -1
	for x := range lo {
		if !(lo[x] <= hi[x]) {
			lastTop = -1
			continue
		}
		top, bottom := row(hi[x]), row(lo[x])
		from, to := top, bottom
		if lastTop >= 0 {
			from, to = min(top, lastBottom), max(bottom, lastTop)
		}
		for y := from; y <= to; y++ {
			f.pixels.Pix[f.pixels.PixOffset(panel.Min.X+x, y)] = paletteGrey(0x44)
		}
		lastTop, lastBottom = top, bottom
	}
}

// pixelUp returns the middle of the pixel row at x of the way up a panel.
func pixelUp(panel image.Rectangle, x float64) float64 {
	up := math.Floor(x*float64(panel.Dy()) + 1e-6)
	return float64(panel.Max.Y) - 0.5 - min(max(up, 0), float64(panel.Dy()-1))
}

// pixelAlong returns the middle of the pixel column at x of the way along a
// panel.
func pixelAlong(panel image.Rectangle, x float64) float64 {
	along := math.Floor(x*float64(panel.Dx()) + 1e-6)
	return float64(panel.Min.X) + 0.5 + min(max(along, 0), float64(panel.Dx()-1))
}

// lineWidth returns how wide axes are, in whole pixels.
func lineWidth(text float64) float64 { return max(1, math.Round(text/14)) }

// frame draws a line around a panel, touching none of its pixels.
func (f *Figure) frame(panel image.Rectangle, text float64) {
	w := lineWidth(text)
	x0, y0 := float64(panel.Min.X)-w/2, float64(panel.Min.Y)-w/2
	x1, y1 := float64(panel.Max.X)+w/2, float64(panel.Max.Y)+w/2
	f.strokes = append(f.strokes, stroke{
		points: []point{{x0, y0}, {x1, y0}, {x1, y1}, {x0, y1}}, closed: true,
		width: w, colour: darkGrey,
	})
}

// line draws a straight line as wide as axes are.
func (f *Figure) line(text, x0, y0, x1, y1 float64) {
	f.strokes = append(f.strokes, stroke{points: []point{{x0, y0}, {x1, y1}}, width: lineWidth(text), colour: darkGrey})
}

// leftTicks draws ticks and their labels on the left of a panel; at tells how
// far up a value is.
func (f *Figure) leftTicks(panel image.Rectangle, text float64, ticks []tick, at func(float64) float64) {
	x := float64(panel.Min.X) - lineWidth(text)
	for _, t := range ticks {
		y := pixelUp(panel, at(t.value))
		f.line(text, x-tickLength(t, text), y, x, y)
		f.addLabel(label{text: t.label, size: text, x: x - (tickRoom+labelGap)*text, y: y, align: 1})
	}
}

// bottomTicks draws ticks and their labels below a panel.
func (f *Figure) bottomTicks(panel image.Rectangle, text float64, ticks []tick, at func(float64) float64) {
	y := float64(panel.Max.Y) + lineWidth(text)
	for _, t := range ticks {
		x := pixelAlong(panel, at(t.value))
		f.line(text, x, y, x, y+tickLength(t, text))
		f.addLabel(label{text: t.label, size: text, x: x, y: y + (tickRoom+labelGap+0.4)*text, align: 0.5})
	}
}

func tickLength(t tick, text float64) float64 {
	if t.label == "" {
		return math.Round(tickRoom * text / 2)
	}
	return math.Round(tickRoom * text)
}

// bottomLabel names the horizontal axis of a panel.
func (f *Figure) bottomLabel(panel image.Rectangle, text float64, name string) {
	f.addLabel(label{
		text: name, size: text, fit: float64(panel.Dx()),
		x: float64(panel.Min.X+panel.Max.X) / 2, y: float64(panel.Max.Y) + (tickRoom+labelGap+0.4+lineRoom)*text, align: 0.5,
	})
}

// leftLabel names the vertical axis of a panel, in a line around x.
func (f *Figure) leftLabel(x float64, panel image.Rectangle, text float64, name string) {
	f.addLabel(label{
		text: name, size: text, fit: float64(f.height) - 2*text,
		x: x, y: float64(panel.Min.Y+panel.Max.Y) / 2, align: 0.5, upright: true,
	})
}

// title draws lines above everything, from x on.
func (f *Figure) title(lines []string, size float64, x int, text float64) {
	for i, s := range lines {
		f.addLabel(label{
			text: s, size: size, fit: float64(f.width-x) - edgeRoom*text,
			x: float64(x), y: edgeRoom*text + (float64(i)+0.45)*lineRoom*size,
		})
	}
}
