package text

import (
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/soundspace/soundspace/audioclip/internal/params"
	"github.com/soundspace/soundspace/internal/checkpoint"
	"github.com/soundspace/soundspace/internal/nn"
)

func newStatic(t *testing.T, vocabulary []string, rows ...float32) (*Static, error) {
	t.Helper()
	width := len(rows) / max(len(vocabulary), 1)
	table := checkpoint.FromFloats(StaticTable, []int{len(rows) / max(width, 1), width}, rows)
	return NewStatic(params.New(params.Map{StaticTable: table}, nil), vocabulary)
}

func TestStatic(t *testing.T) {
	s, err := newStatic(t, []string{"a", "dog", "barks"}, 1, 0, 0, 2, -4, 8)
	if err != nil {
		t.Fatal(err)
	}
	texts := [][]int{s.Tokens("A dog, a DOG!"), s.Tokens("the dog's unheard barks"), s.Tokens("barks")}
	if !slices.Equal(texts[0], []int{0, 1, 0, 1}) || !slices.Equal(texts[1], []int{1, 2}) {
		t.Errorf("tokens %v", texts)
	}
	want := [][]float32{{0.5, 1}, {-2, 5}, {-4, 8}}
	c := nn.NewContext(1)
	dst := nn.NewMatrix(slices.Repeat([]float32{float32(math.NaN())}, 6), 3, 2)
	s.Encode(c, dst, texts)
	for i, w := range want {
		if !slices.Equal(dst.Row(i), w) {
			t.Errorf("text %d is %v, want %v", i, dst.Row(i), w)
		}
	}
	if s.Width() != 2 {
		t.Errorf("width %d", s.Width())
	}
	if err := s.Check(s.Tokens("Ein Hund bellt.")); !errors.Is(err, ErrNoWords) {
		t.Errorf("a text of unknown words gives %v", err)
	}
	if err := s.Check([]int{3}); !errors.Is(err, ErrVocab) {
		t.Errorf("a token that is not there gives %v", err)
	}
}

func TestStaticRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		vocabulary []string
		rows       int
		want       string
	}{
		"nothing":       {nil, 2, "empty"},
		"twice":         {[]string{"a", "b", "a"}, 6, `lines 1 and 3 of the vocabulary are both "a"`},
		"two words":     {[]string{"a", "b c"}, 4, `line 2 of the vocabulary: "b c"`},
		"a capital":     {[]string{"Dog"}, 2, "small letters"},
		"an empty line": {[]string{"a", ""}, 4, "line 2"},
	} {
		if _, err := newStatic(t, c.vocabulary, make([]float32, c.rows)...); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	table := checkpoint.FromFloats(StaticTable, []int{3, 2}, make([]float32, 6))
	if _, err := NewStatic(params.New(params.Map{StaticTable: table}, nil), []string{"a", "b"}); err == nil || !strings.Contains(err.Error(), "2 words") {
		t.Errorf("a table of another size: %v", err)
	}
	if _, err := NewStatic(params.New(params.Map{}, nil), []string{"a"}); err == nil {
		t.Error("no table, and no error")
	}
}

func TestWords(t *testing.T) {
	for text, want := range map[string]string{
		"":                                 "",
		"A dog barks, then it's quiet.":    "a dog barks then it quiet",
		"the dogs’ 'loud' bark":            "the dogs loud bark",
		"tick-tock/808 café CAFE\u0301 ÄÖ": "tick tock 808 café cafe\u0301 äö",
		"''' - \xff\xfe rock'n'roll 犬が吠える": "rock 犬が吠える",
	} {
		if got := strings.Join(Words(text), " "); got != want {
			t.Errorf("%q is split into %q, want %q", text, got, want)
		}
	}
}

func TestReadVocabulary(t *testing.T) {
	got, err := ReadVocabulary(strings.NewReader("dog\ncat\r\nrain"))
	if err != nil || !slices.Equal(got, []string{"dog", "cat", "rain"}) {
		t.Errorf("%q, %v", got, err)
	}
	if _, err := ReadVocabulary(strings.NewReader("a\n" + strings.Repeat("x", 1<<17))); err == nil || !strings.Contains(err.Error(), "line 2") {
		t.Errorf("an endless line gives %v", err)
	}
}

func FuzzWords(f *testing.F) {
	f.Add("the dog's ‘bark’")
	f.Fuzz(func(t *testing.T, text string) {
		for _, w := range Words(text) {
			if again := Words(w); len(again) != 1 || again[0] != w {
				t.Errorf("the word %q of %q is split into %q", w, text, again)
			}
		}
	})
}
