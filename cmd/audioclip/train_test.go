package main

import (
	"bytes"
	"context"
	"fmt"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/soundspace/soundspace/audio"
)

// toyRecipe trains both encoders on a few tones, from random weights.
const toyRecipe = `{
  "seed": 1,
  "text": {
    "kind": "static", "vocab": 50, "width": 8,
    "corpus": {"captions": ["captions.csv"], "max": 40}, "held_out": 4,
    "train": {"steps": 20, "batch": 16, "rate": 0.01, "validate_every": 5, "save_every": 10}
  },
  "audio": {
    "data": {"manifests": ["tones.tsv"], "held_out": 0.4},
    "encoder": {
      "front_end": {"sample_rate": 8000, "n_fft": 256, "hop_samples": 160, "bands": 16, "f_min_hz": 50, "f_max_hz": 4000},
      "range_db": 60, "window_seconds": 0.5, "stem": [4],
      "stages": [{"width": 8, "blocks": 1, "groups": 1, "stride_time": 2, "stride_bands": 2}]
    },
    "crop_seconds": 0.5,
    "loss": {"kind": "bank", "scale": 30},
    "train_text": true,
    "train": {"steps": 30, "batch": 8, "warmup": 5, "rate": 0.01, "validate_every": 5, "save_every": 10}
  }
}`

