package train

import (
	"errors"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/soundspace/soundspace/audioclip"
	"github.com/soundspace/soundspace/audioclip/eval"
	"github.com/soundspace/soundspace/audioclip/train/words"
	"github.com/soundspace/soundspace/internal/nn"
)

// newSentences writes captions into a folder, and returns them; in the folder teacher
// there is a text encoder, with a random vector for each word.
func newSentences(t testing.TB) (dir string, sentences []string) {
	t.Helper()
	for _, how := range []string{"a small", "a large", "an old"} {
		for _, what := range []string{"dog", "cat", "bell", "engine"} {
			for _, does := range []string{"near a river", "in the rain", "far away"} {
				sentences = append(sentences, strings.Join([]string{how, what, does}, " "))
			}
		}
	}
	dir = t.TempDir()
	mustWrite(t, filepath.Join(dir, "captions.csv"), "caption\n"+strings.Join(sentences, "\n")+"\n")
	table := words.Table{Words: frequentWords(sentences, 100), Width: 12}
	table.Vectors = newStaticText(table.Words, 12, 12, 5).table.Data
	if err := table.Save(filepath.Join(dir, "teacher")); err != nil {
		t.Fatal(err)
	}
	return dir, sentences
}

func distillRecipe(t testing.TB, dir, encoder string) *Recipe {
	t.Helper()
	path := filepath.Join(t.TempDir(), "recipe.json")
	mustWrite(t, path, `{
  "seed": 1,
  "text": {
    `+encoder+`,
    "corpus": {"captions": ["captions.csv"], "max": 150},
    "relational": 0.1, "temperature": 0.1, "held_out": 8,
    "train": {"steps": 300, "batch": 32, "warmup": 10, "rate": 0.01, "weight_decay": 0, "clip_norm": 5, "average": 0.9, "validate_every": 75, "save_every": 40}
  }
}`)
	r, err := ReadRecipe(path, dir)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func encodeTextsWith(t testing.TB, model string, texts []string) audioclip.Matrix {
	t.Helper()
	m, err := audioclip.Config{Towers: audioclip.Text}.Open(model)
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	rows, err := m.EncodeText(t.Context(), texts, audioclip.TextConfig{})
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

// A student places sentences where its teacher does, also some that it has not seen.
func TestDistill(t *testing.T) {
	dir, sentences := newSentences(t)
	teacher := filepath.Join(dir, "teacher")
	want := encodeTextsWith(t, teacher, sentences)
	table, err := words.Train(t.Context(), sentences, words.Config{Width: 20, MinCount: 1, Epochs: 1})
	if err != nil {
		t.Fatal(err)
	}
	if err := table.Save(filepath.Join(dir, "words")); err != nil {
		t.Fatal(err)
	}
	cache := t.TempDir()
	for _, test := range []struct {
		name, encoder string
	}{
		{"transformer", `"vocab": 600, "context": 16, "width": 24, "layers": 1, "heads": 2, "feed_forward": 48`},
		{"static", `"kind": "static", "vocab": 100, "width": 16`},
		{"static of word2vec", `"kind": "static", "words": "words"`},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := distillRecipe(t, dir, test.encoder)
			run := t.TempDir()
			if err := Distill(t.Context(), r, Config{Dir: run, Cache: cache, Teacher: teacher, Workers: 2}); err != nil {
				t.Fatal(err)
			}
			model := filepath.Join(run, modelName)
			got := encodeTextsWith(t, model, sentences)
			// Which of the sentences is it?
			own := make([][]int, len(sentences))
			for i := range own {
				own[i] = []int{i}
			}
			found, err := eval.Retrieve(got, want, own)
			if err != nil {
				t.Fatal(err)
			}
			h := readHistory(t, run)
			t.Logf("R@1 %.2f; of sentences not trained on: cosine %.4f, found %.2f", found.R1, h.Best.Values["cosine"], h.Best.Values["found"])
			if found.R1 < 0.9 || found.R10 < 1 {
				t.Errorf("R@1 is %.2f, R@10 %.2f", found.R1, found.R10)
			}
			// What is trained is what runs.
			tower, err := openTextTower(model, 0, 1)
			if err != nil {
				t.Fatal(err)
			}
			var tokens [][]int32
			for _, s := range sentences {
				ids, err := tower.tokens(s)
				if err != nil {
					t.Fatal(err)
				}
				tokens = append(tokens, ids)
			}
			rows, err := encodeTexts(t.Context(), nn.NewContext(1), tower, tokens)
			if err != nil {
				t.Fatal(err)
			}
			for i, v := range rows.Data {
				if math.Abs(float64(v-got.Data[i])) > 1e-4 {
					t.Fatalf("value %d of %d is %v, the model says %v", i%rows.Cols, i/rows.Cols, v, got.Data[i])
				}
			}
			if testing.Short() {
				return
			}
			again := t.TempDir()
			if err := Distill(t.Context(), r, Config{Dir: again, Cache: cache, Teacher: teacher}); err != nil {
				t.Fatal(err)
			}
			for _, name := range []string{stateName, historyName, runName, "model/model.safetensors"} {
				a, err1 := os.ReadFile(filepath.Join(run, name))
				b, err2 := os.ReadFile(filepath.Join(again, name))
				if err1 != nil || err2 != nil || string(a) != string(b) {
					t.Errorf("once more: %s differs (%v, %v)", name, err1, err2)
				}
			}
		})
	}
}

