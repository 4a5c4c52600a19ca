// Command ablation trains the audio encoder of a recipe again and again, each time
// with one thing changed, for a smaller number of steps than the recipe's, and prints
// what validation says as a Markdown table: means over seeds, and how far apart the
// seeds are.
//
//	go run ./bench/ablation -data FOLDER -text MODEL -tagger YAMNET [-steps 1500] [-seeds 2] [-only NAME,…]
//
// The text encoder is any model with one: audioclip.Open says which; the tagger is a
// folder with YAMNet, of no account for a recipe without tags. Seeds change the
// weights at first, the order of clips, and which sources are held out. Finished runs
// are kept in the folder -work and not done again. With another recipe they are other
// runs; where the files of the data or of the model have changed, that is an error.
package main

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"log"
	"math"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/soundspace/soundspace/audioclip/train"
)

// object is a part of a recipe.
type object = map[string]any

// variant is a change of the recipe.
type variant struct {
	name, title string
	change      func(audio object)
}

var variants = []variant{
	{"recipe", "the recipe", func(object) {}},
	{"no-names", "no names of what YAMNet hears", func(a object) { set(a, 0, "tags", "names") }},
	{"no-features", "no features of YAMNet's", func(a object) { set(a, 0, "tags", "features") }},
	{"no-tagger", "no YAMNet, and no clips without a concept", func(a object) {
		delete(a, "tags")
		set(a, 0, "balance", "unlabelled")
	}},
	{"labelled", "no clips without a concept", func(a object) { set(a, 0, "balance", "unlabelled") }},
	{"bank", "softmax over texts of all concepts instead of within the batch", func(a object) { set(a, "bank", "loss", "kind") }},
	{"sigmoid", "sigmoid loss (scale 10, bias -10), no clips without a concept", func(a object) {
		set(a, "sigmoid", "loss", "kind")
		set(a, 10, "loss", "scale")
		set(a, -10, "loss", "bias")
		set(a, 0, "balance", "unlabelled")
	}},
	{"no-augmentation", "no augmentation but the place in the window", func(a object) {
		a["augment"] = object{"place": at(a, "augment", "place")}
	}},
	{"no-mixing", "no mixing", func(a object) { set(a, 0, "augment", "mix", "probability") }},
	{"no-ramp", "full augmentation from the first step on", func(a object) { a["augment_ramp"] = 0 }},
	{"silence", "short clips followed by silence, never repeated", func(a object) { set(a, 0, "augment", "place", "tile") }},
	{"as-it-comes", "clips drawn as often as they are there", func(a object) {
		set(a, 1, "balance", "concept_power")
		set(a, 1, "balance", "source_power")
	}},
	{"as-labelled", "the manifest's own concepts, uncorrected, which it is measured by as well", func(a object) {
		set(a, "", "data", "relabel")
		set(a, "", "data", "merge")
	}},
	{"no-paraphrases", "the manifest's own captions instead of paraphrases", func(a object) { set(a, "", "data", "paraphrases") }},
	{"crop-1.25", "windows of 1.25 s", func(a object) { a["crop_seconds"] = 1.25 }},
	{"crop-5", "windows of 5 s", func(a object) { a["crop_seconds"] = 5 }},
	{"half-width", "stages of half the width", func(a object) {
		stages, _ := at(a, "encoder", "stages").([]any)
		for _, s := range stages {
			stage, _ := s.(object)
			width, _ := stage["width"].(float64)
			set(stage, math.Floor(width/2), "width")
		}
	}},
}

// at returns what a path leads to, nil if it leads nowhere.
func at(o object, path ...string) any {
	for _, name := range path[:len(path)-1] {
		o, _ = o[name].(object)
	}
	return o[path[len(path)-1]]
}

// set replaces it, and makes the objects on the way that are missing.
func set(o object, value any, path ...string) {
	for _, name := range path[:len(path)-1] {
		next, ok := o[name].(object)
		if !ok {
			next = object{}
			o[name] = next
		}
		o = next
	}
	o[path[len(path)-1]] = value
}

// The columns of the table.
var columns = []struct{ metric, title string }{
	{"everyday", "ten everyday classes"},
	{"accuracy", "all concepts"},
	{"unseen_accuracy", "concepts never trained on"},
	{"r10", "text→audio R@10"},
}

