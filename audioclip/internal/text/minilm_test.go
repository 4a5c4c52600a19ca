package text

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/soundspace/soundspace/internal/nn"
	"github.com/soundspace/soundspace/internal/npy"
	"github.com/soundspace/soundspace/internal/tokenizer"
)

// all-MiniLM-L6-v2 with its real weights on 1,000 sentences. SOUNDSPACE_MINILM names
// a folder that testdata/minilm.py has filled.
func TestMiniLM(t *testing.T) {
	dir := os.Getenv("SOUNDSPACE_MINILM")
	if dir == "" {
		t.Skip("SOUNDSPACE_MINILM is not set")
	}
	read := func(name string) []byte {
		file, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		return file
	}
	var input struct {
		Sentences []string
		Ids       [][]int
	}
	if err := json.Unmarshal(read("sentences.json"), &input); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(filepath.Join(dir, "embeddings.npy"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	want, err := npy.Read(f)
	if err != nil {
		t.Fatal(err)
	}

	tokens, err := tokenizer.Open(filepath.Join(dir, "model"))
	if err != nil {
		t.Fatal(err)
	}
	texts := make([][]int, len(input.Sentences))
	for i, sentence := range input.Sentences {
		ids, _ := tokens.Encode(sentence)
		for _, id := range ids {
			texts[i] = append(texts[i], int(id))
		}
		if !slices.Equal(texts[i], input.Ids[i]) {
			t.Fatalf("%q has tokens %v, want %v", sentence, texts[i], input.Ids[i])
		}
	}

	model := os.DirFS(filepath.Join(dir, "model"))
	sentence, err := ReadSentence(model, ".")
	if err != nil {
		t.Fatal(err)
	}
	if sentence != (Sentence{Encoder: ".", Pooling: Mean, Normalize: true, MaxTokens: 256}) {
		t.Fatalf("modules are %+v", sentence)
	}
	cfg, err := ParseBERTConfig(read("model/config.json"))
	if err != nil {
		t.Fatal(err)
	}
	set := open(t, filepath.Join(dir, "model", "model.safetensors"))
	if cfg, err = cfg.Fit(set); err != nil {
		t.Fatal(err)
	}
	bert := NewBERT(set, cfg, sentence.Pooling)
	if err := set.Err(); err != nil {
		t.Fatal(err)
	}
	got := vectors(bert, texts)
	var worst float64
	for i := range got.Rows {
		row := got.Row(i)
		nn.NormalizeL2(row)
		for j, v := range row {
			if d := math.Abs(float64(v) - want.Real[i*got.Cols+j]); !(d <= worst) {
				worst = d
			}
		}
	}
	t.Logf("%d sentences differ by %.1e", got.Rows, worst)
	if !(worst <= 1e-5) {
		t.Errorf("%d sentences differ by %g", got.Rows, worst)
	}
}
