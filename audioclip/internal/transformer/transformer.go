// Package transformer is the stack of blocks that the text encoders and the vision
// transformers share: self-attention and a feed-forward network, each with a
// residual connection and a layer normalisation.
//
// Sequences of different lengths lie one after the other, without padding. Each
// sees itself only, and its result does not depend on the others, to the last bit.
//
// Reference: Vaswani et al., Attention Is All You Need, 2017 (post-norm); Radford et
// al., Language Models are Unsupervised Multitask Learners, 2019 (pre-norm).
package transformer

import (
	"fmt"
	"math"

	"github.com/soundspace/soundspace/audioclip/internal/params"
	"github.com/soundspace/soundspace/internal/nn"
)

// Config describes a stack.
type Config struct {
	Width, Layers, Heads int
	FeedForward          int
	Act                  nn.Activation
	Eps                  float64 // of the normalisations
	Causal               bool    // no token sees those after it
	// PostNorm puts the normalisations after the residual connections,
	//
	//	x = LN₁(x + Attention(x)), x = LN₂(x + FeedForward(x))
	//
	// instead of x += Attention(LN₁(x)), x += FeedForward(LN₂(x)).
	PostNorm bool
}

// Validate tells whether the sizes make sense.
func (c Config) Validate() error {
	for _, size := range []struct {
		name        string
		value, most int
	}{
		{"width", c.Width, 1 << 16},
		{"number of layers", c.Layers, 1 << 10},
		{"number of heads", c.Heads, 1 << 10},
		{"width of the feed-forward network", c.FeedForward, 1 << 18},
	} {
		if size.value < 1 || size.value > size.most {
			return fmt.Errorf("the %s is %d, it may be 1 to %d", size.name, size.value, size.most)
		}
	}
	if c.Width%c.Heads != 0 {
		return fmt.Errorf("the width, %d, is no multiple of the number of heads, %d", c.Width, c.Heads)
	}
	if !(c.Eps > 0 && c.Eps < 1) {
		return fmt.Errorf("the epsilon of the normalisations is %g, it must be between 0 and 1", c.Eps)
	}
	return nil
}

// Stack is a number of blocks. It is safe for concurrent use.
type Stack struct {
	cfg       Config
	attention nn.Attention
	blocks    []block
}

type block struct {
	norm1, norm2       *nn.LayerNorm
	qkv, out, up, down *nn.Linear
}

// New takes the weights of a stack. It panics if the config is not valid.
func New(set *params.Set, names Names, cfg Config) *Stack {
	if err := cfg.Validate(); err != nil {
		panic("transformer: " + err.Error())
	}
	s := &Stack{cfg: cfg, attention: nn.Attention{
		Heads:  cfg.Heads,
		Scale:  float32(1 / math.Sqrt(float64(cfg.Width/cfg.Heads))),
		Causal: cfg.Causal,
	}}
	for i := range cfg.Layers {
		set := set.Sub(names.Block, i)
		s.blocks = append(s.blocks, block{
			norm1: set.LayerNorm(names.Norm1, cfg.Width, cfg.Eps),
			qkv:   names.qkv(set, cfg.Width),
			out:   names.linear(set, names.Out, cfg.Width, cfg.Width, nn.Identity),
			norm2: set.LayerNorm(names.Norm2, cfg.Width, cfg.Eps),
			up:    names.linear(set, names.Up, cfg.FeedForward, cfg.Width, cfg.Act),
			down:  names.linear(set, names.Down, cfg.Width, cfg.FeedForward, nn.Identity),
		})
	}
	return s
}

// Apply runs the tokens of sequences of the given lengths, the rows of x, through
// all blocks.
func (s *Stack) Apply(c *nn.Context, x nn.Matrix, lengths []int) {
	mark := c.Mark()
	defer c.Release(mark)
	h := c.Matrix(x.Rows, s.cfg.Width)
	wide := c.Floats(x.Rows * max(3*s.cfg.Width, s.cfg.FeedForward))
	qkv := nn.NewMatrix(wide[:x.Rows*3*s.cfg.Width], x.Rows, 3*s.cfg.Width)
	inner := nn.NewMatrix(wide[:x.Rows*s.cfg.FeedForward], x.Rows, s.cfg.FeedForward)

	attend := func(b *block, from nn.Matrix) {
		b.qkv.Apply(c, qkv, from)
		q, k, v := qkv.ColsOf(0, s.cfg.Width), qkv.ColsOf(s.cfg.Width, 2*s.cfg.Width), qkv.ColsOf(2*s.cfg.Width, 3*s.cfg.Width)
		s.attention.Apply(c, h, q, k, v, lengths, nil)
		b.out.Add(c, x, h)
	}
	for i := range s.blocks {
		b := &s.blocks[i]
		if s.cfg.PostNorm {
			attend(b, x)
			b.norm1.Apply(c, x, x)
			b.up.Apply(c, inner, x)
			b.down.Add(c, x, inner)
			b.norm2.Apply(c, x, x)
			continue
		}
		b.norm1.Apply(c, h, x)
		attend(b, h)
		b.norm2.Apply(c, h, x)
		b.up.Apply(c, inner, h)
		b.down.Add(c, x, inner)
	}
}