func main() {
	log.SetFlags(0)
	recipe := flag.String("recipe", "recipes/small/measure.json", "the recipe")
	data := flag.String("data", "", "folder of its data")
	text := flag.String("text", "", "model whose text encoder is that of all runs")
	tagger := flag.String("tagger", "", "folder with YAMNet")
	work := flag.String("work", filepath.Join(os.TempDir(), "soundspace-ablation"), "folder of the runs")
	steps := flag.Int("steps", 1500, "steps of a run")
	batch := flag.Int("batch", 64, "sounds in a step")
	heldOut := flag.Float64("held-out", 0.25, "share of sources held out")
	seeds := flag.Int("seeds", 2, "runs of each variant")
	only := flag.String("only", "", "names of variants, separated by commas")
	flag.Parse()
	if *text == "" || *steps < 1 || *seeds < 1 {
		log.Fatal("-text is needed, -steps and -seeds must be positive")
	}
	chosen, err := choose(*only)
	if err != nil {
		log.Fatal(err)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()

	fmt.Printf("| change | %s |\n|---|", strings.Join(titles(), " | "))
	fmt.Println(strings.Repeat("---:|", len(columns)))
	for _, v := range chosen {
		results := make([]map[string]float64, *seeds)
		for i := range results {
			t := trial{v, *recipe, *data, *text, *tagger, *work, *steps, *batch, *heldOut, i + 1}
			if results[i], err = t.run(ctx); errors.Is(err, context.Canceled) {
				log.Fatal("interrupted; the same command goes on")
			} else if err != nil {
				log.Fatalf("%s, seed %d: %v", v.name, i+1, err)
			}
		}
		fmt.Printf("| %s |", v.title)
		for _, c := range columns {
			fmt.Printf(" %s |", summary(results, c.metric))
		}
		fmt.Println()
	}
}

// choose returns the variants of the given names, separated by commas; "" are all.
func choose(names string) ([]variant, error) {
	if names == "" {
		return variants, nil
	}
	var list []variant
	for _, name := range strings.Split(names, ",") {
		i := slices.IndexFunc(variants, func(v variant) bool { return v.name == name })
		if i < 0 {
			return nil, fmt.Errorf("-only: there is no variant %q", name)
		}
		list = append(list, variants[i])
	}
	return list, nil
}

func titles() []string {
	var list []string
	for _, c := range columns {
		list = append(list, c.title)
	}
	return list
}

// summary returns the mean over seeds in per cent, and half of what lies between them;
// a dash if it was not measured.
func summary(results []map[string]float64, metric string) string {
	low, high, sum := math.Inf(1), math.Inf(-1), 0.0
	for _, r := range results {
		v, ok := r[metric]
		if !ok {
			return "–"
		}
		low, high, sum = min(low, v), max(high, v), sum+v
	}
	mean := 100 * sum / float64(len(results))
	if len(results) == 1 {
		return fmt.Sprintf("%.1f %%", mean)
	}
	return fmt.Sprintf("%.1f ± %.1f %%", mean, 50*(high-low))
}

// trial is a run of a variant.
type trial struct {
	variant
	recipe, data, text, tagger, work string
	steps, batch                     int
	heldOut                          float64
	seed                             int
}

// run trains, unless that was done, and returns what the last validation measured.
func (t *trial) run(ctx context.Context) (map[string]float64, error) {
	changed, err := t.changed()
	if err != nil {
		return nil, err
	}
	// With another recipe, other data or another model it is another run.
	h := sha256.New()
	fmt.Fprintf(h, "%s\n%q %q", changed, t.data, t.text)
	dir := filepath.Join(t.work, fmt.Sprintf("%s-%d-%x", t.name, t.seed, h.Sum(nil)[:6]))
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return nil, err
	}
	path := filepath.Join(dir, "changed.json")
	if err := os.WriteFile(path, changed, 0o666); err != nil {
		return nil, err
	}
	r, err := train.ReadRecipe(path, t.data)
	if err != nil {
		return nil, err
	}
	tagger := t.tagger
	if r.Audio.Tags.Names == 0 && r.Audio.Tags.Features == 0 {
		tagger = ""
	}
	err = train.Align(ctx, r, train.Config{
		Dir: dir, Text: t.text, Tagger: tagger, Cache: filepath.Join(t.work, "cache"), Workers: runtime.GOMAXPROCS(0),
		Progress: func(e train.Event) {
			if e.Step%250 == 0 {
				log.Printf("%s, seed %d: step %d of %d, loss %.3f", t.name, t.seed, e.Step, e.Steps, e.Loss)
			}
		},
	})
	if err != nil {
		return nil, err
	}
	return lastValidation(filepath.Join(dir, "history.json"))
}

// lastValidation returns the last of what was measured in a run.
func lastValidation(path string) (map[string]float64, error) {
	file, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var history struct {
		Records []train.Record `json:"records"`
	}
	if err := json.Unmarshal(file, &history); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if len(history.Records) == 0 {
		return nil, fmt.Errorf("%s: nothing was measured", path)
	}
	return history.Records[len(history.Records)-1].Values, nil
}

// changed returns the recipe of the run. Files beside the recipe are named by their full
// paths.
func (t *trial) changed() ([]byte, error) {
	file, err := os.ReadFile(t.recipe)
	if err != nil {
		return nil, err
	}
	var recipe object
	if err := json.Unmarshal(file, &recipe); err != nil {
		return nil, fmt.Errorf("%s: %w", t.recipe, err)
	}
	audio, ok := recipe["audio"].(object)
	if !ok {
		return nil, fmt.Errorf("%s: it has no part audio", t.recipe)
	}
	delete(recipe, "text")
	recipe["seed"] = t.seed
	beside := func(name any) any {
		s, _ := name.(string)
		full, err := filepath.Abs(filepath.Join(filepath.Dir(t.recipe), filepath.FromSlash(s)))
		if _, failed := os.Stat(full); s == "" || filepath.IsAbs(s) || err != nil || failed != nil {
			return name // it is one of the data
		}
		return full
	}
	for _, name := range []string{"paraphrases", "relabel", "merge"} {
		set(audio, beside(at(audio, "data", name)), "data", name)
	}
	manifests, _ := at(audio, "data", "manifests").([]any)
	for i := range manifests {
		manifests[i] = beside(manifests[i])
	}
	set(audio, t.heldOut, "data", "held_out")
	if warmup, _ := at(audio, "train", "warmup").(float64); int(warmup) > t.steps/4 {
		set(audio, t.steps/4, "train", "warmup")
	}
	set(audio, t.steps, "train", "steps")
	set(audio, t.batch, "train", "batch")
	set(audio, t.steps, "train", "validate_every")
	set(audio, t.steps, "train", "save_every")
	set(audio, 0.995, "train", "average")
	audio["augment_ramp"] = t.steps / 2
	t.change(audio)
	return json.MarshalIndent(recipe, "", "  ")
}
