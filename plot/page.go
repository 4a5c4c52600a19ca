package plot

import (
	"fmt"
	"image"
	"math"
	"strings"
)

// page is where everything stands in a picture of a spectrogram. The margins
// depend on the configuration alone, not on the values, so that rasterising can
// begin before they are known.
type page struct {
	width, height int
	text          float64 // size of labels, in pixels
	title         []string
	titleSize     float64
	panels        []image.Rectangle // the spectrogram of each channel
	waves         []image.Rectangle // its waveform, if there are any
	bar           image.Rectangle
}

// Room, as multiples of the size of labels. Half a line is half the height of
// digits and what keeps two lines apart.
const (
	tickRoom  = 0.4 // length of a tick
	labelGap  = 0.3 // between tick and label
	lineRoom  = 1.5 // a line of text
	panelGap  = 1.1 // between the panels of channels
	barGap    = 1.0
	barWidth  = 1.2
	edgeRoom  = 0.6
	waveGap   = 0.8  // between a waveform and its spectrogram
	waveShare = 0.16 // of the height of a channel, not of labels
)

const (
	minPanelWidth  = 64
	minPanelHeight = 32
)

// textSize returns the size of labels for a picture: 12 pixels at 1200×600,
// growing with the square root of its size, and never less than 10.
func textSize(width, height int) float64 {
	scale := min(float64(width)/1200, float64(height)/600)
	return max(10, math.Round(12*math.Sqrt(scale)))
}

// titleLines splits a title at its line breaks.
func titleLines(title string) []string {
	if title == "" {
		return nil
	}
	return strings.Split(strings.TrimRight(title, "\n"), "\n")
}

// newPage lays out a picture.
func newPage(cfg *Config, channels int, freq *freqScale) (page, error) {
	p := page{width: cfg.Width, height: cfg.Height}
	if cfg.Raw {
		if cfg.Height < channels {
			return p, fmt.Errorf("plot: Config.Height %d is too small for %d channels", cfg.Height, channels)
		}
		for c := range channels {
			p.panels = append(p.panels, image.Rect(0, c*p.height/channels, p.width, (c+1)*p.height/channels))
		}
		return p, nil
	}

	p.text = textSize(cfg.Width, cfg.Height)
	px := func(times float64) int { return int(math.Round(times * p.text)) }
	p.titleSize = math.Round(1.15 * p.text)
	p.title = titleLines(cfg.Title)

	top := px(edgeRoom) + int(float64(len(p.title))*lineRoom*p.titleSize)
	bottom := px(tickRoom + labelGap + 2*lineRoom)
	header, gap := 0, px(panelGap)
	if channels > 1 {
		header = px(lineRoom)
	}
	each := (p.height-top-bottom-(channels-1)*gap)/channels - header
	wave := 0 // with the gap below it
	if cfg.Waveform {
		wave = max(int(waveShare*float64(each)), px(2)) + px(waveGap)
	}
	panel := each - wave

	right := px(barGap+barWidth+tickRoom+labelGap+lineRoom+edgeRoom) + int(textWidth("-0000", p.text))
	widest := 0.0
	if cfg.Waveform {
		widest = textWidth("-0.00", p.text)
	}
	ticks, _ := freqTicks(freq, float64(max(panel, 1)), freqTickGap*p.text)
	for _, t := range ticks {
		widest = max(widest, textWidth(t.label, p.text))
	}
	left := px(edgeRoom+lineRoom+tickRoom+labelGap) + int(math.Ceil(widest))
	if panel < minPanelHeight || p.width-left-right < minPanelWidth {
		needHeight := p.height + channels*max(0, minPanelHeight-panel)
		needWidth := p.width + max(0, minPanelWidth-(p.width-left-right))
		return p, fmt.Errorf("plot: Config.Width×Height of %d×%d leaves no room for the spectrogram beside its axes; it needs about %d×%d",
			p.width, p.height, needWidth, needHeight)
	}

	y := top
	for range channels {
		y += header
		if cfg.Waveform {
			p.waves = append(p.waves, image.Rect(left, y, p.width-right, y+wave-px(waveGap)))
			y += wave
		}
		p.panels = append(p.panels, image.Rect(left, y, p.width-right, y+panel))
		y += panel + gap
	}
	x := p.width - right + px(barGap)
	p.bar = image.Rect(x, p.panels[0].Min.Y, x+px(barWidth), p.panels[channels-1].Max.Y)
	return p, nil
}
