package plot

import (
	"fmt"
	"image"
	"math"

	"github.com/soundspace/soundspace/spectrogram"
)

// Raster gathers the frames of a spectrogram into a picture as they come.
//
// It keeps none of the frames, only a float32 for every pixel of the
// spectrograms, or up to eight if the number of frames was not told or was too
// small. Methods must not be called at the same time from several goroutines,
// except that different channels may be added to concurrently.
type Raster struct {
	layout   spectrogram.Layout
	cfg      Config
	freq     freqScale
	page     page
	channels []channelRaster
}

type channelRaster struct {
	spec columns
	wave envelope
}

// NewRaster prepares a picture of so many channels of so many frames each, or -1
// where that is not known yet.
//
// The number of frames saves memory and is not binding: the picture shows all
// frames that came, over its whole width. If the number is right, every frame
// is drawn in exactly the pixel column that holds its middle. If it is -1, a
// frame can be drawn up to 1/8 pixel beside it, and if it is wrong, up to half a
// column of the picture that was planned: -1 is better than a number out of a
// header that may be far too large.
func NewRaster(l spectrogram.Layout, channels int, frames int64, cfg Config) (*Raster, error) {
	if channels < 1 || channels > maxSide {
		return nil, fmt.Errorf("plot: %d channels; 1 … %d can be drawn", channels, maxSide)
	}
	if frames < -1 || frames > maxFrames {
		return nil, fmt.Errorf("plot: %d frames; allowed are 0 … %d, or -1 for an unknown number", frames, int64(maxFrames))
	}
	if err := checkLayout(&l); err != nil {
		return nil, err
	}
	cfg, err := cfg.resolve(channels)
	if err != nil {
		return nil, err
	}
	freq, err := newFreqScale(&l, cfg.FreqAxis, cfg.FMinHz, cfg.FMaxHz)
	if err != nil {
		return nil, err
	}
	r := &Raster{layout: l, cfg: cfg, freq: freq, channels: make([]channelRaster, channels)}
	if r.page, err = newPage(&r.cfg, channels, &freq); err != nil {
		return nil, err
	}
	for i := range r.channels {
		panel := r.page.panels[i]
		r.channels[i].spec = newColumns(panel.Dx(), freq.binRows(&l, panel.Dy()), l.Bins, frames)
		r.channels[i].wave = newEnvelope(panel.Dx())
	}
	return r, nil
}

// maxHz is far above every sample rate.
const maxHz = 1e12

// checkLayout guards against layouts that no spectrogram of this module has.
func checkLayout(l *spectrogram.Layout) error {
	switch {
	case l.SampleRate < 1:
		return fmt.Errorf("plot: Layout.SampleRate is %d; it must be positive", l.SampleRate)
	case l.HopSamples < 1:
		return fmt.Errorf("plot: Layout.HopSamples is %d; it must be positive", l.HopSamples)
	case l.FirstSample < -1<<50 || l.FirstSample > 1<<50:
		return fmt.Errorf("plot: Layout.FirstSample is %d, beyond ±2^50", l.FirstSample)
	case l.Bins < 1:
		return fmt.Errorf("plot: Layout.Bins is %d; it must be positive", l.Bins)
	case len(l.Frequencies) != l.Bins:
		return fmt.Errorf("plot: Layout has %d frequencies for %d bins", len(l.Frequencies), l.Bins)
	case l.Unit > spectrogram.Log1p:
		return fmt.Errorf("plot: unknown Layout.Unit %d", l.Unit)
	}
	last := -1.0
	for k, hz := range l.Frequencies {
		if !(hz >= 0 && hz > last && hz <= maxHz) {
			return fmt.Errorf("plot: Layout.Frequencies[%d] is %g Hz; frequencies must rise, from 0 on", k, hz)
		}
		last = hz
	}
	return nil
}

