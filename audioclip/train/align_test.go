package train

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// Both encoders are trained, from random weights, and find everything.
func TestAlignFromScratch(t *testing.T) {
	toys := newToys(t)
	for _, loss := range []string{"contrastive", "bank", "sigmoid"} {
		t.Run(loss, func(t *testing.T) {
			if testing.Short() && loss != "contrastive" {
				t.Skip("in short mode")
			}
			r := toyRecipe(t, toys, `"contrastive", "scale": 10`, `"`+loss+`", "scale": 10, "bias": -10`)
			dir := t.TempDir()
			mustAlign(t, r, Config{Dir: dir, Workers: 2})
			model := filepath.Join(dir, modelName)
			mustFindAll(t, model, model)
		})
	}
}

// The same seed gives the same weights, with any number of workers; another seed others.
func TestAlignIsDeterministic(t *testing.T) {
	toys, cache := newToys(t), t.TempDir()
	r := toyRecipe(t, toys, `"steps": 120`, `"steps": 12`, `"validate_every": 40`, `"validate_every": 5`)
	run := func(r *Recipe, workers int) string {
		dir := t.TempDir()
		mustAlign(t, r, Config{Dir: dir, Cache: cache, Workers: workers})
		return dir
	}
	want := run(r, 1)
	mustBeSameRun(t, "again", run(r, 1), want)
	mustBeSameRun(t, "two workers", run(r, 2), want)
	mustBeSameRun(t, "three workers", run(r, 3), want)
	other := run(toyRecipe(t, toys, `"steps": 120`, `"steps": 12`, `"seed": 1`, `"seed": 2`), 1)
	a, _ := os.ReadFile(filepath.Join(want, "model/model.safetensors"))
	b, _ := os.ReadFile(filepath.Join(other, "model/model.safetensors"))
	if bytes.Equal(a, b) {
		t.Error("another seed gives the same model")
	}
}

// A run that is interrupted again and again, in the middle of whatever it does, ends as
// one that is not.
func TestAlignInterrupted(t *testing.T) {
	toys, cache := newToys(t), t.TempDir()
	r := toyRecipe(t, toys, `"steps": 120`, `"steps": 24`, `"validate_every": 40`, `"validate_every": 5`)
	want := t.TempDir()
	mustAlign(t, r, Config{Dir: want, Cache: cache})
	got := t.TempDir()
	cfg := Config{Dir: got, Cache: cache}
	for i := 0; ; i++ {
		ctx, cancel := context.WithCancel(t.Context())
		steps := 0
		cfg.Progress = func(e Event) {
			if steps++; steps == 4 {
				cancel()
			}
		}
		err := Align(ctx, r, cfg)
		cancel()
		if err == nil {
			if i < 5 {
				t.Errorf("interrupted %d times only", i)
			}
			break
		}
		if !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
	}
	mustBeSameRun(t, "interrupted", got, want)
}

const (
	killedRun  = "SOUNDSPACE_TEST_RUN"
	killedData = "SOUNDSPACE_TEST_DATA"
)

// killedRecipe takes a few seconds.
func killedRecipe(t testing.TB, toys string) *Recipe {
	return toyRecipe(t, toys, `"steps": 120`, `"steps": 240`, `"validate_every": 40`, `"validate_every": 16`, `"save_every": 7`, `"save_every": 3`)
}

// TestKilledRun is no test but what TestAlignKilled starts and kills.
func TestKilledRun(t *testing.T) {
	dir := os.Getenv(killedRun)
	if dir == "" {
		t.Skip("part of TestAlignKilled")
	}
	mustAlign(t, killedRecipe(t, os.Getenv(killedData)), Config{Dir: dir, Workers: 2})
}

