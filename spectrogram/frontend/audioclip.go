package frontend

import (
	"fmt"
	"slices"
	"sync"

	"github.com/soundspace/soundspace/internal/fbsp"
	"github.com/soundspace/soundspace/internal/nn"
	"github.com/soundspace/soundspace/stft"
)

// AudioCLIPConfig has the parameters of AudioCLIP's filters, which are learnt: each
// checkpoint has its own. The zero value is what training begins with, a Fourier
// transform.
type AudioCLIPConfig struct {
	// Window has the 1654 coefficients of the window, the tensor audio.window (nil:
	// the periodic Blackman-Harris window, which is that of all checkpoints).
	Window []float32
	// Order, Bandwidth and Centre have a value for each of 1025 filters, the tensors
	// audio.fbsp.m, audio.fbsp.fb and audio.fbsp.fc (nil: zeros, ones, and
	// 0, 1, 2 …).
	Order, Bandwidth, Centre []float32
}

// AudioCLIP is the front end of AudioCLIP at 44.1 kHz: decibels of the powers of
// 1023 complex frequency B-spline filters,
//
//	10·log10(|Σ_t x[t]·window[t]·w[k][t]|²), 1e-18 in place of 0,
//
// of frames of 1654 samples, 561 apart, with as many zeros before the clip as after
// it. Package internal/fbsp has the formula of w. The shape is 3 × frames × 341: the
// lower, middle and upper third of the filters. The original, whose samples are
// 32768 times as large, has filters in rows, and this turned round.
//
// Source: AndreyGuzhov/AudioCLIP, commit 45327aa.
type AudioCLIP struct {
	transform *fbsp.Transform
	contexts  sync.Pool // of *nn.Context
}

// NewAudioCLIP returns the front end. The error names the field of the config that
// has a wrong number of values.
func NewAudioCLIP(cfg AudioCLIPConfig) (*AudioCLIP, error) {
	if cfg.Window == nil {
		window, err := stft.BlackmanHarris().Coefficients(fbsp.Window)
		if err != nil {
			return nil, err
		}
		for _, v := range window {
			cfg.Window = append(cfg.Window, float32(v))
		}
	}
	if cfg.Order == nil {
		cfg.Order = make([]float32, fbsp.Filters)
	}
	if cfg.Bandwidth == nil {
		cfg.Bandwidth = slices.Repeat([]float32{1}, fbsp.Filters)
	}
	if cfg.Centre == nil {
		for k := range fbsp.Filters {
			cfg.Centre = append(cfg.Centre, float32(k))
		}
	}
	for _, field := range []struct {
		name      string
		got, want int
	}{
		{"Window", len(cfg.Window), fbsp.Window},
		{"Order", len(cfg.Order), fbsp.Filters},
		{"Bandwidth", len(cfg.Bandwidth), fbsp.Filters},
		{"Centre", len(cfg.Centre), fbsp.Filters},
	} {
		if field.got != field.want {
			return nil, fmt.Errorf("frontend: AudioCLIPConfig.%s has %d values, must have %d", field.name, field.got, field.want)
		}
	}
	a := &AudioCLIP{transform: fbsp.New(cfg.Window, cfg.Order, cfg.Bandwidth, cfg.Centre)}
	a.contexts.New = func() any { return nn.NewContext(1) }
	return a, nil
}

// SampleRate implements [FrontEnd].
func (a *AudioCLIP) SampleRate() int { return fbsp.SampleRate }

// Shape implements [FrontEnd].
func (a *AudioCLIP) Shape(n int) Shape {
	return Shape{Planes: fbsp.Bands, Rows: fbsp.Frames(n), Cols: fbsp.Height}
}

// Compute implements [FrontEnd]. A frame with a NaN or an infinity in it counts as
// silence, as in the original.
func (a *AudioCLIP) Compute(dst, x []float32) []float32 {
	shape := a.Shape(len(x))
	dst = grow(dst, shape.Len())
	c := a.contexts.Get().(*nn.Context)
	defer a.contexts.Put(c)
	defer c.Release(c.Mark())
	image := a.transform.Image(c, x) // of filters × frames × thirds
	for i, v := range image.Data {
		third, frame, filter := i%fbsp.Bands, i/fbsp.Bands%shape.Rows, i/fbsp.Bands/shape.Rows
		dst[(third*shape.Rows+frame)*shape.Cols+filter] = v
	}
	return dst
}
