package soundnet

import (
	"fmt"

	"github.com/soundspace/soundspace/audioclip/internal/params"
	"github.com/soundspace/soundspace/internal/nn"
	"github.com/soundspace/soundspace/spectrogram/frontend"
)

// Net is the network. It is safe for concurrent use.
//
// A stem of 3×3 convolutions is followed by residual blocks,
//
//	y = ReLU(BN(conv₃ₓ₃(ReLU(BN(conv₃ₓ₃(x))))) + shortcut(x))
//
// whose shortcut is x or, where the width changes or the first convolution steps,
// BN(conv₁ₓ₁(mean of x under the steps)). The mean over the bands is taken, the mean and the maximum over time
// of that added, and a linear map gives the vector.
//
// References: He et al., "Deep Residual Learning for Image Recognition", 2016; He et
// al., "Bag of Tricks for Image Classification", 2019, for the shortcut; Kong et al.,
// "PANNs", 2020, for the pooling.
type Net struct {
	cfg    Config
	stem   []*nn.Conv2D
	blocks []block
	expand *nn.Conv2D // nil: none
	head   *nn.Linear
}

type block struct {
	first, second, shortcut *nn.Conv2D
	strideT, strideBands    int
}

// New takes the weights of a network. The config must be valid.
func New(set *params.Set, cfg Config) *Net {
	n := &Net{cfg: cfg}
	conv := func(name string, out, in, kernel, strideT, strideBands, groups int, act nn.Activation) *nn.Conv2D {
		norm := set.BatchNorm(name+".norm", out, NormEps)
		return set.Conv2D(name+".conv", out, in, kernel, kernel, nn.ConvConfig{
			StrideH: strideT, StrideW: strideBands, PadH: kernel / 2, PadW: kernel / 2, Groups: groups, Act: act,
		}, norm)
	}
	in := 1
	for i, out := range cfg.Stem {
		n.stem = append(n.stem, conv(fmt.Sprintf("stem.%d", i), out, in, 3, 2, 2, 1, nn.ReLU))
		in = out
	}
	for i, s := range cfg.Stages {
		for j := range s.Blocks {
			strideT, strideBands := s.StrideTime, s.StrideBands
			if j > 0 {
				strideT, strideBands = 1, 1
			}
			name := fmt.Sprintf("stages.%d.%d.", i, j)
			b := block{
				strideT: strideT, strideBands: strideBands,
				first:  conv(name+"first", s.Width, in, 3, strideT, strideBands, s.Groups, nn.ReLU),
				second: conv(name+"second", s.Width, s.Width, 3, 1, 1, s.Groups, nn.Identity),
			}
			if in != s.Width || strideT != 1 || strideBands != 1 {
				b.shortcut = conv(name+"shortcut", s.Width, in, 1, 1, 1, 1, nn.Identity)
			}
			n.blocks = append(n.blocks, b)
			in = s.Width
		}
	}
	if cfg.Expand > 0 {
		n.expand = conv("expand", cfg.Expand, in, 1, 1, 1, 1, nn.ReLU)
		in = cfg.Expand
	}
	n.head = set.Linear("head", cfg.Embed, in, nn.Identity)
	return n
}

// Config returns what the network was made with.
func (n *Net) Config() Config { return n.cfg }

// Encode computes dst, a single row, from the log-mel frames of a clip in dB, which it
// changes.
func (n *Net) Encode(c *nn.Context, dst, frames nn.Matrix) {
	defer c.Release(c.Mark())
	frontend.Relative(frames.Data, n.cfg.RangeDB)
	x := nn.Images{Data: frames.Data, N: 1, H: frames.Rows, W: frames.Cols, C: 1}
	for _, l := range n.stem {
		x = l.Apply(c, x)
	}
	for i := range n.blocks {
		x = n.blocks[i].apply(c, x)
	}
	if n.expand != nil {
		x = n.expand.Apply(c, x)
	}
	n.head.Apply(c, dst, pool(c, x))
}

func (b *block) apply(c *nn.Context, x nn.Images) nn.Images {
	y := b.second.Apply(c, b.first.Apply(c, x))
	if b.shortcut != nil {
		if b.strideT > 1 || b.strideBands > 1 {
			x = nn.AvgPool2DCeil(c, x, b.strideT, b.strideBands)
		}
		x = b.shortcut.Apply(c, x)
	}
	for i, v := range x.Data {
		y.Data[i] = max(y.Data[i]+v, 0)
	}
	return y
}

// pool returns for each channel the mean and the maximum over time of the mean over
// the bands, added.
func pool(c *nn.Context, x nn.Images) nn.Matrix {
	y, row, most := c.Matrix(1, x.C), c.Floats(x.C), c.Floats(x.C)
	clear(y.Data)
	for t := range x.H {
		clear(row)
		for f := range x.W {
			for ch, v := range x.Data[(t*x.W+f)*x.C : (t*x.W+f+1)*x.C] {
				row[ch] += v
			}
		}
		for ch, v := range row {
			v /= float32(x.W)
			y.Data[ch] += v / float32(x.H)
			if t == 0 || v > most[ch] {
				most[ch] = v
			}
		}
	}
	for ch, v := range most {
		y.Data[ch] += v
	}
	return y
}
