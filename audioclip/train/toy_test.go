package train

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/soundspace/soundspace/audio"
	"github.com/soundspace/soundspace/audioclip"
	"github.com/soundspace/soundspace/audioclip/eval"
)

// toyRate is the sample rate of the toy sounds, in Hz.
const toyRate = 8000

// toySounds are kinds of sounds: at a time t of a second, with a detune of about 1 and
// noise, uniform in ±1.
var toySounds = []struct {
	concept, caption string
	at               func(t, detune, noise float64) float64
}{
	{"low tone", "a low steady tone", func(t, d, _ float64) float64 { return sine(220 * d * t) }},
	{"high tone", "a high steady tone", func(t, d, _ float64) float64 { return sine(2400 * d * t) }},
	{"rising", "a tone that rises", func(t, d, _ float64) float64 { return sine(d * (300*t + 1300*t*t)) }},
	{"falling", "a tone that falls", func(t, d, _ float64) float64 { return sine(d * (2900*t - 1300*t*t)) }},
	{"hiss", "loud hissing", func(_, _, noise float64) float64 { return noise }},
	{"puffs", "puffs of steam", func(t, d, noise float64) float64 { return noise * math.Max(0, sine(4*d*t)) }},
	{"ticking", "a clock ticking", func(t, d, noise float64) float64 { return noise * math.Exp(-60*math.Mod(t, 0.25*d)) }},
	{"rattle", "a rattle", func(t, d, noise float64) float64 { return noise * math.Exp(-90*math.Mod(t, 0.06*d)) }},
	{"buzz", "an electric buzz", func(t, d, _ float64) float64 { return math.Copysign(1, sine(110*d*t)) }},
	{"siren", "a siren of two tones", func(t, d, _ float64) float64 { return sine(700*d*t + 300*d*t*math.Floor(math.Mod(4*t, 2))) }},
	{"bell", "a bell struck once", func(t, d, _ float64) float64 { return (sine(900*d*t) + sine(2130*d*t)) / 2 * math.Exp(-6*t) }},
	{"pulse", "a tone that comes and goes", func(t, d, _ float64) float64 { return sine(500*d*t) * math.Max(0, sine(3*t)) }},
}

func sine(turns float64) float64 { return math.Sin(2 * math.Pi * turns) }

// toyClip makes a sound. No two are the same.
func toyClip(kind, variant int) *audio.Clip {
	rng := rand.New(rand.NewPCG(uint64(kind), uint64(variant)))
	detune, level, late := 0.94+0.12*rng.Float64(), 0.2+0.6*rng.Float64(), 0.1*rng.Float64()
	c := audio.NewClip(1, toyRate, toyRate)
	for i := range c.Samples[0] {
		if t := float64(i)/toyRate - late; t >= 0 {
			c.Samples[0][i] = float32(level * toySounds[kind].at(t, detune, 2*rng.Float64()-1))
		}
		c.Samples[0][i] += float32(0.001 * (rng.Float64() - 0.5))
	}
	return c
}

const toyVariants = 3

// newToys writes the toy sounds and their manifest into a folder.
func newToys(t testing.TB) string {
	t.Helper()
	dir := t.TempDir()
	table := "file\tcaption\tconcept\n"
	for kind, s := range toySounds {
		for v := range toyVariants {
			name := fmt.Sprintf("%d-%d.wav", kind, v)
			if err := audio.WriteWAVFile(filepath.Join(dir, name), toyClip(kind, v), 16); err != nil {
				t.Fatal(err)
			}
			table += fmt.Sprintf("%s\t%s\t%s\n", name, s.caption, s.concept)
		}
	}
	mustWrite(t, filepath.Join(dir, "toys.tsv"), table)
	return dir
}

func mustWrite(t testing.TB, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
}

