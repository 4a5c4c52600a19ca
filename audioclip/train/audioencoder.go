package train

import (
	"fmt"
	"math"

	"github.com/soundspace/soundspace/audioclip/internal/soundnet"
	"github.com/soundspace/soundspace/internal/nn"
	"github.com/soundspace/soundspace/internal/nn/autodiff"
)

// audioEncoder is a soundnet.Net that is trained. Its parameters have the names and
// shapes of that one's.
type audioEncoder struct {
	cfg    soundnet.Config
	params []*autodiff.Param
	stem   []convNorm
	blocks []audioBlock
	expand *convNorm // nil: none
	head   affine
}

// convNorm is a convolution and the normalisation of what comes out.
type convNorm struct {
	weight *autodiff.Param
	norm   *autodiff.BatchNorm
	cfg    nn.ConvConfig
}

type audioBlock struct {
	first, second        convNorm
	shortcut             *convNorm // nil: none
	strideT, strideBands int
}

// newAudioEncoder returns a network with random weights, as He et al., "Delving Deep
// into Rectifiers", 2015, begin with. The last normalisation of a block begins with
// 0, so that a block is its shortcut at first (Goyal et al., "Accurate, Large
// Minibatch SGD", 2017).
func newAudioEncoder(cfg soundnet.Config, prefix string, seed uint64) *audioEncoder {
	p := &parameters{seed: seed}
	conv := func(name string, out, in, kernel, strideT, strideBands, groups int) convNorm {
		name = prefix + name
		l := convNorm{
			weight: p.normal(name+".conv.weight", math.Sqrt(2/float64(out/groups*kernel*kernel)), out, in/groups, kernel, kernel),
			norm:   autodiff.NewBatchNorm(name+".norm", out),
			cfg:    nn.ConvConfig{StrideH: strideT, StrideW: strideBands, PadH: kernel / 2, PadW: kernel / 2, Groups: groups},
		}
		l.norm.Eps = soundnet.NormEps
		p.list = append(p.list, l.norm.Weight, l.norm.Bias,
			&autodiff.Param{Name: name + ".norm.running_mean", Shape: []int{out}, Data: l.norm.Mean},
			&autodiff.Param{Name: name + ".norm.running_var", Shape: []int{out}, Data: l.norm.Variance})
		return l
	}
	e := &audioEncoder{cfg: cfg}
	in := 1
	for i, out := range cfg.Stem {
		e.stem = append(e.stem, conv(fmt.Sprintf("stem.%d", i), out, in, 3, 2, 2, 1))
		in = out
	}
	for i, s := range cfg.Stages {
		for j := range s.Blocks {
			b := audioBlock{strideT: s.StrideTime, strideBands: s.StrideBands}
			if j > 0 {
				b.strideT, b.strideBands = 1, 1
			}
			name := fmt.Sprintf("stages.%d.%d.", i, j)
			b.first = conv(name+"first", s.Width, in, 3, b.strideT, b.strideBands, s.Groups)
			b.second = conv(name+"second", s.Width, s.Width, 3, 1, 1, s.Groups)
			clear(b.second.norm.Weight.Data)
			if in != s.Width || b.strideT != 1 || b.strideBands != 1 {
				shortcut := conv(name+"shortcut", s.Width, in, 1, 1, 1, 1)
				b.shortcut = &shortcut
			}
			e.blocks = append(e.blocks, b)
			in = s.Width
		}
	}
	if cfg.Expand > 0 {
		expand := conv("expand", cfg.Expand, in, 1, 1, 1, 1)
		e.expand, in = &expand, cfg.Expand
	}
	e.head = p.linear(prefix+"head", cfg.Embed, in, 1/math.Sqrt(float64(in)))
	e.params = p.list
	return e
}

// forward returns a row for each window of normalised frames, given as pictures of one
// channel. dropout is applied before the last map.
func (e *audioEncoder) forward(t *autodiff.Tape, windows nn.Images, dropout float64, seed uint64) *autodiff.Value {
	x := t.InputImages(windows)
	for i := range e.stem {
		x = e.stem[i].forward(t, x, true)
	}
	for i := range e.blocks {
		b := &e.blocks[i]
		y := t.Conv2D(b.first.forward(t, x, true), b.second.weight, nil, b.second.cfg)
		if b.shortcut != nil {
			if b.strideT > 1 || b.strideBands > 1 {
				x = t.AvgPool2D(x, b.strideT, b.strideBands)
			}
			x = b.shortcut.forward(t, x, false)
		}
		x = t.BatchNormAddReLU(y, b.second.norm, x)
	}
	if e.expand != nil {
		x = e.expand.forward(t, x, true)
	}
	x = t.AvgPool2D(x, 1, x.W)
	x = t.GlobalMeanMax(x)
	if dropout > 0 && t.Train {
		x = t.Dropout(x, dropout, seed)
	}
	return t.Linear(x, e.head.weight, e.head.bias)
}

func (l *convNorm) forward(t *autodiff.Tape, x *autodiff.Value, relu bool) *autodiff.Value {
	y := t.Conv2D(x, l.weight, nil, l.cfg)
	if relu {
		return t.BatchNormReLU(y, l.norm)
	}
	return t.BatchNorm(y, l.norm)
}
