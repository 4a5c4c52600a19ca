// Package soundnet is the small convolutional audio encoder that is trained here: a
// residual network over log-mel frames.
package soundnet

import (
	"fmt"

	"github.com/soundspace/soundspace/audioclip/internal/params"
	"github.com/soundspace/soundspace/audioclip/internal/transformer"
	"github.com/soundspace/soundspace/spectrogram/frontend"
)

// Config describes an encoder, in the words of a model's config.json.
type Config struct {
	// FrontEnd makes the frames. The network sees them relative to the largest value of
	// the clip, from RangeDB below it on: see frontend.Relative.
	FrontEnd frontend.LogMelConfig `json:"front_end"`
	RangeDB  float64               `json:"range_db"`
	// WindowSeconds is the length of the windows that longer recordings are cut into.
	WindowSeconds float64 `json:"window_seconds"`
	// Stem are the numbers of channels of the first convolutions, each of which halves
	// both axes.
	Stem   []int   `json:"stem"`
	Stages []Stage `json:"stages"`
	// Expand is the number of channels that a last 1×1 convolution makes (0: there is
	// none).
	Expand int `json:"expand,omitempty"`
	// Embed is the length of a clip's vector.
	Embed int `json:"embedding_size"`
}

// Stage is a number of residual blocks of equal width.
type Stage struct {
	Width  int `json:"width"`
	Blocks int `json:"blocks"`
	// Groups are those of the 3×3 convolutions.
	Groups int `json:"groups"`
	// StrideTime and StrideBands are the steps of the first block.
	StrideTime  int `json:"stride_time"`
	StrideBands int `json:"stride_bands"`
}

// NormEps is the epsilon of the batch normalisations.
const NormEps = 1e-5

// Validate tells whether the numbers make sense. What is not the front end's is
// limited to far more than a small network needs.
func (c Config) Validate() error {
	if _, err := frontend.NewLogMel(c.FrontEnd); err != nil {
		return err
	}
	if !(c.RangeDB >= 1 && c.RangeDB <= 1000) {
		return fmt.Errorf("soundnet: range_db is %g, it may be 1 to 1000", c.RangeDB)
	}
	if !(c.WindowSeconds > 0 && c.WindowSeconds <= 3600) || c.WindowSamples() < 2 || c.WindowFrames() > maxPixels/c.FrontEnd.Bands {
		return fmt.Errorf("soundnet: windows of %g s, %d bands every %d samples", c.WindowSeconds, c.FrontEnd.Bands, c.FrontEnd.HopSamples)
	}
	for _, n := range []struct {
		name        string
		value, most int
	}{{"embedding_size", c.Embed, 1 << 14}, {"number of convolutions in the stem", len(c.Stem), 1 << 2}, {"number of stages", len(c.Stages), 1 << 4}} {
		if n.value < 1 || n.value > n.most {
			return fmt.Errorf("soundnet: %s is %d, it may be 1 to %d", n.name, n.value, n.most)
		}
	}
	if c.Expand < 0 || c.Expand > 1<<12 {
		return fmt.Errorf("soundnet: expand is %d, it may be 0 to %d", c.Expand, 1<<12)
	}
	in := 1
	for _, in = range c.Stem {
		if in < 1 || in > 1<<10 {
			return fmt.Errorf("soundnet: a stem of %d channels", c.Stem)
		}
	}
	for i, s := range c.Stages {
		switch {
		case s.Width < 1 || s.Width > 1<<12 || s.Blocks < 1 || s.Blocks > 1<<6:
			return fmt.Errorf("soundnet: stage %d has %d blocks of width %d", i, s.Blocks, s.Width)
		case s.StrideTime < 1 || s.StrideTime > 4 || s.StrideBands < 1 || s.StrideBands > 4:
			return fmt.Errorf("soundnet: stage %d steps by %d × %d", i, s.StrideTime, s.StrideBands)
		case s.Groups < 1 || s.Width%s.Groups != 0 || in%s.Groups != 0:
			return fmt.Errorf("soundnet: stage %d has %d groups, which do not divide %d and %d channels", i, s.Groups, in, s.Width)
		}
		in = s.Width
	}
	if size := c.size(c.WindowFrames()); size.multiplications > maxMultiplications || size.values > maxValues {
		return fmt.Errorf("soundnet: %d multiplications, and %d values after a layer, are too many for a window", size.multiplications, size.values)
	}
	return nil
}

