package text

import (
	"github.com/soundspace/soundspace/audioclip/internal/params"
	"github.com/soundspace/soundspace/audioclip/internal/transformer"
	"github.com/soundspace/soundspace/internal/nn"
)

// GPT2Config describes a GPT-2. Fit completes one that has zeros for sizes, other
// than the number of heads.
type GPT2Config struct {
	Vocab, Positions     int // rows of the embeddings
	Width, Layers, Heads int
	FeedForward          int
	Act                  nn.Activation
	Eps                  float64
}

func (cfg *GPT2Config) stack() transformer.Config {
	return transformer.Config{
		Width: cfg.Width, Layers: cfg.Layers, Heads: cfg.Heads, FeedForward: cfg.FeedForward,
		Act: cfg.Act, Eps: cfg.Eps, Causal: true,
	}
}

// Fit compares the config with the tensors of a set. Sizes that are 0 are taken
// from their shapes, but for the number of heads.
func (cfg GPT2Config) Fit(set *params.Set) (GPT2Config, error) {
	f := transformer.NewFitting(set)
	f.Shape("wte.weight", &cfg.Vocab, &cfg.Width)
	f.Shape("wpe.weight", &cfg.Positions, &cfg.Width)
	f.Blocks("", transformer.GPT2, &cfg.Width, &cfg.Layers, &cfg.FeedForward)
	return cfg, fitted("GPT-2", f, cfg.stack(), cfg.Vocab, cfg.Positions)
}

// GPT2 is a GPT-2 without its language model head, used as MS-CLAP 2023 does: a
// text's vector is that of a single token, its last.
//
// References: Radford et al., Language Models are Unsupervised Multitask Learners,
// 2019; Hugging Face transformers 4.57, GPT2Model; msclap 1.3.4, TextEncoder.
type GPT2 struct {
	cfg       GPT2Config
	words     *params.Embedding
	positions nn.Matrix
	stack     *transformer.Stack
	norm      *nn.LayerNorm
}

// NewGPT2 takes the weights of a GPT-2, those named wte, wpe, h.* and ln_f. The
// config must be complete.
func NewGPT2(set *params.Set, cfg GPT2Config) *GPT2 {
	set.Ignore("lm_head.weight")
	for i := range cfg.Layers { // masks that older versions saved
		set.Sub(transformer.GPT2.Block, i).Ignore("attn.bias", "attn.masked_bias")
	}
	return &GPT2{
		cfg:       cfg,
		words:     set.Embedding("wte", cfg.Vocab, cfg.Width),
		positions: nn.NewMatrix(set.Floats("wpe.weight", cfg.Positions, cfg.Width), cfg.Positions, cfg.Width),
		stack:     transformer.New(set, transformer.GPT2, cfg.stack()),
		norm:      set.LayerNorm("ln_f", cfg.Width, cfg.Eps),
	}
}

// Width returns the length of a text's vector.
func (g *GPT2) Width() int { return g.cfg.Width }

// MaxTokens returns the number of tokens a text may have.
func (g *GPT2) MaxTokens() int { return g.cfg.Positions }

// Check tells whether Encode takes a text.
func (g *GPT2) Check(tokens []int) error { return check(tokens, g.cfg.Vocab, g.cfg.Positions) }

// Encode computes a row of dst for each text, given as token ids with or without
// padding. MS-CLAP pads with the id 0 and takes the token whose place is the number
// of other ids, less 1. As 0 is also "!", texts with exclamation marks lose as many
// tokens at their end: the models were trained so. If all ids are 0, the last
// token is taken.
//
// Encode panics if Check reports an error.
func (g *GPT2) Encode(c *nn.Context, dst nn.Matrix, texts [][]int) {
	lengths := make([]int, len(texts))
	for i, tokens := range texts {
		mustCheck(g.Check(tokens))
		for _, id := range tokens {
			if id != 0 {
				lengths[i]++
			}
		}
		if lengths[i] == 0 {
			lengths[i] = len(tokens)
		}
	}
	encode(c, dst, texts, lengths, func(dst nn.Matrix, texts [][]int, lengths []int, tokens int) {
		x := c.Matrix(tokens, g.cfg.Width)
		embed(x, texts, lengths, g.words, g.positions)
		g.stack.Apply(c, x, lengths)
		takeLast(dst, x, lengths)
		g.norm.Apply(c, dst, dst)
	})
}