// A run that is killed at random moments ends as one that is not, bit for bit.
func TestAlignKilled(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	toys := newToys(t)
	want := t.TempDir()
	begin := time.Now()
	mustAlign(t, killedRecipe(t, toys), Config{Dir: want, Workers: 2})
	whole := time.Since(begin)
	got := t.TempDir()
	rng := rand.New(rand.NewPCG(1, 2))
	wanted, kills := 8, 0
	if testing.Short() {
		wanted = 3
	}
	for done := false; !done; {
		var output bytes.Buffer
		cmd := exec.Command(self, "-test.run=^TestKilledRun$")
		cmd.Env = append(os.Environ(), killedRun+"="+got, killedData+"="+toys)
		cmd.Stdout, cmd.Stderr = &output, &output
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		ended := make(chan error, 1)
		go func() { ended <- cmd.Wait() }()
		limit := 5 * time.Minute
		if kills < wanted {
			limit = time.Duration((0.03 + 0.2*rng.Float64()) * float64(whole))
		}
		select {
		case err := <-ended:
			if err != nil {
				t.Fatalf("%v\n%s", err, &output)
			}
			done = true
		case <-time.After(limit):
			if err := cmd.Process.Kill(); err != nil {
				t.Fatal(err)
			}
			<-ended
			kills++
		}
	}
	t.Logf("killed %d times; %v for the whole run", kills, whole)
	if kills == 0 {
		t.Error("it was never killed")
	}
	mustBeSameRun(t, "killed", got, want)
}

// Either side may be there already, and stay as it is or be trained further.
func TestAlignToModels(t *testing.T) {
	toys, cache := newToys(t), t.TempDir()
	first := t.TempDir()
	mustAlign(t, toyRecipe(t, toys), Config{Dir: first, Cache: cache, Workers: 2})
	both := filepath.Join(first, modelName)
	for i, test := range []struct {
		name        string
		text, audio string
		changes     []string
	}{
		{"new sounds, frozen texts", both, "", []string{`"train_text": true`, `"train_text": false`}},
		{"new sounds, trained texts", both, "", nil},
		{"frozen sounds, new texts", "", both, []string{`"train_text": true`, `"train_text": true, "train_audio": false`}},
		{"frozen sounds, new words", "", both, []string{`"train_text": true`, `"train_text": true, "train_audio": false`, `"kind": "transformer"`, `"kind": "static"`}},
		{"trained sounds, frozen texts", both, both, []string{`"train_text": true`, `"train_text": false`, `"rate": 0.01`, `"rate": 0.001`}},
		{"new sounds, new words", "", "", []string{`"kind": "transformer"`, `"kind": "static"`}},
		{"new sounds, new words, projected", "", "", []string{`"kind": "transformer"`, `"kind": "static"`, `"range_db"`, `"embedding_size": 20, "range_db"`}},
	} {
		t.Run(test.name, func(t *testing.T) {
			if testing.Short() && i%3 != 0 {
				t.Skip("in short mode")
			}
			dir := t.TempDir()
			mustAlign(t, toyRecipe(t, toys, test.changes...), Config{Dir: dir, Cache: cache, Workers: 2, Text: test.text, Audio: test.audio})
			model := filepath.Join(dir, modelName)
			mustFindAll(t, model, model)
		})
	}
}

// With a teacher sounds come to lie where the teacher places texts, and the model has
// the texts of its student: here one that has nothing in common with it.
func TestAlignToTeacher(t *testing.T) {
	toys, cache := newToys(t), t.TempDir()
	teacher, student := t.TempDir(), t.TempDir()
	mustAlign(t, toyRecipe(t, toys), Config{Dir: teacher, Cache: cache, Workers: 2})
	mustAlign(t, toyRecipe(t, toys, `"seed": 1`, `"seed": 2`, `"steps": 120, "batch": 24, "warmup": 10`, `"steps": 1, "batch": 24, "warmup": 0`), Config{Dir: student, Cache: cache, Workers: 2})
	dir := t.TempDir()
	mustAlign(t, toyRecipe(t, toys, `"train_text": true`, `"train_text": false`), Config{
		Dir: dir, Cache: cache, Workers: 2, Text: filepath.Join(student, modelName), Teacher: filepath.Join(teacher, modelName),
	})
	model := filepath.Join(dir, modelName)
	mustFindAll(t, model, filepath.Join(teacher, modelName))
	texts := []string{toySounds[0].caption, toySounds[1].caption}
	if got, want := encodeTextsWith(t, model, texts), encodeTextsWith(t, filepath.Join(student, modelName), texts); !slices.Equal(got.Data, want.Data) {
		t.Error("the texts are not the student's")
	}
}

