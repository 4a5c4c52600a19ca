package train

import (
	"bufio"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"

	"github.com/soundspace/soundspace/audioclip/internal/text"
	"github.com/soundspace/soundspace/audioclip/train/words"
	"github.com/soundspace/soundspace/internal/aside"
	"github.com/soundspace/soundspace/internal/nn/autodiff"
)

// staticText is a text.Static that is trained: the mean of the vectors of words and,
// where those are not as long as the embedding, a linear map of it.
type staticText struct {
	vocabulary []string
	ids        map[string]int32
	table      *autodiff.Param // [words, width]
	projection *autodiff.Param // [embed, width], nil: none
}

// staticProjection is the name of the linear map.
const staticProjection = "projection.weight"

// newStaticText returns an encoder with random weights. There is a projection unless
// the width is that of the embedding.
func newStaticText(vocabulary []string, width, embed int, seed uint64) *staticText {
	p := &parameters{seed: seed}
	s := &staticText{vocabulary: vocabulary, ids: make(map[string]int32, len(vocabulary))}
	for i, w := range vocabulary {
		s.ids[w] = int32(i)
	}
	deviation := 1 / math.Sqrt(float64(width))
	s.table = p.normal(text.StaticTable, deviation, len(vocabulary), width)
	if width != embed {
		s.projection = p.normal(staticProjection, deviation, embed, width)
	}
	return s
}

// frequentWords returns the words of texts, at most so many: the most frequent ones and,
// of equally frequent ones, the first in the alphabet.
func frequentWords(texts []string, most int) []string {
	counts := map[string]int{}
	for _, t := range texts {
		for _, w := range text.Words(t) {
			counts[w]++
		}
	}
	list := slices.SortedFunc(maps.Keys(counts), func(a, b string) int {
		return cmp.Or(cmp.Compare(counts[b], counts[a]), cmp.Compare(a, b))
	})
	return list[:min(most, len(list))]
}

// readVocabulary reads the words of a folder.
func readVocabulary(dir string) ([]string, error) {
	f, err := os.Open(filepath.Join(dir, words.VocabularyFile))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return text.ReadVocabulary(f)
}

func (s *staticText) parameters() []*autodiff.Param {
	if s.projection == nil {
		return []*autodiff.Param{s.table}
	}
	return []*autodiff.Param{s.table, s.projection}
}

func (s *staticText) embed() int {
	if s.projection == nil {
		return s.table.Shape[1]
	}
	return s.projection.Shape[0]
}

// tokens returns the numbers of the words that are known.
func (s *staticText) tokens(t string) ([]int32, error) {
	var ids []int32
	for _, w := range text.Words(t) {
		if id, ok := s.ids[w]; ok {
			ids = append(ids, id)
		}
	}
	if ids == nil {
		return nil, fmt.Errorf("train: %q: %w", t, text.ErrNoWords)
	}
	return ids, nil
}

func (s *staticText) forward(t *autodiff.Tape, texts [][]int32) *autodiff.Value {
	lengths := make([]int, len(texts))
	for i, ids := range texts {
		lengths[i] = len(ids)
	}
	x := t.MeanRows(t.Embedding(slices.Concat(texts...), s.table), lengths)
	if s.projection != nil {
		x = t.Linear(x, s.projection, nil)
	}
	return x
}

func (s *staticText) config() (json.RawMessage, error) { return staticConfig, nil }

// staticConfig is the text_config of a static encoder: the tensors tell the rest.
var staticConfig = json.RawMessage(`{"model_type": "static"}`)

func (s *staticText) write(dir string) error {
	return aside.Write(filepath.Join(dir, words.VocabularyFile), nil, func(w io.Writer) error {
		b := bufio.NewWriter(w)
		for _, word := range s.vocabulary {
			fmt.Fprintln(b, word)
		}
		return b.Flush()
	})
}
