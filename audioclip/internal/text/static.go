package text

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode"

	"github.com/soundspace/soundspace/audioclip/internal/params"
	"github.com/soundspace/soundspace/internal/f32"
	"github.com/soundspace/soundspace/internal/nn"
)

// ErrNoWords is the error of a text none of whose words is in the vocabulary of a
// [Static] encoder: there is no vector to stand for it.
var ErrNoWords = errors.New("text: none of its words is in the vocabulary")

// Static gives a text the mean of the vectors of its words, each looked up in a
// table: no word knows of the others, nor of their order. Words that are not in the
// vocabulary are passed over.
//
// It is the smallest and fastest text encoder, and the floor that one with attention
// has to beat.
type Static struct {
	ids   map[string]int
	table *params.Embedding
}

// StaticTable is the name of the tensor [words, width] of a Static encoder.
const StaticTable = "words.weight"

// NewStatic takes the table of an encoder, words.weight. Row i is the vector of word
// i of the vocabulary.
func NewStatic(set *params.Set, vocabulary []string) (*Static, error) {
	if len(vocabulary) == 0 {
		return nil, errors.New("text: the vocabulary is empty")
	}
	ids := make(map[string]int, len(vocabulary))
	for i, w := range vocabulary {
		if split := Words(w); len(split) != 1 || split[0] != w {
			return nil, fmt.Errorf("text: line %d of the vocabulary: %q is not one word in small letters", i+1, w)
		}
		if j, ok := ids[w]; ok {
			return nil, fmt.Errorf("text: lines %d and %d of the vocabulary are both %q", j+1, i+1, w)
		}
		ids[w] = i
	}
	shape := set.Shape(StaticTable)
	if len(shape) != 2 || shape[0] != len(vocabulary) || shape[1] < 1 {
		return nil, fmt.Errorf("text: the table of words has the shape %v, and the vocabulary %d words", shape, len(vocabulary))
	}
	return &Static{ids, params.NewEmbedding(set.Tensor(StaticTable, shape...))}, nil
}

// Width returns the length of a text's vector.
func (s *Static) Width() int { return s.table.Width }

// Tokens returns the ids of the words of a text, without those that the vocabulary
// does not have.
func (s *Static) Tokens(text string) []int {
	var ids []int
	for _, w := range Words(text) {
		if id, ok := s.ids[w]; ok {
			ids = append(ids, id)
		}
	}
	return ids
}

// Check tells whether Encode takes a text. It may be of any length, but there must
// be a word in it ([ErrNoWords]).
func (s *Static) Check(tokens []int) error {
	if len(tokens) == 0 {
		return ErrNoWords
	}
	return check(tokens, s.table.Rows, len(tokens))
}

// Encode computes a row of dst for each text, given as what Tokens returns. It panics
// if Check reports an error.
func (s *Static) Encode(c *nn.Context, dst nn.Matrix, texts [][]int) {
	if dst.Rows != len(texts) {
		panic("text: as many rows are needed as there are texts")
	}
	defer c.Release(c.Mark())
	word := c.Floats(s.table.Width)
	for i, tokens := range texts {
		mustCheck(s.Check(tokens))
		sum := dst.Row(i)
		clear(sum)
		for _, id := range tokens {
			s.table.Row(word, id)
			f32.Add(sum, word)
		}
		f32.Scale(sum, 1/float32(len(tokens)))
	}
}

// Words splits a text into the words that the vocabulary of a [Static] encoder is
// made of: runs of letters and digits, with the marks on them, in small letters. An
// apostrophe ends a word together with the letters behind it: "the dog's bark" is
// the, dog, bark.
func Words(text string) []string {
	var words []string
	for _, w := range strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return !inWord(r) && !isApostrophe(r) }) {
		if i := strings.IndexFunc(w, isApostrophe); i == 0 { // a quotation mark
			w = strings.TrimLeftFunc(w, isApostrophe)
		}
		if i := strings.IndexFunc(w, isApostrophe); i >= 0 {
			w = w[:i]
		}
		if w != "" {
			words = append(words, w)
		}
	}
	return words
}

func inWord(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r) }

func isApostrophe(r rune) bool { return r == '\'' || r == '’' }

// maxVocabulary bounds what ReadVocabulary takes: more words than any language's
// table has.
const maxVocabulary = 1 << 23

// ReadVocabulary reads a vocabulary, a word a line.
func ReadVocabulary(r io.Reader) ([]string, error) {
	var words []string
	s := bufio.NewScanner(r)
	for s.Scan() {
		if len(words) == maxVocabulary {
			return nil, fmt.Errorf("text: the vocabulary has more than %d words", maxVocabulary)
		}
		words = append(words, s.Text())
	}
	if err := s.Err(); err != nil {
		return nil, fmt.Errorf("text: line %d of the vocabulary: %w", len(words)+1, err)
	}
	return words, nil
}
