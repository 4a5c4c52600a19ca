package audioclip

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/soundspace/soundspace/audioclip/internal/params"
	"github.com/soundspace/soundspace/audioclip/internal/text"
	"github.com/soundspace/soundspace/internal/nn"
)

// ErrNoWords is the error of a text none of whose words is in the vocabulary of a model
// that looks words up in a table.
var ErrNoWords = text.ErrNoWords

// wordsFamily are tables of words, as package train/words makes them: texts only. The
// folder has no config.json.
var wordsFamily = family{
	is:   func(f *files) bool { return f.tensors[text.StaticTable] != nil },
	load: loadWords,
}

func loadWords(f *files, cfg Config) (*Model, error) {
	info := Info{Family: "word vectors", Template: "{}"}
	if cfg.Towers&Text == 0 {
		return newModel(info, nil, nil, nil, f, cfg.Workers), nil
	}
	set := cfg.set(f.tensors)
	words, err := newStaticText(f, set, &info)
	if err != nil {
		return nil, err
	}
	if err := set.Err(); err != nil {
		return nil, f.weightsError(err)
	}
	info.Dim = words.width()
	return newModel(info, nil, words, nil, f, cfg.Workers), nil
}

// staticText looks words up in a table.
type staticText struct {
	table      *text.Static
	projection *nn.Linear // nil: none
}

// staticProjection is the map [embed, width] of the mean of the vectors of words.
const staticProjection = "projection"

// newStaticText takes the table of a text encoder, and its map if there is one.
func newStaticText(f *files, set *params.Set, info *Info) (*staticText, error) {
	const file = "words.txt"
	data, err := f.read(file)
	if err != nil {
		return nil, err
	}
	if data == nil {
		return nil, modelError(file, errors.New("there is none beside the weights"))
	}
	vocabulary, err := text.ReadVocabulary(bytes.NewReader(data))
	if err != nil {
		return nil, modelError(file, err)
	}
	s := &staticText{}
	if s.table, err = text.NewStatic(set, vocabulary); err != nil {
		return nil, modelError(file, err)
	}
	if shape := set.Shape(staticProjection + ".weight"); len(shape) > 0 {
		if len(shape) != 2 || shape[0] < 1 || shape[1] != s.table.Width() {
			return nil, f.weightsError(fmt.Errorf("tensor %s.weight has shape %v, and vectors of words %d values", staticProjection, shape, s.table.Width()))
		}
		s.projection = set.LinearNoBias(staticProjection, shape[0], shape[1])
	}
	info.Settings = append(info.Settings, Setting{"text encoder", fmt.Sprintf("mean of word vectors, width %d, %d words", s.table.Width(), len(vocabulary))})
	return s, nil
}

func (s *staticText) width() int {
	if s.projection != nil {
		return s.projection.Weights.Out
	}
	return s.table.Width()
}

func (s *staticText) contextLength() int { return 0 }

func (s *staticText) tokenize(text string) ([]int, bool) { return s.table.Tokens(text), false }

func (s *staticText) check(ids []int) error { return s.table.Check(ids) }

func (s *staticText) encode(c *nn.Context, dst nn.Matrix, ids [][]int) {
	if s.projection == nil {
		s.table.Encode(c, dst, ids)
		return
	}
	defer c.Release(c.Mark())
	means := c.Matrix(len(ids), s.table.Width())
	s.table.Encode(c, means, ids)
	s.projection.Apply(c, dst, means)
}
