// Package cnn14 has CNN14, the convolutional network for sounds that MS-CLAP 2022
// begins with.
//
// References: Kong et al., PANNs: Large-Scale Pretrained Audio Neural Networks for
// Audio Pattern Recognition, 2020; msclap 1.3.4, models/audio.py.
package cnn14

import (
	"math"

	"github.com/soundspace/soundspace/audioclip/internal/params"
	"github.com/soundspace/soundspace/internal/nn"
)

const (
	// Bands is the number of mel bands of the spectrograms that the network takes.
	Bands = 64
	// MinFrames is the least number of frames of a spectrogram.
	MinFrames = 32

	width        = 2048
	batchNormEps = 1e-5
)

// CNN14 is six pairs of 3×3 convolutions over log-mel spectrograms, which halve
// time and frequency after each pair but the last, and a linear layer. It is safe
// for concurrent use.
type CNN14 struct {
	norm   *nn.BatchNorm // of bands
	blocks [6][2]*nn.Conv2D
	fc     *nn.Linear
}

// New takes the weights of a network. It does not need those of its spectrograms,
// spectrogram_extractor.* and logmel_extractor.*, nor those of its classes,
// fc_audioset.*.
func New(set *params.Set) *CNN14 {
	set.Ignore("spectrogram_extractor.*", "logmel_extractor.*", "fc_audioset.*")
	m := &CNN14{
		norm: set.BatchNorm("bn0", Bands, batchNormEps),
		fc:   set.Linear("fc1", width, width, nn.ReLU),
	}
	in := 1
	for i := range m.blocks {
		out := 64 << i
		s := set.Sub("conv_block%d.", i+1)
		cfg := nn.ConvConfig{PadH: 1, PadW: 1, Act: nn.ReLU}
		m.blocks[i] = [2]*nn.Conv2D{
			s.Conv2D("conv1", out, in, 3, 3, cfg, s.BatchNorm("bn1", out, batchNormEps)),
			s.Conv2D("conv2", out, out, 3, 3, cfg, s.BatchNorm("bn2", out, batchNormEps)),
		}
		in = out
	}
	return m
}

// Width returns the length of a vector.
func (m *CNN14) Width() int { return width }

// Encode computes a row of dst for each spectrogram, frames × Bands in dB, with at
// least MinFrames frames.
func (m *CNN14) Encode(c *nn.Context, dst nn.Matrix, specs []nn.Matrix) {
	defer c.Release(c.Mark())
	pooled := c.Matrix(len(specs), width)
	for i, spec := range specs {
		m.features(c, pooled.Row(i), spec)
	}
	m.fc.Apply(c, dst, pooled)
}

// features computes the largest value over time of each channel's mean over
// frequency, plus its mean.
func (m *CNN14) features(c *nn.Context, dst []float32, spec nn.Matrix) {
	if spec.Cols != Bands || spec.Rows < MinFrames {
		panic("cnn14: a spectrogram that the network does not take")
	}
	defer c.Release(c.Mark())
	x := c.Images(1, spec.Rows, Bands, 1)
	for t := range spec.Rows {
		copy(x.Data[t*Bands:], spec.Row(t))
	}
	m.norm.Apply(c, nn.NewMatrix(x.Data, spec.Rows, Bands))
	for i, pair := range m.blocks {
		pool := 2
		if i == len(m.blocks)-1 {
			pool = 1
		}
		y := c.Images(1, x.H/pool, x.W/pool, 64<<i)
		mark := c.Mark()
		copy(y.Data, pooled(c, pair[1].Apply(c, pair[0].Apply(c, x)), pool).Data)
		c.Release(mark)
		x = y
	}
	frames := nn.AvgPool2D(c, x, 1, x.W).Matrix()
	mean := c.Floats(width)
	clear(mean)
	for i := range dst {
		dst[i] = float32(math.Inf(-1))
	}
	for t := range frames.Rows {
		for i, v := range frames.Row(t) {
			dst[i] = max(dst[i], v)
			mean[i] += v
		}
	}
	for i, v := range mean {
		dst[i] += v / float32(frames.Rows)
	}
}

func pooled(c *nn.Context, x nn.Images, size int) nn.Images {
	if size == 1 {
		return x
	}
	return nn.AvgPool2D(c, x, size, size)
}