// Models of others stay as they are: here a CLAP with random weights.
func TestAlignToCLAP(t *testing.T) {
	if testing.Short() {
		t.Skip("in short mode")
	}
	const clap = "../testdata/clap"
	toys, cache := newToys(t), t.TempDir()
	t.Run("texts", func(t *testing.T) {
		dir := t.TempDir()
		r := toyRecipe(t, toys, `"train_text": true`, `"train_text": false`, `"scale": 10`, `"scale": 100`, `"steps": 120`, `"steps": 400`)
		mustAlign(t, r, Config{Dir: dir, Cache: cache, Text: clap, Workers: 2})
		const all = 11. / 12 // to this CLAP, two of the texts are nearly the same
		mustFind(t, filepath.Join(dir, modelName), clap, all)
		mustFind(t, filepath.Join(dir, modelName), filepath.Join(dir, modelName), all) // it finds CLAP
	})
	t.Run("sounds", func(t *testing.T) {
		dir := t.TempDir()
		r := toyRecipe(t, toys, `"scale": 10`, `"scale": 100`, `"steps": 120`, `"steps": 400`)
		if err := Align(t.Context(), r, Config{Dir: dir, Cache: cache, Audio: clap, Workers: 2}); err != nil {
			t.Fatal(err)
		}
		mustFindAll(t, clap, filepath.Join(dir, modelName))
		mustFindAll(t, filepath.Join(dir, modelName), filepath.Join(dir, modelName)) // it finds CLAP
		if err := Align(t.Context(), toyRecipe(t, toys, `"train_text": true`, `"train_text": true, "train_audio": true`), Config{Dir: t.TempDir(), Cache: cache, Audio: clap}); err == nil {
			t.Error("CLAP was trained")
		}
	})
}

func TestAlignRefuses(t *testing.T) {
	toys, cache := newToys(t), t.TempDir()
	first := t.TempDir()
	few := []string{`"steps": 120, "batch": 24, "warmup": 10`, `"steps": 2, "batch": 4, "warmup": 0`}
	mustAlign(t, toyRecipe(t, toys, few...), Config{Dir: first, Cache: cache})
	model := filepath.Join(first, modelName)
	recipe := func(changes ...string) *Recipe { return toyRecipe(t, toys, append(changes, few...)...) }
	frozen := []string{`"train_text": true`, `"train_text": false, "train_audio": false`}
	for _, test := range []struct {
		name   string
		recipe *Recipe
		cfg    Config
		want   string
	}{
		{"nothing is trained", recipe(frozen...), Config{Text: model, Audio: model}, "neither encoder is trained"},
		{"frozen random sounds", recipe(frozen...), Config{Text: model}, "train_audio is false"},
		{"frozen random texts", recipe(`"train_text": true`, `"train_text": false`), Config{}, "no text encoder"},
		{"other sizes", recipe(`"range_db"`, `"embedding_size": 20, "range_db"`), Config{Text: model}, "20 values, those of texts 24"},
		{"no such model", recipe(), Config{Text: filepath.Join(toys, "none")}, "none"},
		{"a model of something else", recipe(), Config{Text: toys}, "was not made here"},
		{"another recipe", recipe(`"seed": 1`, `"seed": 3`), Config{Dir: first}, ErrRecipe.Error()},
		{"another model", recipe(), Config{Dir: first, Text: model}, ErrInputs.Error()},
		{"no folder", recipe(), Config{Dir: filepath.Join(toys, "toys.tsv", "run")}, "toys.tsv"},
	} {
		t.Run(test.name, func(t *testing.T) {
			cfg := test.cfg
			cfg.Cache = cache
			if cfg.Dir == "" {
				cfg.Dir = t.TempDir()
			}
			err := Align(t.Context(), test.recipe, cfg)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v, want %q", err, test.want)
			}
		})
	}
	// What was refused has not changed the run.
	again := t.TempDir()
	mustAlign(t, toyRecipe(t, toys, few...), Config{Dir: again, Cache: cache})
	mustBeSameRun(t, "after errors", first, again)
}

