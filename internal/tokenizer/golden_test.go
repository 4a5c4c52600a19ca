package tokenizer

import (
	"compress/gzip"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// golden is testdata/golden.json.gz, which testdata/make.py writes from the original tokenizers.
type golden struct {
	Texts []string
	Limit int
	IDs   map[string]struct {
		Whole, Cut [][]int32
		Special    []*int32 // BOS, CLS, EOS, SEP, Pad, Unk
		Size       int
	}
}

func readGolden(t testing.TB) *golden {
	t.Helper()
	f, err := os.Open("testdata/golden.json.gz")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	g := new(golden)
	if err := json.NewDecoder(r).Decode(g); err != nil {
		t.Fatal(err)
	}
	return g
}

// open opens a vocabulary of testdata.
func open(t testing.TB, name string) *Tokenizer {
	t.Helper()
	path := filepath.Join("testdata", name)
	opener := Open
	if filepath.Ext(name) == ".gz" {
		opener = OpenCLIP
	}
	tok, err := opener(path)
	if err != nil {
		t.Fatal(err)
	}
	return tok
}

func TestGolden(t *testing.T) {
	g := readGolden(t)
	if len(g.IDs) != 11 {
		t.Fatalf("goldens of %d tokenizers, want 11", len(g.IDs))
	}
	for name, want := range g.IDs {
		t.Run(name, func(t *testing.T) {
			whole := open(t, name).WithMaxLength(0)
			short := whole.WithMaxLength(g.Limit)
			for i, text := range g.Texts {
				ids, cut := whole.Encode(text)
				if !slices.Equal(ids, want.Whole[i]) || cut {
					t.Errorf("%+q: ids %v, cut %t; want %v", text, ids, cut, want.Whole[i])
				}
				wantCut := len(want.Whole[i]) > g.Limit
				ids, cut = short.Encode(text)
				if !slices.Equal(ids, want.Cut[i]) || cut != wantCut {
					t.Errorf("%+q cut to %d: ids %v, cut %t; want %v, %t", text, g.Limit, ids, cut, want.Cut[i], wantCut)
				}
				for _, id := range ids {
					if id < 0 || int(id) >= whole.VocabSize() {
						t.Fatalf("%+q: id %d in a vocabulary of %d", text, id, whole.VocabSize())
					}
				}
			}
		})
	}
}

func TestSettings(t *testing.T) {
	first := func(ids ...*int32) int32 {
		for _, id := range ids {
			if id != nil {
				return *id
			}
		}
		return None
	}
	for name, g := range readGolden(t).IDs {
		if g.Special == nil {
			continue
		}
		tok := open(t, name)
		want := Special{first(g.Special[0:2]...), first(g.Special[2:4]...), first(g.Special[4]), first(g.Special[5])}
		if name == "own" {
			want = Special{BOS: 2, EOS: 3, Pad: None, Unk: 1} // transformers does not know them, the file does
		}
		if tok.Special() != want || tok.VocabSize() != g.Size {
			t.Errorf("%s: %+v, size %d; want %+v, %d", name, tok.Special(), tok.VocabSize(), want, g.Size)
		}
	}
	for name, want := range map[string]int{
		"clip.txt.gz": 77, "clip": 77, "clip-files": 0, "gpt2": 0, "roberta": 512, "roberta-files": 12, "bert": 10, "bert-files": 0,
	} {
		if got := open(t, name).MaxLength(); got != want {
			t.Errorf("%s: MaxLength %d, want %d", name, got, want)
		}
	}
}
