package words

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/soundspace/soundspace/audioclip/internal/text"
)

// vocabulary are the words of a corpus that occur often enough, the most frequent
// first; of equally frequent ones, the first in the alphabet.
type vocabulary struct {
	words  []string
	counts []int
	total  int // of counts
}

// newVocabulary returns the words that occur at least least times, and the texts as
// their indices. Other words are left out of the texts.
func newVocabulary(texts []string, least int) (*vocabulary, [][]int32) {
	counts := map[string]int{}
	for _, t := range texts {
		for _, w := range text.Words(t) {
			counts[w]++
		}
	}
	v := &vocabulary{}
	for w, n := range counts {
		if n >= least {
			v.words = append(v.words, w)
		}
	}
	slices.SortFunc(v.words, func(a, b string) int {
		return cmp.Or(cmp.Compare(counts[b], counts[a]), cmp.Compare(a, b))
	})
	ids := make(map[string]int32, len(v.words))
	for i, w := range v.words {
		ids[w] = int32(i)
		v.counts = append(v.counts, counts[w])
		v.total += counts[w]
	}
	sentences := make([][]int32, 0, len(texts))
	for _, t := range texts {
		var s []int32
		for _, w := range text.Words(t) {
			if id, ok := ids[w]; ok {
				s = append(s, id)
			}
		}
		if len(s) > 1 {
			sentences = append(sentences, s)
		}
	}
	return v, sentences
}

// kept returns for each word the probability that it is kept where it stands: with a
// share f of all words, √(t/f) + t/f, at most 1.
func (v *vocabulary) kept(t float64) []float64 {
	p := make([]float64, len(v.counts))
	for i, n := range v.counts {
		r := t * float64(v.total) / float64(n)
		p[i] = min(1, math.Sqrt(r)+r)
	}
	return p
}

// noise draws words in proportion to their counts to the power of ¾, by the alias
// method (A. J. Walker, 1977; M. D. Vose, 1991): each word has a share of an equal
// part of the line, and an alias that has the rest.
type noise struct {
	share []float64
	alias []int32
}

func newNoise(counts []int) *noise {
	n := &noise{make([]float64, len(counts)), make([]int32, len(counts))}
	var sum float64
	for i, c := range counts {
		n.share[i] = math.Pow(float64(c), 0.75)
		sum += n.share[i]
	}
	var small, large []int32
	for i := range n.share {
		n.share[i] *= float64(len(counts)) / sum
		n.alias[i] = int32(i)
		if n.share[i] < 1 {
			small = append(small, int32(i))
		} else {
			large = append(large, int32(i))
		}
	}
	for len(small) > 0 && len(large) > 0 {
		s, l := small[len(small)-1], large[len(large)-1]
		small = small[:len(small)-1]
		n.alias[s] = l
		if n.share[l] -= 1 - n.share[s]; n.share[l] < 1 {
			large = large[:len(large)-1]
			small = append(small, l)
		}
	}
	for _, i := range append(small, large...) { // 1, but for rounding
		n.share[i] = 1
	}
	return n
}

func (n *noise) draw(r *rand.Rand) int32 {
	x := r.Float64() * float64(len(n.share))
	i := int32(x)
	if x-float64(i) < n.share[i] {
		return i
	}
	return n.alias[i]
}