// A folder whose subfolders are concepts does without a manifest, and its recordings are
// not among the files that are hashed.
func TestAlignToFolder(t *testing.T) {
	toys := newToys(t)
	for kind := range 3 {
		folder := filepath.Join(toys, "sounds", strings.ReplaceAll(toySounds[kind].concept, " ", "_"))
		if err := os.MkdirAll(folder, 0o777); err != nil {
			t.Fatal(err)
		}
		for v := range toyVariants {
			if err := os.Rename(filepath.Join(toys, fmt.Sprintf("%d-%d.wav", kind, v)), filepath.Join(folder, fmt.Sprintf("%d.wav", v))); err != nil {
				t.Fatal(err)
			}
		}
	}
	dir := t.TempDir()
	mustAlign(t, toyRecipe(t, toys, `"toys.tsv"`, `"sounds"`, `"steps": 120`, `"steps": 10`), Config{Dir: dir})
	data, err := os.ReadFile(filepath.Join(dir, runName))
	if err != nil || !strings.Contains(string(data), `"concepts": 3`) || !strings.Contains(string(data), `"inputs_sha256": {}`) {
		t.Errorf("%s, %v", data, err)
	}
}

// What a run writes beside its model says what it was made of.
func TestRunFiles(t *testing.T) {
	toys := newToys(t)
	r := toyRecipe(t, toys, `"steps": 120`, `"steps": 9`, `"validate_every": 40`, `"validate_every": 4`, `"warmup": 10`, `"warmup": 0`)
	dir := t.TempDir()
	mustAlign(t, r, Config{Dir: dir})
	h := readHistory(t, dir)
	var steps []string
	for _, r := range h.Records {
		steps = append(steps, fmt.Sprint(r.Step))
	}
	if strings.Join(steps, " ") != "4 8 9" || h.Best == nil || h.Best.Step != 9 {
		t.Errorf("history: steps %v, best %v", steps, h.Best)
	}
	data, err := os.ReadFile(filepath.Join(dir, runName))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"manifest 1": "`, `"clips": 36`, `"concepts": 12`, `"train": 36`, `"seed": 1`, `"module": "` + modulePath, HashRecipe(r.file)} {
		if !strings.Contains(string(data), want) {
			t.Errorf("run.json has no %s:\n%s", want, data)
		}
	}
	// A run that is done stays as it is.
	before, _ := os.ReadFile(filepath.Join(dir, stateName))
	mustAlign(t, r, Config{Dir: dir})
	if after, _ := os.ReadFile(filepath.Join(dir, stateName)); !bytes.Equal(before, after) {
		t.Error("the run was done, and went on")
	}
	// A damaged state is refused.
	if err := os.WriteFile(filepath.Join(dir, stateName), before[:len(before)/2], 0o666); err != nil {
		t.Fatal(err)
	}
	if err := Align(t.Context(), r, Config{Dir: dir, Cache: filepath.Join(dir, "cache")}); !errors.Is(err, ErrState) || !strings.Contains(err.Error(), stateName) {
		t.Errorf("a damaged state: error %v", err)
	}
}
