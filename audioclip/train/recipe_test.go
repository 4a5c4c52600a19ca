package train

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestShippedRecipes(t *testing.T) {
	files, err := filepath.Glob("../../recipes/*/recipe.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("no recipes: %v", err)
	}
	for _, path := range files {
		r, err := ReadRecipe(path, "")
		if err != nil {
			t.Fatal(err)
		}
		if err := r.Text.validateDistill(); err != nil {
			t.Errorf("%s: %v", path, err)
		}
	}
}

// The recipe in the package's documentation is one.
func TestDocumentedRecipe(t *testing.T) {
	doc, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	_, text, _ := strings.Cut(string(doc), "//\t{\n")
	text, _, _ = strings.Cut(text, "//\t}\n")
	path := filepath.Join(t.TempDir(), "recipe.json")
	mustWrite(t, path, "{"+strings.ReplaceAll(text, "//\t", "")+"}")
	if _, err := ReadRecipe(path, ""); err != nil {
		t.Error(err)
	}
}

func TestReadRecipeRefuses(t *testing.T) {
	for _, test := range []struct {
		name, old, new, want string
	}{
		{"unknown key", `"template": "{}"`, `"templat": "{}"`, `recipe.json:2: there is no key "templat"`},
		{"unknown key inside", `"stem": [8]`, `"stems": [8]`, `"stems"`},
		{"wrong type", `"seed": 1`, `"seed": "one"`, "recipe.json:2: seed: a string, where it should be of type uint64"},
		{"template", `"template": "{}"`, `"template": "a sound"`, "template: there is no {}"},
		{"kind of text encoder", `"kind": "transformer"`, `"kind": "rnn"`, `text: kind: there is no "rnn"`},
		{"vocabulary", `"vocab": 560`, `"vocab": 0`, "text: vocab 0"},
		{"no manifests", `["toys.tsv"]`, `[]`, "audio: data: no manifests"},
		{"held out", `"held_out": 0`, `"held_out": 1`, "audio: data: held_out is 1"},
		{"windows", `"crop_seconds": 1`, `"crop_seconds": 0`, "audio: crop_seconds is 0"},
		{"encoder", `"width": 16, "blocks": 1`, `"width": 16, "blocks": 0`, "audio: encoder: "},
		{"loss", `"contrastive"`, `"square"`, `audio: loss: there is no kind "square"`},
		{"scale", `"scale": 10`, `"scale": 1000`, "audio: loss: scale 1000"},
		{"steps", `"steps": 120`, `"steps": 0`, "audio: train: steps 0"},
		{"warmup", `"warmup": 10`, `"warmup": 121`, "audio: train: a warmup of 121 of 120"},
		{"rate", `"rate": 0.01`, `"rate": 0`, "audio: train: rate 0"},
		{"average", `"average": 0.9`, `"average": 1`, "audio: train: beta2 0, average 1"},
		{"more", "\n}", "\n}{}", "something follows"},
		{"not whole", `"train_text": true,`, `"train_text": true`, "recipe.json:15: invalid character"},
		{"cut off", "\n}", "\n", "the file ends within the recipe"},
	} {
		t.Run(test.name, func(t *testing.T) {
			text := string(toyRecipe(t, t.TempDir()).file)
			if !strings.Contains(text, test.old) {
				t.Fatalf("there is no %s to replace", test.old)
			}
			path := filepath.Join(t.TempDir(), "recipe.json")
			mustWrite(t, path, strings.Replace(text, test.old, test.new, 1))
			_, err := ReadRecipe(path, "")
			if err == nil || !strings.Contains(err.Error(), test.want) || !strings.Contains(err.Error(), path) || strings.Contains(err.Error(), "\n") {
				t.Errorf("error %v, want %q", err, test.want)
			}
		})
	}
}

// Files of a recipe lie beside it or in the folder of the data.
func TestRecipePath(t *testing.T) {
	dir, data := t.TempDir(), t.TempDir()
	r := &Recipe{dir: dir, data: data}
	mustWrite(t, filepath.Join(data, "a.tsv"), "")
	mustWrite(t, filepath.Join(data, "b.tsv"), "")
	mustWrite(t, filepath.Join(dir, "b.tsv"), "")
	for name, want := range map[string]string{"": "", "a.tsv": filepath.Join(data, "a.tsv"), "b.tsv": filepath.Join(dir, "b.tsv"), data: data} {
		if got, err := r.path(name); got != want || err != nil {
			t.Errorf("%q: %q, %v; want %q", name, got, err, want)
		}
	}
	if _, err := r.path("c.tsv"); err == nil || !strings.Contains(err.Error(), "c.tsv") {
		t.Errorf("error %v", err)
	}
	r.data = ""
	if _, err := r.path("a.tsv"); err == nil || !strings.Contains(err.Error(), "a.tsv") {
		t.Errorf("error %v", err)
	}
}
