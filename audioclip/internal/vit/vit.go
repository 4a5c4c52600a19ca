// Package vit has CLIP's vision transformers: pictures in, vectors in the space of
// CLIP's text encoder out, not scaled to unit length; and CLIP's way of making a
// picture fit their input.
package vit

import (
	"errors"
	"fmt"

	"github.com/soundspace/soundspace/audioclip/internal/params"
	"github.com/soundspace/soundspace/audioclip/internal/transformer"
	"github.com/soundspace/soundspace/internal/nn"
)

// Config describes a vision transformer. Fit completes one that has zeros.
type Config struct {
	Image, Patch         int // pixels on a side
	Width, Layers, Heads int
	FeedForward          int
	Embed                int // length of a picture's vector
	Act                  nn.Activation
	Eps                  float64
}

func (cfg *Config) stack() transformer.Config {
	return transformer.Config{
		Width: cfg.Width, Layers: cfg.Layers, Heads: cfg.Heads, FeedForward: cfg.FeedForward,
		Act: cfg.Act, Eps: cfg.Eps,
	}
}

// grid returns the number of patches on a side.
func (cfg *Config) grid() int { return cfg.Image / cfg.Patch }

func (cfg *Config) validate() error {
	const most = 1 << 12
	if cfg.Patch < 1 || cfg.Image < cfg.Patch || cfg.Image > most {
		return fmt.Errorf("vit: pictures of %d pixels and patches of %d do not go together", cfg.Image, cfg.Patch)
	}
	if err := cfg.stack().Validate(); err != nil {
		return fmt.Errorf("vit: %w", err)
	}
	return nil
}

// Transformer is a CLIP vision transformer. It is safe for concurrent use.
//
// References: Dosovitskiy et al., An Image is Worth 16x16 Words, 2020; Radford et al.,
// Learning Transferable Visual Models From Natural Language Supervision, 2021;
// openai/CLIP; Hugging Face transformers 4.57, CLIPVisionModelWithProjection.
type Transformer struct {
	cfg        Config
	patches    *nn.Conv2D
	class      []float32
	positions  nn.Matrix // the class token's first
	before     *nn.LayerNorm
	stack      *transformer.Stack
	after      *nn.LayerNorm
	projection *nn.Linear
}

// layout says where a checkpoint keeps a vision transformer.
type layout struct {
	patches, class, positions string
	blocks                    string // prefix of what transformer.Names names
	names                     transformer.Names
	before, after             string
	projection                string
	transposed                bool // the projection is [in, out]
}

var (
	openAI = layout{ // and OpenCLIP
		patches: "visual.conv1", class: "visual.class_embedding", positions: "visual.positional_embedding",
		blocks: "visual.", names: transformer.OpenAI,
		before: "visual.ln_pre", after: "visual.ln_post", projection: "visual.proj", transposed: true,
	}
	huggingFace = layout{
		patches: "vision_model.embeddings.patch_embedding", class: "vision_model.embeddings.class_embedding",
		positions: "vision_model.embeddings.position_embedding.weight",
		blocks:    "vision_model.", names: transformer.HuggingFace,
		before: "vision_model.pre_layrnorm", after: "vision_model.post_layernorm", projection: "visual_projection",
	}
)

func find(set *params.Set) *layout {
	if set.Has(openAI.class) {
		return &openAI
	}
	return &huggingFace
}

// Fit compares the config with the tensors of a set. What is 0 is taken from their
// shapes, or as OpenAI's models have it: heads of 64 columns, quick GELU, an Eps of
// 1e-5.
func (cfg Config) Fit(set *params.Set) (Config, error) {
	l := find(set)
	f := transformer.NewFitting(set)
	colours := 3
	f.Shape(l.patches+".weight", &cfg.Width, &colours, &cfg.Patch, &cfg.Patch)
	f.Shape(l.class, &cfg.Width)
	var positions int
	if cfg.Image != 0 && cfg.Patch > 0 {
		positions = cfg.grid()*cfg.grid() + 1
	}
	f.Shape(l.positions, &positions, &cfg.Width)
	f.Blocks(l.blocks, l.names, &cfg.Width, &cfg.Layers, &cfg.FeedForward)
	if l.transposed {
		f.Shape(l.projection, &cfg.Width, &cfg.Embed)
	} else {
		f.Shape(l.projection+".weight", &cfg.Embed, &cfg.Width)
	}
	if err := f.Err(); err != nil {
		return cfg, fmt.Errorf("vit: %w", err)
	}
	if cfg.Embed < 1 {
		return cfg, errors.New("vit: the projection is empty")
	}
	if cfg.Image == 0 {
		for side := 1; side*side+1 <= positions; side++ {
			cfg.Image = side * cfg.Patch
		}
		if cfg.Patch < 1 || cfg.grid()*cfg.grid()+1 != positions {
			return cfg, fmt.Errorf("vit: %d positions are not a class and a square of patches", positions)
		}
	}
	if cfg.Heads == 0 {
		cfg.Heads = cfg.Width / 64
	}
	if cfg.Act == nn.Identity {
		cfg.Act = nn.QuickGELU
	}
	if cfg.Eps == 0 {
		cfg.Eps = 1e-5
	}
	return cfg, cfg.validate()
}

