package tokenizer

import (
	"compress/gzip"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// trainGolden is testdata/train/golden.json.gz, which make.py beside it writes with Hugging Face's trainer.
type trainGolden struct {
	Texts          []string
	Size, Limit    int
	Tokens         []string
	Merges, Suffix [][2]string
	Encoded        []string
	IDs            [][]int32
}

func readTrainGolden(t testing.TB) *trainGolden {
	t.Helper()
	f, err := os.Open("testdata/train/golden.json.gz")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	g := new(trainGolden)
	if err := json.NewDecoder(r).Decode(g); err != nil {
		t.Fatal(err)
	}
	return g
}

func trainOn(t testing.TB, texts []string, size int) *Vocabulary {
	t.Helper()
	v, err := TrainCLIP(slices.Values(texts), size)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestTrainGolden(t *testing.T) {
	g := readTrainGolden(t)
	v := trainOn(t, g.Texts, g.Size)
	for i := range min(len(v.merges), len(g.Merges)) {
		if v.merges[i] != g.Merges[i] {
			t.Fatalf("merge %d is %q, want %q", i, v.merges[i], g.Merges[i])
		}
	}
	if len(v.merges) != len(g.Merges) {
		t.Fatalf("%d merges, want %d", len(v.merges), len(g.Merges))
	}
	if !slices.Equal(v.tokens, g.Tokens) {
		t.Errorf("%d tokens differ from the reference's %d", len(v.tokens), len(g.Tokens))
	}

	dir := filepath.Join(t.TempDir(), "new")
	if err := v.Write(dir, g.Limit); err != nil {
		t.Fatal(err)
	}
	tok, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	if tok.VocabSize() != v.Size() || tok.MaxLength() != g.Limit {
		t.Errorf("size %d, length %d; want %d, %d", tok.VocabSize(), tok.MaxLength(), v.Size(), g.Limit)
	}
	for i, text := range g.Encoded {
		if ids, _ := tok.Encode(text); !slices.Equal(ids, g.IDs[i]) {
			t.Errorf("%q: %v, want %v", text, ids, g.IDs[i])
		}
	}
}

// Where the reference breaks ties by chance, a few merges at the end differ: those as rare as the last that fits.
func TestTrainSuffix(t *testing.T) {
	g := readTrainGolden(t)
	ours := trainOn(t, g.Texts, g.Size).merges
	same := 0
	for _, m := range g.Suffix {
		if slices.Contains(ours, m) {
			same++
		}
	}
	if same < len(ours)*98/100 {
		t.Errorf("%d of %d merges are the reference's", same, len(ours))
	}
}

// What the trainer has made of a word is what the tokenizer makes of it.
func TestTrainedWords(t *testing.T) {
	g := readTrainGolden(t)
	trainer := newTrainer(countWords(slices.Values(g.Texts)))
	for len(trainer.tokens) < g.Size && trainer.step() {
	}
	ids := map[string]int32{}
	for id, token := range trainer.tokens {
		if _, ok := ids[token]; ok {
			t.Fatalf("%q is two tokens", token)
		}
		ids[token] = int32(id)
	}
	m, err := newBPE(ids, trainer.merges, endOfWord)
	if err != nil {
		t.Fatal(err)
	}
	var s scratch
	for word := range countWords(slices.Values(g.Texts)) {
		ids := m.appendWord(nil, word, &s)
		if !slices.ContainsFunc(trainer.words, func(w trainedWord) bool { return slices.Equal(w.symbols, ids) }) {
			t.Errorf("%q: %v, not what was trained", word, ids)
		}
	}
}

func TestTrainOrder(t *testing.T) {
	g := readTrainGolden(t)
	want := trainOn(t, g.Texts, g.Size)
	backwards := slices.Clone(g.Texts)
	slices.Reverse(backwards)
	if got := trainOn(t, backwards, g.Size); !slices.Equal(got.merges, want.merges) {
		t.Error("the order of the texts changes the merges")
	}
}

// Whatever a vocabulary was learnt from, it expresses every text.
func FuzzTrain(f *testing.F) {
	f.Add("a dog barks\nthe dog's barking", "cat")
	f.Add("aaaaaaaa aaaa\n\xff\x00'ss ''", "漢字<|endoftext|>")
	f.Fuzz(func(t *testing.T, texts, text string) {
		v, err := TrainCLIP(strings.SplitSeq(texts, "\n"), SmallestVocabulary+20)
		if err != nil {
			return
		}
		for i, token := range v.tokens {
			if slices.Index(v.tokens, token) != i {
				t.Fatalf("two tokens %q", token)
			}
		}
		var vocab tokenIDs
		if err := decodeJSON(v.vocabJSON(), &vocab); err != nil {
			t.Fatal(err)
		}
		tok, err := buildBPE(vocab, v.mergesText(), new(config))
		if err != nil {
			t.Fatal(err)
		}
		ids, _ := tok.Encode(text)
		for _, id := range ids {
			if id < 0 || int(id) >= v.Size() {
				t.Fatalf("id %d in a vocabulary of %d", id, v.Size())
			}
		}
	})
}

func TestTrainLimits(t *testing.T) {
	for name, f := range map[string]func() (*Vocabulary, error){
		"at least 514": func() (*Vocabulary, error) { return TrainCLIP(slices.Values([]string{"a dog"}), 513) },
		"no words":     func() (*Vocabulary, error) { return TrainCLIP(slices.Values([]string{"", " \n"}), 600) },
	} {
		if _, err := f(); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if v := trainOn(t, []string{"dog", "dog"}, 2000); v.Size() != SmallestVocabulary+2 {
		t.Errorf("%q, want do and dog", v.merges)
	}
	if v := trainOn(t, []string{"a dog", "\xff\x00"}, SmallestVocabulary); v.Size() != SmallestVocabulary || len(v.merges) != 0 {
		t.Errorf("%q", v.merges)
	}
}