// Add takes the next frames of a channel, in blocks of any length: rows holds
// whole frames, one after the other, in the unit of the layout. It panics if
// there is no such channel or the last frame is cut.
func (r *Raster) Add(channel int, rows []float32) {
	bins := r.layout.Bins
	if len(rows)%bins != 0 {
		panic(fmt.Sprintf("plot: Raster.Add was given %d values, which are not whole frames of %d", len(rows), bins))
	}
	c := &r.channels[channel]
	for ; len(rows) > 0; rows = rows[bins:] {
		c.spec.add(rows[:bins])
	}
}

// AddSamples takes the next samples of a channel for its waveform, in blocks of
// any length, from the start of the recording or of the piece of it that the
// spectrogram was made of. It panics if there is no such channel.
func (r *Raster) AddSamples(channel int, samples []float32) {
	c := &r.channels[channel]
	if r.cfg.Waveform && !r.cfg.Raw {
		c.wave.add(samples)
	}
}

// Figure returns the picture of all that was added. More may be added
// afterwards for another one.
func (r *Raster) Figure() (*Figure, error) {
	frames := r.channels[0].spec.frames
	for i := range r.channels {
		if n := r.channels[i].spec.frames; n != frames {
			return nil, fmt.Errorf("plot: channel %d has %d frames and channel %d has %d; all must have the same", 1, frames, i+1, n)
		}
	}
	if frames == 0 {
		return nil, fmt.Errorf("plot: a spectrogram without frames cannot be drawn")
	}

	scale := newValueScale(&r.layout, &r.cfg, r.Peak())
	f := newFigure(r.page.width, r.page.height, r.cfg.Colormap)
	l := newLeveler(&scale)
	for i := range r.channels {
		r.channels[i].spec.draw(f.pixels, r.page.panels[i], l)
	}
	if !r.cfg.Raw {
		r.drawAxes(f, &scale, frames)
	}
	return f, nil
}

// Peak returns the largest finite value that the picture shows so far, of all
// channels, -Inf if there is none: what Config.Ref 0 refers to.
func (r *Raster) Peak() float64 {
	peak := float32(math.Inf(-1))
	for i := range r.channels {
		for _, v := range r.channels[i].spec.values() {
			if v > peak && v <= math.MaxFloat32 {
				peak = v
			}
		}
	}
	return float64(peak)
}

// draw puts the columns into a panel, some together, as pixels that are
// neighbours in memory are best written one after the other.
func (c *columns) draw(dst *image.Paletted, panel image.Rectangle, l *leveler) {
	const together = 16
	tile := make([]float32, together*c.height) // rows from the lowest frequency up
	spans, values := c.spans(), c.values()
	for x := 0; x < len(spans); x += together {
		n := min(together, len(spans)-x)
		for i, s := range spans[x : x+n] {
			for r, v := range values[int(s.lo)*c.height:][:c.height] {
				tile[r*together+i] = v
			}
			for slot := int(s.lo) + 1; slot < int(s.hi); slot++ {
				for r, v := range values[slot*c.height:][:c.height] {
					tile[r*together+i] = max(tile[r*together+i], v)
				}
			}
		}
		for r := range c.height {
			at := dst.PixOffset(panel.Min.X+x, panel.Max.Y-1-r)
			l.levels(dst.Pix[at:at+n], tile[r*together:])
		}
	}
}

// Spectrogram draws s. It cannot draw a waveform, as s has no samples: use a
// [Raster] for that.
func Spectrogram(s *spectrogram.Spectrogram, cfg Config) (*Figure, error) {
	if s.Channels < 1 || s.Frames < 0 || len(s.Data) != s.Channels*s.Frames*s.Bins {
		return nil, fmt.Errorf("plot: %d values are not %d channels × %d frames × %d bins", len(s.Data), s.Channels, s.Frames, s.Bins)
	}
	if cfg.Waveform {
		return nil, fmt.Errorf("plot: Config.Waveform needs samples, which a spectrogram does not have; use a Raster")
	}
	r, err := NewRaster(s.Layout, s.Channels, int64(s.Frames), cfg)
	if err != nil {
		return nil, err
	}
	n := s.Frames * s.Bins
	for c := range s.Channels {
		r.Add(c, s.Data[c*n:(c+1)*n])
	}
	return r.Figure()
}
