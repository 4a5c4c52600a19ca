package main

import (
	"io"

	"github.com/soundspace/soundspace/plot"
	"github.com/soundspace/soundspace/spectrogram"
)

// picture is the sink of --format png, svg and pdf.
type picture struct {
	opts     *options
	raster   *plot.Raster
	channels int
	frames   int64
	layout   spectrogram.Layout
}

func newPicture(opts *options, l spectrogram.Layout, channels int, frames int64, title string) (*picture, error) {
	cfg := opts.plot
	cfg.Title = title
	cfg.Ref = opts.ref.of(l, 0) // 0 is the largest value for plot too
	if opts.ref.kind == refFullScale {
		cfg.RefName = "dBFS"
	}
	r, err := plot.NewRaster(l, channels, frames, cfg)
	if err != nil {
		return nil, err
	}
	return &picture{opts: opts, raster: r, channels: channels, layout: l}, nil
}

func (p *picture) add(channel int, rows []float32) error {
	p.raster.Add(channel, rows)
	if channel == 0 {
		p.frames += int64(len(rows) / p.layout.Bins)
	}
	return nil
}

func (p *picture) finish(w io.Writer) (*result, error) {
	f, err := p.raster.Figure()
	if err != nil {
		return nil, err
	}
	switch p.opts.format {
	case "svg":
		err = f.WriteSVG(w)
	case "pdf":
		err = f.WritePDF(w)
	default:
		err = f.WritePNG(w)
	}
	ref := p.opts.ref.of(p.layout, max(0, p.raster.Peak()))
	return &result{Format: p.opts.format, Channels: p.channels, Frames: p.frames, Bins: p.layout.Bins, RefPower: ref}, err
}

func (p *picture) close() {}
