package audioclip

import (
	"errors"
	"fmt"
	"io/fs"

	"github.com/soundspace/soundspace/internal/nn"
	"github.com/soundspace/soundspace/internal/tokenizer"
)

// tokenEncoder turns tokens into vectors.
type tokenEncoder interface {
	MaxTokens() int
	Check(tokens []int) error
	Encode(c *nn.Context, dst nn.Matrix, texts [][]int)
}

// tokenizedText is a tokenizer before a tokenEncoder.
type tokenizedText struct {
	tokens  *tokenizer.Tokenizer
	encoder tokenEncoder
	end     string // is put after every text
}

// newTokenizedText reads the tokenizer of a text encoder. most is the number of
// tokens to which the original cuts a text (0: what the tokenizer's files say); it
// is never more than the encoder takes.
func newTokenizedText(f *files, cfg Config, encoder tokenEncoder, most int, end string) (*tokenizedText, error) {
	fsys, dir := f.fsys, f.dir
	if cfg.Tokenizer != "" {
		dir = cfg.Tokenizer
		if cfg.tokenizerFS != nil {
			fsys = cfg.tokenizerFS
		}
	}
	t, err := tokenizer.OpenFS(fsys, dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%w: %w: %w", ErrModel, ErrNoTokenizer, err)
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrModel, err)
	}
	if most == 0 {
		most = t.MaxLength()
	}
	if longest := encoder.MaxTokens(); most == 0 || most > longest {
		most = longest
	}
	if special, _ := t.WithMaxLength(0).Encode(""); len(special) > most {
		return nil, fmt.Errorf("%w: the text encoder takes %d tokens, less than the %d around a text", ErrModel, most, len(special))
	}
	if most != t.MaxLength() {
		t = t.WithMaxLength(most)
	}
	return &tokenizedText{t, encoder, end}, nil
}

func (t *tokenizedText) contextLength() int { return t.tokens.MaxLength() }

func (t *tokenizedText) tokenize(text string) ([]int, bool) {
	ids, cut := t.tokens.Encode(text + t.end)
	list := make([]int, len(ids))
	for i, id := range ids {
		list[i] = int(id)
	}
	return list, cut
}

func (t *tokenizedText) check(ids []int) error { return t.encoder.Check(ids) }

func (t *tokenizedText) encode(c *nn.Context, dst nn.Matrix, ids [][]int) {
	t.encoder.Encode(c, dst, ids)
}
