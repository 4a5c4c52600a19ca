package train

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/soundspace/soundspace/audioclip/internal/text"
	"github.com/soundspace/soundspace/internal/nn"
	"github.com/soundspace/soundspace/internal/nn/autodiff"
	"github.com/soundspace/soundspace/internal/tokenizer"
)

// textTower is a text encoder that is trained.
type textTower interface {
	parameters() []*autodiff.Param
	// embed is the length of a text's vector.
	embed() int
	// tokens returns a text as forward takes it. The error is text.ErrNoWords.
	tokens(text string) ([]int32, error)
	// forward returns a row for each text, of any length.
	forward(t *autodiff.Tape, texts [][]int32) *autodiff.Value
	// config is the text_config of a model.
	config() (json.RawMessage, error)
	// write writes the tokenizer into the folder of a model.
	write(dir string) error
}

// normEps keeps the scaling of a row to unit length finite.
const normEps = 1e-12

// encodeTexts returns the unit rows of texts.
func encodeTexts(ctx context.Context, c *nn.Context, tower textTower, texts [][]int32) (nn.Matrix, error) {
	cols := tower.embed()
	dst := nn.NewMatrix(make([]float32, len(texts)*cols), len(texts), cols)
	const atOnce = 256
	for from := 0; from < len(texts); from += atOnce {
		if err := ctx.Err(); err != nil {
			return dst, err
		}
		to := min(from+atOnce, len(texts))
		t := autodiff.NewTape(c)
		y := t.NormalizeL2(tower.forward(t, texts[from:to]), normEps)
		copy(dst.Data[from*cols:], y.Data)
		t.Reset()
	}
	return dst, nil
}

// newTextTower makes the text encoder of a recipe, whose vectors have embed values (0:
// as many as its width), for texts. Its tokenizer is written into the folder of the run.
func (r *Recipe) newTextTower(texts []string, embed int, dir string) (textTower, error) {
	cfg := r.Text
	if cfg.Kind == kindStatic {
		if cfg.Words == "" {
			if embed == 0 {
				embed = cfg.Width
			}
			return newStaticText(frequentWords(texts, cfg.Vocab), cfg.Width, embed, r.Seed), nil
		}
		path, err := r.path(cfg.Words)
		if err != nil {
			return nil, err
		}
		tower, err := openTextTower(path, embed, r.Seed)
		if err == nil && tower == nil {
			err = fmt.Errorf("train: %s: there are no vectors of words", path)
		}
		return tower, err
	}
	dir = filepath.Join(dir, tokenizerName)
	tokens, err := newTokenizer(texts, cfg, dir)
	if err != nil {
		return nil, err
	}
	if embed == 0 {
		embed = cfg.Width
	}
	encoder := text.CLIPConfig{
		Vocab: tokens.VocabSize(), Context: cfg.Context, Width: cfg.Width, Layers: cfg.Layers, Heads: cfg.Heads, FeedForward: cfg.FeedForward,
		Embed: embed, Act: nn.GELU, Eps: 1e-5, EndToken: tokens.VocabSize() - 1,
	}
	if err := encoder.Validate(); err != nil {
		return nil, err
	}
	e := newTextEncoder(encoder, r.Seed)
	e.tokenizer, e.dir = tokens, dir
	return e, nil
}

// newTokenizer learns the vocabulary of texts and writes it to a folder.
func newTokenizer(texts []string, r *TextRecipe, dir string) (*tokenizer.Tokenizer, error) {
	v, err := tokenizer.TrainCLIP(slices.Values(texts), r.Vocab)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return nil, err
	}
	if err := v.Write(dir, r.Context); err != nil {
		return nil, err
	}
	return tokenizer.Open(dir)
}

// openTextTower reads the text encoder of a model that was made here, nil if it was
// not. A static one gets another projection, with random weights, if its vectors do not
// have embed values (0: any number).
func openTextTower(dir string, embed int, seed uint64) (textTower, error) {
	part, err := readPart(dir)
	if err != nil || part == nil || part.text == nil {
		return nil, err
	}
	var kind struct {
		ModelType string `json:"model_type"`
	}
	if err := json.Unmarshal(part.text, &kind); err != nil {
		return nil, fmt.Errorf("%s: %w", dir, err)
	}
	if kind.ModelType == "static" {
		return part.static(dir, embed, seed)
	}
	cfg, err := text.ParseCLIPConfig(part.text)
	if err == nil {
		cfg, err = cfg.Fit(part.set())
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", dir, err)
	}
	e := newTextEncoder(cfg, seed)
	if err := part.load(e.params); err != nil {
		return nil, fmt.Errorf("%s: %w", dir, err)
	}
	if e.tokenizer, err = tokenizer.Open(dir); err != nil {
		return nil, err
	}
	e.dir = dir
	return e, nil
}

func (p *part) static(dir string, embed int, seed uint64) (textTower, error) {
	vocabulary, err := readVocabulary(dir)
	if err != nil {
		return nil, err
	}
	table := p.params[text.StaticTable]
	if table == nil || len(table.Shape) != 2 || table.Shape[0] != len(vocabulary) || len(vocabulary) == 0 || table.Shape[1] < 1 {
		return nil, fmt.Errorf("%s: there is no table of %d words", dir, len(vocabulary))
	}
	width := table.Shape[1]
	own := width
	if projection := p.params[staticProjection]; projection != nil && len(projection.Shape) == 2 {
		own = projection.Shape[0]
	}
	if embed == 0 {
		embed = own
	}
	s := newStaticText(vocabulary, width, embed, seed)
	if embed != own {
		return s, p.load([]*autodiff.Param{s.table})
	}
	return s, p.load(s.parameters())
}
