package words

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

func TestVocabulary(t *testing.T) {
	v, sentences := newVocabulary([]string{"A dog, a cat.", "the dog", "a dog", "once", "a rare dog"}, 2)
	if !slices.Equal(v.words, []string{"a", "dog"}) || !slices.Equal(v.counts, []int{4, 4}) || v.total != 8 {
		t.Errorf("%q %d %d", v.words, v.counts, v.total)
	}
	want := [][]int32{{0, 1, 0}, {0, 1}, {0, 1}} // one word alone has no pairs
	if !slices.EqualFunc(sentences, want, slices.Equal[[]int32]) {
		t.Errorf("sentences %v", sentences)
	}
}

// word2vec.c keeps a word if (√(n/(t·N)) + 1)·(t·N)/n is larger than a random number.
func TestKept(t *testing.T) {
	v := &vocabulary{counts: []int{90_000, 9_900, 100}, total: 100_000}
	got := v.kept(1e-3)
	for i, n := range []float64{90_000, 9_900, 100} {
		tn := 1e-3 * 100_000
		if want := min(1, (math.Sqrt(n/tn)+1)*tn/n); math.Abs(got[i]-want) > 1e-12 {
			t.Errorf("word %d is kept with %v, want %v", i, got[i], want)
		}
	}
}

func TestNoise(t *testing.T) {
	counts := []int{100_000, 3000, 1, 50, 777, 50, 20_000}
	n := newNoise(counts)
	var sum float64
	for _, c := range counts {
		sum += math.Pow(float64(c), 0.75)
	}
	// The shares are exact: what is a word's own, and what it has as an alias.
	got := make([]float64, len(counts))
	for i, s := range n.share {
		got[i] += s / float64(len(counts))
		got[n.alias[i]] += (1 - s) / float64(len(counts))
	}
	r := rand.New(rand.NewPCG(5, 6))
	drawn := make([]float64, len(counts))
	const draws = 400_000
	for range draws {
		drawn[n.draw(r)]++
	}
	for i, c := range counts {
		p := math.Pow(float64(c), 0.75) / sum
		if math.Abs(got[i]-p) > 1e-12 {
			t.Errorf("word %d has a share of %v, want %v", i, got[i], p)
		}
		if sd := math.Sqrt(draws * p * (1 - p)); math.Abs(drawn[i]-draws*p) > 5*sd+1 {
			t.Errorf("word %d was drawn %v times, want %v ± %v", i, drawn[i], draws*p, sd)
		}
	}
}