// toyRecipe is one with everything trained, from random weights, in text; changes are
// pairs of what is replaced there by what.
func toyRecipe(t testing.TB, dir string, changes ...string) *Recipe {
	t.Helper()
	text := strings.NewReplacer(changes...).Replace(`{
  "template": "{}", "seed": 1,
  "text": {"kind": "transformer", "vocab": 560, "context": 16, "width": 24, "layers": 1, "heads": 2, "feed_forward": 32},
  "audio": {
    "data": {"manifests": ["toys.tsv"], "held_out": 0},
    "encoder": {
      "front_end": {"sample_rate": 8000, "n_fft": 256, "hop_samples": 160, "bands": 24, "f_min_hz": 50, "f_max_hz": 4000},
      "range_db": 60, "window_seconds": 1, "stem": [8], "expand": 32,
      "stages": [{"width": 16, "blocks": 1, "groups": 1, "stride_time": 2, "stride_bands": 2}]
    },
    "crop_seconds": 1,
    "augment": {"mix": {"probability": 0.2, "max_db": 6}, "gain": {"max_db": 6}},
    "loss": {"kind": "contrastive", "scale": 10},
    "train_text": true,
    "train": {"steps": 120, "batch": 24, "warmup": 10, "rate": 0.01, "clip_norm": 5, "average": 0.9, "validate_every": 40, "save_every": 7}
  }
}`)
	path := filepath.Join(t.TempDir(), "recipe.json")
	mustWrite(t, path, text)
	r, err := ReadRecipe(path, dir)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func mustAlign(t testing.TB, r *Recipe, cfg Config) {
	t.Helper()
	if cfg.Cache == "" {
		cfg.Cache = filepath.Join(cfg.Dir, "cache")
	}
	if err := Align(t.Context(), r, cfg); err != nil {
		t.Fatal(err)
	}
}

// mustFindAll checks that each toy sound is nearest to its own text and each text to one
// of its sounds, for the models of the two sides.
func mustFindAll(t testing.TB, audioModel, textModel string) {
	t.Helper()
	mustFind(t, audioModel, textModel, 1)
}

// mustFind checks that at least a share of the toy sounds is nearest to its own text, and
// of the texts to one of its sounds.
func mustFind(t testing.TB, audioModel, textModel string, least float64) {
	t.Helper()
	open := func(path string, towers audioclip.Towers) *audioclip.Model {
		m, err := audioclip.Config{Towers: towers}.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { m.Close() })
		return m
	}
	var clips []*audio.Clip
	var captions []string
	sounds, texts := make([][]int, len(toySounds)), [][]int{}
	for kind, s := range toySounds {
		captions = append(captions, s.caption)
		for v := range toyVariants {
			sounds[kind] = append(sounds[kind], len(clips))
			texts = append(texts, []int{kind})
			clips = append(clips, toyClip(kind, v))
		}
	}
	a, err := open(audioModel, audioclip.Audio).EncodeAudio(t.Context(), clips, audioclip.AudioConfig{})
	if err != nil {
		t.Fatal(err)
	}
	b, err := open(textModel, audioclip.Text).EncodeText(t.Context(), captions, audioclip.TextConfig{})
	if err != nil {
		t.Fatal(err)
	}
	toTexts, err := eval.Retrieve(a, b, texts)
	if err != nil {
		t.Fatal(err)
	}
	toSounds, err := eval.Retrieve(b, a, sounds)
	if err != nil {
		t.Fatal(err)
	}
	if toTexts.R1 < least || toSounds.R1 < least {
		t.Errorf("R@1 from sounds to texts is %.3f, from texts to sounds %.3f", toTexts.R1, toSounds.R1)
	}
}

// mustBeSameRun compares what two runs have left.
func mustBeSameRun(t testing.TB, what, got, want string) {
	t.Helper()
	for _, name := range []string{stateName, historyName, recipeName, runName, "held_out.tsv", "model/model.safetensors", "model/config.json"} {
		g, err1 := os.ReadFile(filepath.Join(got, name))
		w, err2 := os.ReadFile(filepath.Join(want, name))
		if err1 != nil || err2 != nil || !bytes.Equal(g, w) {
			t.Errorf("%s: %s differs (%v, %v)", what, name, err1, err2)
		}
	}
}

func readHistory(t testing.TB, dir string) (h history) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(dir, historyName))
	if err == nil {
		err = json.Unmarshal(data, &h)
	}
	if err != nil {
		t.Fatal(err)
	}
	return h
}