// What a window may take.
const (
	maxPixels          = 1 << 20 // frames × bands
	maxValues          = 1 << 24 // after a layer
	maxMultiplications = 1 << 36
)

// String describes the network.
func (c Config) String() string {
	text := fmt.Sprintf("residual network, stem %d, stages", c.Stem)
	for _, s := range c.Stages {
		text += fmt.Sprintf(" %d×%d", s.Blocks, s.Width)
	}
	if c.Expand > 0 {
		text += fmt.Sprintf(", %d channels", c.Expand)
	}
	return text
}

// WindowSamples and WindowFrames are the length of a window.
func (c Config) WindowSamples() int {
	return int(c.WindowSeconds * float64(c.FrontEnd.SampleRate))
}

func (c Config) WindowFrames() int { return c.WindowSamples()/c.FrontEnd.HopSamples + 1 }

// Multiplications returns how many multiplications the convolutions and the last map
// take for so many seconds of sound, and Parameters how many trained numbers they have.
func (c Config) Multiplications(seconds float64) int {
	return c.size(int(seconds*float64(c.FrontEnd.SampleRate))/c.FrontEnd.HopSamples + 1).multiplications
}

func (c Config) Parameters() int { return c.size(1).parameters }

// size is what a network takes for a clip.
type size struct {
	multiplications, parameters int
	values                      int // after a layer, at most
}

func (c Config) size(frames int) size {
	h, w := frames, c.FrontEnd.Bands
	var s size
	for _, l := range c.layers() {
		h, w = (h+l.strideTime-1)/l.strideTime, (w+l.strideBands-1)/l.strideBands
		weights := l.out * (l.in / l.groups) * l.kernel * l.kernel
		s.multiplications += weights * h * w
		s.parameters += weights + 2*l.out
		s.values = max(s.values, h*w*l.out)
	}
	head := c.last() * c.Embed
	s.multiplications += head
	s.parameters += head + c.Embed
	return s
}

// layer is a convolution and the normalisation behind it.
type layer struct {
	name                    string
	role                    role
	out, in, kernel, groups int
	strideTime, strideBands int
}

// role is where a layer stands.
type role int

const (
	stem role = iota
	first
	second
	shortcut // of the block of the layer before
	expand
)

// layers returns the layers in the order in which they come.
func (c Config) layers() []layer {
	var list []layer
	in := 1
	for i, out := range c.Stem {
		list = append(list, layer{fmt.Sprintf("stem.%d", i), stem, out, in, 3, 1, 2, 2})
		in = out
	}
	for i, s := range c.Stages {
		strideTime, strideBands := s.StrideTime, s.StrideBands
		for j := range s.Blocks {
			name := fmt.Sprintf("stages.%d.%d.", i, j)
			list = append(list,
				layer{name + "first", first, s.Width, in, 3, s.Groups, strideTime, strideBands},
				layer{name + "second", second, s.Width, s.Width, 3, s.Groups, 1, 1})
			if in != s.Width || strideTime != 1 || strideBands != 1 {
				list = append(list, layer{name + "shortcut", shortcut, s.Width, in, 1, 1, 1, 1})
			}
			in, strideTime, strideBands = s.Width, 1, 1
		}
	}
	if c.Expand > 0 {
		list = append(list, layer{"expand", expand, c.Expand, in, 1, 1, 1, 1})
	}
	return list
}

// last returns the number of channels that the last map is given.
func (c Config) last() int {
	if c.Expand > 0 {
		return c.Expand
	}
	return c.Stages[len(c.Stages)-1].Width
}

// Fit tells whether the weights have the shapes that the config says: New asks for
// no more memory than they account for then.
func (c Config) Fit(set *params.Set) error {
	f := transformer.NewFitting(set)
	for _, l := range c.layers() {
		in := l.in / l.groups
		f.Shape(l.name+".conv.weight", &l.out, &in, &l.kernel, &l.kernel)
	}
	last := c.last()
	f.Shape("head.weight", &c.Embed, &last)
	return f.Err()
}
