package text

import (
	"fmt"

	"github.com/soundspace/soundspace/audioclip/internal/params"
	"github.com/soundspace/soundspace/audioclip/internal/transformer"
	"github.com/soundspace/soundspace/internal/nn"
)

// BERTConfig describes a BERT or RoBERTa encoder. Fit completes one that has zeros
// for sizes, other than the number of heads.
type BERTConfig struct {
	Vocab, Positions, Types int // rows of the embeddings
	Width, Layers, Heads    int
	FeedForward             int
	Act                     nn.Activation
	Eps                     float64
	// RoBERTa tells that position i is i + Pad + 1, where tokens with the id Pad
	// are not counted and have position Pad themselves.
	RoBERTa bool
	Pad     int
}

func (cfg *BERTConfig) stack() transformer.Config {
	return transformer.Config{
		Width: cfg.Width, Layers: cfg.Layers, Heads: cfg.Heads, FeedForward: cfg.FeedForward,
		Act: cfg.Act, Eps: cfg.Eps, PostNorm: true,
	}
}

// Fit compares the config with the tensors of a set. Sizes that are 0 are taken
// from their shapes, but for the number of heads.
func (cfg BERTConfig) Fit(set *params.Set) (BERTConfig, error) {
	f := transformer.NewFitting(set)
	f.Shape("embeddings.word_embeddings.weight", &cfg.Vocab, &cfg.Width)
	f.Shape("embeddings.position_embeddings.weight", &cfg.Positions, &cfg.Width)
	f.Shape("embeddings.token_type_embeddings.weight", &cfg.Types, &cfg.Width)
	f.Blocks("", transformer.BERT, &cfg.Width, &cfg.Layers, &cfg.FeedForward)
	if err := fitted("BERT", f, cfg.stack(), cfg.Vocab, cfg.Positions, cfg.Types); err != nil {
		return cfg, err
	}
	return cfg, cfg.checkPad()
}

// MaxTokens returns the number of tokens a text may have.
func (cfg *BERTConfig) MaxTokens() int {
	if cfg.RoBERTa {
		return cfg.Positions - cfg.Pad - 1
	}
	return cfg.Positions
}

// checkPad tells whether Pad leaves positions for a text.
func (cfg *BERTConfig) checkPad() error {
	if cfg.Pad < 0 || cfg.MaxTokens() < 1 {
		return fmt.Errorf("text: RoBERTa's padding is token %d, which leaves none of %d positions", cfg.Pad, cfg.Positions)
	}
	return nil
}

// Pooling is how a text's vector is made of those of its tokens.
type Pooling uint8

const (
	Mean   Pooling = iota // mean of all tokens, as most sentence encoders
	CLS                   // first token
	Pooler                // tanh(W·first token + b), as CLAP
)

// BERT is a BERT or RoBERTa encoder, without a head for a task.
//
// References: Devlin et al., BERT, 2018; Liu et al., RoBERTa, 2019; Hugging Face
// transformers 4.57, BertModel and RobertaModel.
type BERT struct {
	cfg       BERTConfig
	pooling   Pooling
	words     *params.Embedding
	positions nn.Matrix // of tokens of type 0
	norm      *nn.LayerNorm
	stack     *transformer.Stack
	pooler    *nn.Linear
}

// NewBERT takes the weights of an encoder, those named embeddings.*, encoder.* and,
// for Pooler only, pooler.*. The config must be complete.
func NewBERT(set *params.Set, cfg BERTConfig, pooling Pooling) *BERT {
	b := &BERT{
		cfg:       cfg,
		pooling:   pooling,
		words:     set.Embedding("embeddings.word_embeddings", cfg.Vocab, cfg.Width),
		positions: nn.NewMatrix(make([]float32, cfg.Positions*cfg.Width), cfg.Positions, cfg.Width),
		norm:      set.LayerNorm("embeddings.LayerNorm", cfg.Width, cfg.Eps),
		stack:     transformer.New(set, transformer.BERT, cfg.stack()),
	}
	set.Ignore("embeddings.position_ids", "embeddings.token_type_ids")
	copy(b.positions.Data, set.Floats("embeddings.position_embeddings.weight", cfg.Positions, cfg.Width))
	for i, v := range set.Floats("embeddings.token_type_embeddings.weight", cfg.Types, cfg.Width)[:cfg.Width] {
		for p := range cfg.Positions {
			b.positions.Data[p*cfg.Width+i] += v
		}
	}
	if pooling == Pooler {
		b.pooler = set.Linear("pooler.dense", cfg.Width, cfg.Width, nn.Tanh)
	} else {
		set.Ignore("pooler.*")
	}
	return b
}

// Width returns the length of a text's vector.
func (b *BERT) Width() int { return b.cfg.Width }

// MaxTokens returns the number of tokens a text may have.
func (b *BERT) MaxTokens() int { return b.cfg.MaxTokens() }

// Check tells whether Encode takes a text.
func (b *BERT) Check(tokens []int) error { return check(tokens, b.cfg.Vocab, b.MaxTokens()) }

// Encode computes a row of dst for each text, given as token ids with all the
// special ones and without padding. It panics if Check reports an error.
func (b *BERT) Encode(c *nn.Context, dst nn.Matrix, texts [][]int) {
	lengths := make([]int, len(texts))
	for i, t := range texts {
		mustCheck(b.Check(t))
		lengths[i] = len(t)
	}
	encode(c, dst, texts, lengths, func(dst nn.Matrix, texts [][]int, lengths []int, tokens int) {
		x := c.Matrix(tokens, b.cfg.Width)
		row := 0
		for _, t := range texts {
			b.embed(x.RowsOf(row, row+len(t)), t)
			row += len(t)
		}
		b.norm.Apply(c, x, x)
		b.stack.Apply(c, x, lengths)
		b.pool(c, dst, x, lengths)
	})
}

func (b *BERT) embed(x nn.Matrix, tokens []int) {
	next := 0
	if b.cfg.RoBERTa {
		next = b.cfg.Pad + 1
	}
	for i, id := range tokens {
		position := next
		if b.cfg.RoBERTa && id == b.cfg.Pad {
			position = b.cfg.Pad
		} else {
			next++
		}
		b.words.Row(x.Row(i), id)
		add(x.Row(i), b.positions.Row(position))
	}
}

func (b *BERT) pool(c *nn.Context, dst, x nn.Matrix, lengths []int) {
	if b.pooling == Mean {
		row := 0
		for i, n := range lengths {
			mean(dst.Row(i), x.RowsOf(row, row+n))
			row += n
		}
		return
	}
	first := dst
	if b.pooling == Pooler {
		first = c.Matrix(len(lengths), b.cfg.Width)
	}
	row := 0
	for i, n := range lengths {
		copy(first.Row(i), x.Row(row))
		row += n
	}
	if b.pooling == Pooler {
		b.pooler.Apply(c, dst, first)
	}
}

// mean sets dst to the mean of the rows of x.
func mean(dst []float32, x nn.Matrix) {
	clear(dst)
	for i := range x.Rows {
		add(dst, x.Row(i))
	}
	for i := range dst {
		dst[i] /= float32(x.Rows)
	}
}
