// Package soundnet is the small convolutional audio encoder that is trained here: a
// residual network over log-mel frames.
package soundnet

import (
	"fmt"

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
	if frames := c.WindowFrames(); !(c.WindowSeconds > 0) || frames < 1 || frames > 1<<16 {
		return fmt.Errorf("soundnet: windows of %g s", c.WindowSeconds)
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
		return fmt.Errorf("soundnet: expand is %d", c.Expand)
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
	return nil
}

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
	n, _ := c.count(seconds)
	return n
}

func (c Config) Parameters() int {
	_, n := c.count(1)
	return n
}

func (c Config) count(seconds float64) (multiplications, parameters int) {
	h := int(seconds*float64(c.FrontEnd.SampleRate))/c.FrontEnd.HopSamples + 1
	w, in := c.FrontEnd.Bands, 1
	conv := func(out, kernel, groups int) {
		weights := out * in / groups * kernel * kernel
		multiplications += weights * h * w
		parameters += weights + 2*out
		in = out
	}
	steps := func(n, by int) int { return (n + by - 1) / by }
	for _, out := range c.Stem {
		h, w = steps(h, 2), steps(w, 2)
		conv(out, 3, 1)
	}
	for _, s := range c.Stages {
		for j := range s.Blocks {
			from, stepped := in, j == 0 && (s.StrideTime > 1 || s.StrideBands > 1)
			if stepped {
				h, w = steps(h, s.StrideTime), steps(w, s.StrideBands)
			}
			conv(s.Width, 3, s.Groups)
			conv(s.Width, 3, s.Groups)
			if from != s.Width || stepped {
				in = from
				conv(s.Width, 1, 1)
			}
		}
	}
	if c.Expand > 0 {
		conv(c.Expand, 1, 1)
	}
	return multiplications + in*c.Embed, parameters + in*c.Embed + c.Embed
}
