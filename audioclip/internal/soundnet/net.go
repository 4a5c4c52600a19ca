package soundnet

import (
	"github.com/soundspace/soundspace/audioclip/internal/params"
	"github.com/soundspace/soundspace/internal/f32"
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
// BN(conv₁ₓ₁(mean of x under the steps)). The mean over the bands is taken, the mean
// and the maximum over time of that are added, and a linear map gives the vector.
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
	first, second, shortcut *nn.Conv2D // shortcut is nil if it is x
	strideTime, strideBands int
}

// New takes the weights of a network. The config must be valid.
func New(set *params.Set, cfg Config) *Net {
	n := &Net{cfg: cfg}
	for _, l := range cfg.layers() {
		act := nn.ReLU
		if l.role == second || l.role == shortcut {
			act = nn.Identity
		}
		conv := set.Conv2D(l.name+".conv", l.out, l.in, l.kernel, l.kernel, nn.ConvConfig{
			StrideH: l.strideTime, StrideW: l.strideBands, PadH: l.kernel / 2, PadW: l.kernel / 2, Groups: l.groups, Act: act,
		}, set.BatchNorm(l.name+".norm", l.out, NormEps))
		switch l.role {
		case stem:
			n.stem = append(n.stem, conv)
		case first:
			n.blocks = append(n.blocks, block{first: conv, strideTime: l.strideTime, strideBands: l.strideBands})
		case second:
			n.blocks[len(n.blocks)-1].second = conv
		case shortcut:
			n.blocks[len(n.blocks)-1].shortcut = conv
		case expand:
			n.expand = conv
		}
	}
	n.head = set.Linear("head", cfg.Embed, cfg.last(), nn.Identity)
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
		if b.strideTime > 1 || b.strideBands > 1 {
			x = nn.AvgPool2DCeil(c, x, b.strideTime, b.strideBands)
		}
		x = b.shortcut.Apply(c, x)
	}
	f32.Add(y.Data, x.Data)
	f32.ReLU(y.Data)
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
			f32.Add(row, x.Data[(t*x.W+f)*x.C:][:x.C])
		}
		f32.Scale(row, 1/float32(x.W))
		f32.AddScaled(y.Data, 1/float32(x.H), row)
		if t == 0 {
			copy(most, row)
		}
		f32.Maximum(most, row)
	}
	f32.Add(y.Data, most)
	return y
}
