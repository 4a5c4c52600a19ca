package text

import (
	"github.com/soundspace/soundspace/audioclip/internal/params"
	"github.com/soundspace/soundspace/audioclip/internal/transformer"
	"github.com/soundspace/soundspace/internal/nn"
)

// CLIPConfig describes a CLIP text transformer. Fit completes one that has zeros.
type CLIPConfig struct {
	Vocab, Context       int // rows of the embeddings
	Width, Layers, Heads int
	FeedForward          int
	Embed                int // length of a text's vector
	Act                  nn.Activation
	Eps                  float64
	// EndToken is the id at whose first place a text's vector is taken, or at the
	// text's beginning if it is not there. 0: at the first place of the largest
	// id, as OpenAI does.
	EndToken int
}

// Validate tells whether the sizes of a complete config make sense.
func (cfg CLIPConfig) Validate() error {
	return validate(cfg.stack(), cfg.Vocab, cfg.Context)
}

func (cfg *CLIPConfig) stack() transformer.Config {
	return transformer.Config{
		Width: cfg.Width, Layers: cfg.Layers, Heads: cfg.Heads, FeedForward: cfg.FeedForward,
		Act: cfg.Act, Eps: cfg.Eps, Causal: true,
	}
}

// Fit compares the config with the tensors of a set. What is 0 is taken from their
// shapes, or as OpenAI's models have it: heads of 64 columns, quick GELU, an Eps of
// 1e-5.
func (cfg CLIPConfig) Fit(set *params.Set) (CLIPConfig, error) {
	set, l := findCLIP(set)
	f := transformer.NewFitting(set)
	f.Shape(l.words, &cfg.Vocab, &cfg.Width)
	f.Shape(l.positions, &cfg.Context, &cfg.Width)
	f.Blocks(l.blocks, l.names, &cfg.Width, &cfg.Layers, &cfg.FeedForward)
	if l.transposed {
		f.Shape(l.projection, &cfg.Width, &cfg.Embed)
	} else {
		f.Shape(l.projection, &cfg.Embed, &cfg.Width)
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
	return cfg, fitted("CLIP", f, cfg.stack(), cfg.Vocab, cfg.Context, cfg.Embed)
}

// CLIP is a CLIP text transformer.
//
// References: Radford et al., Learning Transferable Visual Models From Natural
// Language Supervision, 2021; openai/CLIP; Hugging Face transformers 4.57,
// CLIPTextModelWithProjection; OpenCLIP.
type CLIP struct {
	cfg        CLIPConfig
	words      *params.Embedding
	positions  nn.Matrix
	stack      *transformer.Stack
	norm       *nn.LayerNorm
	projection *nn.Linear
}

// clipLayout says where a checkpoint keeps a CLIP text transformer.
type clipLayout struct {
	prefix           string
	words, positions string
	blocks           string // prefix of what transformer.Names names
	names            transformer.Names
	norm             string
	projection       string
	transposed       bool // the projection is [out, in]
}

var clipLayouts = []clipLayout{
	{ // Hugging Face
		words: "text_model.embeddings.token_embedding.weight", positions: "text_model.embeddings.position_embedding.weight",
		blocks: "text_model.", names: transformer.HuggingFace,
		norm: "text_model.final_layer_norm", projection: "text_projection.weight",
	},
	{ // OpenAI
		words: "token_embedding.weight", positions: "positional_embedding",
		names: transformer.OpenAI,
		norm:  "ln_final", projection: "text_projection", transposed: true,
	},
	{ // OpenCLIP, where the image tower has a part of its own, too
		prefix: "text.",
		words:  "token_embedding.weight", positions: "positional_embedding",
		names: transformer.OpenAI,
		norm:  "ln_final", projection: "text_projection", transposed: true,
	},
}

// findCLIP returns how a set keeps a CLIP text transformer: as Hugging Face, if it
// has none.
func findCLIP(set *params.Set) (*params.Set, *clipLayout) {
	for i := range clipLayouts {
		l := &clipLayouts[i]
		if sub := set.Sub(l.prefix); sub.Has(l.words) {
			return sub, l
		}
	}
	return set, &clipLayouts[0]
}

// NewCLIP takes the weights of a text transformer, under the names that OpenAI,
// OpenCLIP or Hugging Face give them. The config must be complete.
func NewCLIP(set *params.Set, cfg CLIPConfig) *CLIP {
	set, l := findCLIP(set)
	t := &CLIP{
		cfg:       cfg,
		words:     params.NewEmbedding(set.Tensor(l.words, cfg.Vocab, cfg.Width)),
		positions: nn.NewMatrix(set.Floats(l.positions, cfg.Context, cfg.Width), cfg.Context, cfg.Width),
		stack:     transformer.New(set.Sub(l.blocks), l.names, cfg.stack()),
		norm:      set.LayerNorm(l.norm, cfg.Width, cfg.Eps),
	}
	if l.transposed {
		t.projection = set.LinearTransposed(l.projection, cfg.Width, cfg.Embed)
	} else {
		t.projection = set.LinearNoBias("text_projection", cfg.Embed, cfg.Width)
	}
	set.Ignore("attn_mask", "text_model.embeddings.position_ids", "input_resolution", "context_length", "vocab_size")
	return t
}

// Width returns the length of a text's vector.
func (t *CLIP) Width() int { return t.cfg.Embed }

// MaxTokens returns the number of tokens a text may have.
func (t *CLIP) MaxTokens() int { return t.cfg.Context }

// Check tells whether Encode takes a text.
func (t *CLIP) Check(tokens []int) error { return check(tokens, t.cfg.Vocab, t.cfg.Context) }

// Encode computes a row of dst for each text, given as token ids with all the
// special ones; padding behind the end token does not matter. It panics if Check
// reports an error.
func (t *CLIP) Encode(c *nn.Context, dst nn.Matrix, texts [][]int) {
	lengths := make([]int, len(texts))
	for i, tokens := range texts {
		mustCheck(t.Check(tokens))
		lengths[i] = t.end(tokens) + 1 // what follows is not seen from there
	}
	encode(c, dst, texts, lengths, func(dst nn.Matrix, texts [][]int, lengths []int, tokens int) {
		x := c.Matrix(tokens, t.cfg.Width)
		embed(x, texts, lengths, t.words, t.positions)
		t.stack.Apply(c, x, lengths)
		last := c.Matrix(len(lengths), t.cfg.Width)
		takeLast(last, x, lengths)
		t.norm.Apply(c, last, last)
		t.projection.Apply(c, dst, last)
	})
}

// end returns the place of the end token.
func (t *CLIP) end(tokens []int) int {
	end := 0
	for i, id := range tokens {
		if t.cfg.EndToken == 0 {
			if id > tokens[end] {
				end = i
			}
		} else if id == t.cfg.EndToken {
			return i
		}
	}
	return end
}