// newToyData writes a recipe and its data into a folder.
func newToyData(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	table, captions := "file\tcaption\tconcept\n", "caption\n"
	for kind, name := range []string{"low", "middle", "high"} {
		for v := range 4 {
			c := audio.NewClip(1, 4000, 8000)
			for i := range c.Samples[0] {
				c.Samples[0][i] = float32(0.5 * math.Sin(float64(i)*(0.1+0.5*float64(kind)+0.02*float64(v))))
			}
			file := fmt.Sprintf("%s%d.wav", name, v)
			if err := audio.WriteWAVFile(filepath.Join(dir, file), c, 16); err != nil {
				t.Fatal(err)
			}
			table += fmt.Sprintf("%s\ta %s tone\t%s\n", file, name, name)
			for _, where := range []string{"near a river", "in the rain", "far away", "at night"} {
				captions += fmt.Sprintf("a %s tone %s\n", name, where)
			}
		}
	}
	for name, text := range map[string]string{"tones.tsv": table, "captions.csv": captions, "recipe.json": toyRecipe} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func runTraining(ctx context.Context, args ...string) (status int, stdout, stderr string) {
	var out, err bytes.Buffer
	status = run(ctx, args, nil, &out, &err)
	return status, out.String(), err.String()
}

func TestTrain(t *testing.T) {
	data := newToyData(t)
	recipe := filepath.Join(data, "recipe.json")
	out := filepath.Join(t.TempDir(), "new", "run")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	status, _, stderr := runTraining(ctx, "train", "--recipe", recipe, "-o", out)
	if status != 1 || !strings.HasSuffix(stderr, "audioclip: interrupted; the run goes on with the same command\n") {
		t.Errorf("interrupted: status %d, %q", status, stderr)
	}
	status, _, stderr = runTraining(t.Context(), "train", "--recipe", recipe, "-o", out, "--threads", "1")
	if status != 0 || !strings.Contains(stderr, "step 30 of 30, loss ") || !strings.Contains(stderr, "(best)") {
		t.Fatalf("status %d, %q", status, stderr)
	}
	for _, name := range []string{"model/model.safetensors", "model/words.txt", "state.safetensors", "history.json", "run.json", "recipe.json", "held_out.tsv"} {
		if _, err := os.Stat(filepath.Join(out, name)); err != nil {
			t.Error(err)
		}
	}
	f, err := os.Open(filepath.Join(out, "curves.png"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	// Four panels: loss, what was measured, scale and rate.
	if c, err := png.DecodeConfig(f); err != nil || c.Width != 4*600 {
		t.Errorf("curves.png is %d × %d, %v", c.Width, c.Height, err)
	}

	// The model that came out is one for the other commands, and for both sides.
	model := filepath.Join(out, "model")
	if status, stdout, stderr := runTraining(t.Context(), "tag", "-m", model, filepath.Join(data, "low0.wav"), "--labels", "a low tone,a high tone"); status != 0 || !strings.Contains(stdout, "a low tone") {
		t.Errorf("tag: status %d, %q, %q", status, stdout, stderr)
	}
	second := filepath.Join(t.TempDir(), "second")
	if status, _, stderr := runTraining(t.Context(), "train", "--recipe", recipe, "-o", second, "--text", model, "--audio", model); status != 0 {
		t.Errorf("from a model: status %d, %q", status, stderr)
	}
	// With a teacher, the text encoder comes first.
	third := filepath.Join(t.TempDir(), "third")
	if status, _, stderr := runTraining(t.Context(), "train", "--recipe", recipe, "-o", third, "--teacher", model); status != 0 || !strings.Contains(stderr, "step 20 of 20") || !strings.Contains(stderr, "step 30 of 30") {
		t.Errorf("with a teacher: status %d, %q", status, stderr)
	}
	if _, err := os.Stat(filepath.Join(third, "text", "curves.png")); err != nil {
		t.Error(err)
	}
}

func TestTrainErrors(t *testing.T) {
	data := newToyData(t)
	write := func(name, text string) string {
		path := filepath.Join(data, name)
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
		return path
	}
	recipe := filepath.Join(data, "recipe.json")
	short := strings.Replace(toyRecipe, `"steps": 30, "batch": 8, "warmup": 5`, `"steps": 1, "batch": 2, "warmup": 0`, 1)
	done := filepath.Join(data, "done")
	if status, _, stderr := runTraining(t.Context(), "train", "--recipe", write("short.json", short), "-o", done); status != 0 {
		t.Fatal(stderr)
	}
	out := filepath.Join(data, "out")
	for _, test := range []struct {
		args   []string
		status int
		want   string
	}{
		{[]string{"train", "-o", out}, 2, "--recipe FILE is missing"},
		{[]string{"train", "--recipe", recipe}, 2, "-o DIR is missing"},
		{[]string{"train", "--recipe", recipe, "-o", out, "--threads", "0"}, 2, "--threads 0"},
		{[]string{"train", "--recipe", recipe, "-o", out, "--text", "a", "--teacher", "b"}, 2, "both --text and --teacher"},
		{[]string{"train", "--recipe", recipe, "-o", out, "more"}, 2, "unknown command"},
		{[]string{"distill", "--recipe", recipe, "-o", out}, 2, "--teacher MODEL is missing"},
		{[]string{"train", "--recipe", filepath.Join(data, "none.json"), "-o", out}, 1, "none.json"},
		{[]string{"train", "--recipe", recipe, "-o", out, "--data", filepath.Join(data, "none")}, 1, "none"},
		{[]string{"train", "--recipe", recipe, "-o", out, "--data", recipe}, 1, "not a folder"},
		{[]string{"train", "--recipe", recipe, "-o", out, "--text", filepath.Join(data, "none")}, 1, "there is no such file or folder"},
		{[]string{"train", "--recipe", recipe, "-o", out, "--audio", filepath.Join(data, "none")}, 1, "there is no such file or folder"},
		{[]string{"distill", "--recipe", recipe, "-o", out, "--teacher", filepath.Join(data, "none")}, 1, "there is no such file or folder"},
		{[]string{"train", "--recipe", recipe, "-o", filepath.Join(recipe, "out")}, 1, "recipe.json"},
		{[]string{"train", "--recipe", recipe, "-o", recipe}, 1, "recipe.json: not a folder"},
		{[]string{"train", "--recipe", recipe, "-o", done}, 1, "the run was started with another recipe"},
		{[]string{"train", "--recipe", write("unknown.json", strings.Replace(toyRecipe, "seed", "sead", 1)), "-o", out}, 1, `unknown.json:2: there is no key "sead"`},
		{[]string{"train", "--recipe", write("missing.json", strings.Replace(toyRecipe, "tones.tsv", "missing.tsv", 1)), "-o", out}, 1, "missing.tsv"},
	} {
		status, stdout, stderr := runTraining(t.Context(), test.args...)
		first, rest, _ := strings.Cut(stderr, "\n")
		if test.status == 2 {
			rest = strings.TrimPrefix(rest, "Try 'audioclip --help'.\n")
		}
		if status != test.status || !strings.Contains(first, test.want) || rest != "" || stdout != "" || !strings.HasPrefix(first, "audioclip: ") {
			t.Errorf("%v: status %d, want %d with %q\n%s%s", test.args, status, test.status, test.want, stdout, stderr)
		}
	}
}
