package words

import (
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/soundspace/soundspace/audioclip/internal/params"
	"github.com/soundspace/soundspace/audioclip/internal/text"
	"github.com/soundspace/soundspace/internal/checkpoint"
	"github.com/soundspace/soundspace/internal/nn"
)

// What is saved is what the static text encoder reads.
func TestSave(t *testing.T) {
	table := &Table{Words: []string{"a", "dog", "barks"}, Width: 2, Vectors: []float32{1, 0, 0, 2, -4, 8}}
	dir := filepath.Join(t.TempDir(), "words")
	if err := table.Save(dir); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(filepath.Join(dir, VocabularyFile))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	vocabulary, err := text.ReadVocabulary(f)
	if err != nil || !slices.Equal(vocabulary, table.Words) {
		t.Fatalf("vocabulary %q, %v", vocabulary, err)
	}
	weights, err := checkpoint.Open(filepath.Join(dir, WeightsFile))
	if err != nil {
		t.Fatal(err)
	}
	defer weights.Close()
	set := params.New(params.Map{text.StaticTable: weights.Tensor(text.StaticTable)}, nil)
	s, err := text.NewStatic(set, vocabulary)
	if err != nil {
		t.Fatal(err)
	}
	if err := set.Err(); err != nil {
		t.Error(err)
	}
	dst := nn.NewMatrix(make([]float32, 2), 1, 2)
	s.Encode(nn.NewContext(1), dst, [][]int{s.Tokens("The dog barks")})
	if !slices.Equal(dst.Data, []float32{-2, 5}) {
		t.Errorf("the mean is %v", dst.Data)
	}
}

func TestNeighbours(t *testing.T) {
	table := &Table{Words: []string{"a", "b", "c", "nothing"}, Width: 2, Vectors: []float32{2, 0, 3, 3, -1, 0, 0, 0}}
	got := table.Neighbours("a", 9)
	want := []Neighbour{{"b", math.Sqrt(0.5)}, {"nothing", 0}, {"c", -1}}
	if !slices.EqualFunc(got, want, func(a, b Neighbour) bool {
		return a.Word == b.Word && math.Abs(a.Cosine-b.Cosine) < 1e-6
	}) {
		t.Errorf("%v", got)
	}
	if n := table.Neighbours("a", 1); len(n) != 1 {
		t.Errorf("%d neighbours, want 1", len(n))
	}
}

func TestReadTexts(t *testing.T) {
	dir := t.TempDir()
	for _, c := range []struct{ name, content, want string }{
		{"a.csv", "id,caption\n1,\"a dog, barking\"\n2,rain\n", "a dog, barking|rain"},
		{"clotho.CSV", "\ufefffile_name,caption_1,caption_2\nx.wav,one,two\n", "one|two"},
		{"m.tsv", "file\tcaption\nx.ogg\ta \"dog\"\n", `a "dog"`},
		{"plain.txt", "one\ntwo\r\n", "one|two"},
		{"b.csv", "id,text\n1,x\n", `!no column caption in the header ["id" "text"]`},
		{"c.tsv", "file\tcaption\nx\n", "!row 2 has 1 fields, the header 2"},
		{"d.csv", "", "!it is empty"},
		{"bom.txt", "\ufeffone\n", "one"},
		{"sound.wav", "RIFF\xff\xfe\n", "!it is not UTF-8"},
		{"latin1.csv", "caption\nun caf\xe9\n", "!it is not UTF-8"},
	} {
		path := filepath.Join(dir, c.name)
		if err := os.WriteFile(path, []byte(c.content), 0o666); err != nil {
			t.Fatal(err)
		}
		got, err := ReadTexts(path)
		if want, bad := strings.CutPrefix(c.want, "!"); bad {
			if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), path) {
				t.Errorf("%s: %v", c.name, err)
			}
		} else if err != nil || strings.Join(got, "|") != want {
			t.Errorf("%s: %q, %v", c.name, got, err)
		}
	}
	if _, err := ReadTexts(filepath.Join(dir, "none.txt")); !os.IsNotExist(err) {
		t.Errorf("no file: %v", err)
	}
}
