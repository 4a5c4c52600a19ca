package words

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"math"
	"path/filepath"
	"slices"

	"github.com/soundspace/soundspace/audioclip/internal/text"
	"github.com/soundspace/soundspace/internal/aside"
	"github.com/soundspace/soundspace/internal/checkpoint"
	"github.com/soundspace/soundspace/internal/f32"
)

// Names of the files of a table.
const (
	VocabularyFile = "words.txt"
	WeightsFile    = "model.safetensors"
)

// Table holds vectors of words, the most frequent word first.
type Table struct {
	Words   []string
	Width   int
	Vectors []float32 // [words, width]
}

func (t *Table) row(i int) []float32 { return t.Vectors[i*t.Width:][:t.Width] }

// Neighbour is a word and the cosine of its vector and another one's.
type Neighbour struct {
	Word   string
	Cosine float64
}

// Neighbours returns the n words whose vectors have the largest cosines with that of
// a word, the closest first, and nil if the table does not have the word.
func (t *Table) Neighbours(word string, n int) []Neighbour {
	at := slices.Index(t.Words, word)
	if at < 0 {
		return nil
	}
	v := t.row(at)
	var list []Neighbour
	for i, w := range t.Words {
		if u := t.row(i); i != at {
			norms := math.Sqrt(float64(f32.Dot(u, u)) * float64(f32.Dot(v, v)))
			list = append(list, Neighbour{w, float64(f32.Dot(u, v)) / max(norms, math.SmallestNonzeroFloat64)})
		}
	}
	slices.SortStableFunc(list, func(a, b Neighbour) int { return cmp.Compare(b.Cosine, a.Cosine) })
	return list[:min(n, len(list))]
}

// Save writes the table into a folder, as the package's documentation says.
func (t *Table) Save(dir string) error {
	err := aside.Write(filepath.Join(dir, VocabularyFile), nil, func(w io.Writer) error {
		b := bufio.NewWriter(w)
		for _, word := range t.Words {
			fmt.Fprintln(b, word)
		}
		return b.Flush()
	})
	if err != nil {
		return err
	}
	return aside.Write(filepath.Join(dir, WeightsFile), nil, func(w io.Writer) error {
		table := checkpoint.FromFloats(text.StaticTable, []int{len(t.Words), t.Width}, t.Vectors)
		return checkpoint.WriteSafetensors(w, []*checkpoint.Tensor{table}, nil)
	})
}