// New takes the weights of a vision transformer, under the names that OpenAI,
// OpenCLIP or Hugging Face give them. The config must be complete.
func New(set *params.Set, cfg Config) *Transformer {
	if err := cfg.validate(); err != nil {
		panic(err.Error())
	}
	l := find(set)
	positions := cfg.grid()*cfg.grid() + 1
	t := &Transformer{
		cfg:       cfg,
		patches:   set.Conv2D(l.patches, cfg.Width, 3, cfg.Patch, cfg.Patch, nn.ConvConfig{StrideH: cfg.Patch, StrideW: cfg.Patch}, nil),
		class:     set.Floats(l.class, cfg.Width),
		positions: nn.NewMatrix(set.Floats(l.positions, positions, cfg.Width), positions, cfg.Width),
		before:    set.LayerNorm(l.before, cfg.Width, cfg.Eps),
		stack:     transformer.New(set.Sub(l.blocks), l.names, cfg.stack()),
		after:     set.LayerNorm(l.after, cfg.Width, cfg.Eps),
	}
	if l.transposed {
		t.projection = set.LinearTransposed(l.projection, cfg.Width, cfg.Embed)
	} else {
		t.projection = set.LinearNoBias(l.projection, cfg.Embed, cfg.Width)
	}
	set.Ignore("vision_model.embeddings.position_ids")
	return t
}

// Width returns the length of a picture's vector.
func (t *Transformer) Width() int { return t.cfg.Embed }

// Size returns the number of pixels on a side of the pictures that Encode takes.
func (t *Transformer) Size() int { return t.cfg.Image }

// maxTokens is how many tokens go through the network at once, if a picture does
// not have more.
const maxTokens = 1024

// Encode computes a row of dst for each picture: Size × Size pixels, normalised RGB.
func (t *Transformer) Encode(c *nn.Context, dst nn.Matrix, pictures nn.Images) {
	if pictures.H != t.cfg.Image || pictures.W != t.cfg.Image || pictures.C != 3 || dst.Rows != pictures.N {
		panic("vit: pictures that do not fit")
	}
	size := t.cfg.Image * t.cfg.Image * 3
	together := max(maxTokens/t.positions.Rows, 1)
	for from := 0; from < pictures.N; from += together {
		to := min(from+together, pictures.N)
		part := nn.Images{Data: pictures.Data[from*size : to*size], N: to - from, H: t.cfg.Image, W: t.cfg.Image, C: 3}
		mark := c.Mark()
		t.encode(c, dst.RowsOf(from, to), part)
		c.Release(mark)
	}
}

func (t *Transformer) encode(c *nn.Context, dst nn.Matrix, pictures nn.Images) {
	patches := t.patches.Apply(c, pictures).Matrix()
	tokens := t.positions.Rows
	x := c.Matrix(pictures.N*tokens, t.cfg.Width)
	lengths := make([]int, pictures.N)
	for i := range lengths {
		lengths[i] = tokens
		sum(x.Row(i*tokens), t.class, t.positions.Row(0))
		for p := 1; p < tokens; p++ {
			sum(x.Row(i*tokens+p), patches.Row(i*(tokens-1)+p-1), t.positions.Row(p))
		}
	}
	t.before.Apply(c, x, x)
	t.stack.Apply(c, x, lengths)
	class := c.Matrix(pictures.N, t.cfg.Width)
	for i := range lengths {
		copy(class.Row(i), x.Row(i*tokens))
	}
	t.after.Apply(c, class, class)
	t.projection.Apply(c, dst, class)
}

func sum(dst, a, b []float32) {
	for i := range dst {
		dst[i] = a[i] + b[i]
	}
}
