package audioclip

import (
	"context"
	"fmt"

	"github.com/soundspace/soundspace/internal/nn"
)

// TextConfig says how texts are encoded.
type TextConfig struct {
	// Progress, if not nil, is called now and then with the number of texts that
	// have been encoded so far.
	Progress func(done int)
}

// textsAtOnce bounds the memory of a batch.
const textsAtOnce = 64

// EncodeText returns an embedding for each text. A text of more tokens than the
// model takes is cut as the original does; [Model.Tokenize] tells which are. An error
// in a text ([ErrNoWords], for instance) names it.
func (m *Model) EncodeText(ctx context.Context, texts []string, cfg TextConfig) (Matrix, error) {
	if m.text == nil {
		return Matrix{}, ErrNoText
	}
	dst := NewMatrix(len(texts), m.info.Dim)
	ids := make([][]int, 0, textsAtOnce)
	for from := 0; from < len(texts); from += textsAtOnce {
		if err := ctx.Err(); err != nil {
			return Matrix{}, err
		}
		to := min(from+textsAtOnce, len(texts))
		ids = ids[:0]
		for i, text := range texts[from:to] {
			tokens, _ := m.text.tokenize(text)
			if err := m.text.check(tokens); err != nil {
				return Matrix{}, textError(from+i, text, err)
			}
			ids = append(ids, tokens)
		}
		part := nn.NewMatrix(dst.Data[from*dst.Cols:to*dst.Cols], to-from, dst.Cols)
		err := m.with(func(c *nn.Context) error {
			m.text.encode(c, part, ids)
			return nil
		})
		if err != nil {
			return Matrix{}, err
		}
		for i := range part.Rows {
			if err := unit(part.Row(i)); err != nil {
				return Matrix{}, textError(from+i, texts[from+i], err)
			}
		}
		if cfg.Progress != nil {
			cfg.Progress(to)
		}
	}
	return dst, nil
}

func textError(i int, text string, err error) error {
	return fmt.Errorf("audioclip: text %d, %.60q: %w", i, text, err)
}

// Tokenize returns the tokens of a text as the text encoder sees them, and whether
// the text was cut because it has more than the model takes. It returns nil if the
// model has no text encoder.
func (m *Model) Tokenize(text string) (ids []int, cut bool) {
	if m.text == nil {
		return nil, false
	}
	return m.text.tokenize(text)
}