// Sentences that a teacher knows no word of are left out.
func TestDistillUnknownWords(t *testing.T) {
	dir, sentences := newSentences(t)
	mustWrite(t, filepath.Join(dir, "captions.csv"), "caption\nquite unheard\n"+strings.Join(sentences, "\n")+"\n")
	var log []string
	cfg := Config{Dir: t.TempDir(), Cache: t.TempDir(), Teacher: filepath.Join(dir, "teacher"), Log: func(line string) { log = append(log, line) }}
	r := distillRecipe(t, dir, `"kind": "static", "vocab": 100, "width": 16`)
	r.Text.Train.Steps, r.Text.Train.Warmup = 2, 0
	if err := Distill(t.Context(), r, cfg); err != nil {
		t.Fatal(err)
	}
	if last := log[len(log)-1]; !strings.HasPrefix(last, "149 sentences, ") { // of 150
		t.Errorf("%q", log)
	}
}

func TestDistillRefuses(t *testing.T) {
	dir, _ := newSentences(t)
	teacher := filepath.Join(dir, "teacher")
	encoder := `"kind": "static", "vocab": 100, "width": 16`
	for _, test := range []struct {
		name, encoder, teacher, want string
		change                       []string
	}{
		{"no teacher", encoder, filepath.Join(dir, "none"), "none", nil},
		{"no captions", encoder, teacher, "other.csv", []string{"captions.csv", "other.csv"}},
		{"no words", `"kind": "static", "words": "none"`, teacher, "none", nil},
		{"words of something else", `"kind": "static", "words": "."`, teacher, "no vectors of words", nil},
		{"too many held out", encoder, teacher, "of which 1000 are held out", []string{`"held_out": 8`, `"held_out": 1000`}},
		{"held out missing", encoder, teacher, "held_out is 0", []string{`"held_out": 8,`, ""}},
	} {
		t.Run(test.name, func(t *testing.T) {
			data := distillRecipe(t, dir, test.encoder).file
			path := filepath.Join(t.TempDir(), "recipe.json")
			mustWrite(t, path, strings.NewReplacer(test.change...).Replace(string(data)))
			r, err := ReadRecipe(path, dir)
			if err == nil {
				err = Distill(t.Context(), r, Config{Dir: t.TempDir(), Cache: t.TempDir(), Teacher: test.teacher})
			}
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v, want %q", err, test.want)
			}
		})
	}
	var recipe Recipe
	if err := Distill(t.Context(), &recipe, Config{}); err == nil || errors.Is(err, os.ErrNotExist) {
		t.Errorf("an empty recipe: error %v", err)
	}
}
