// Command ablation trains the audio encoder of a recipe again and again, each time
// with one thing changed, for a smaller number of steps than the recipe's, and prints
// what validation says as a Markdown table: means over seeds, and how far apart the
// seeds are.
//
//	go run ./bench/ablation -data FOLDER -text MODEL [-steps 1500] [-seeds 2] [-only NAME,…]
//
// The text encoder is any model with one: audioclip.Open says which. Seeds change the
// weights at first, the order of clips, and which sources are held out. Finished runs
// are kept in the folder -work and not done again.
package main

import (
	"context"
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
	{"bank", "softmax over texts of all concepts instead of within the batch", func(a object) { set(a, "bank", "loss", "kind") }},
	{"sigmoid", "sigmoid loss (scale 10, bias -10)", func(a object) {
		set(a, "sigmoid", "loss", "kind")
		set(a, 10, "loss", "scale")
		set(a, -10, "loss", "bias")
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
	{"as-labelled", "the manifest's own concepts, uncorrected", func(a object) {
		set(a, "", "data", "relabel")
		set(a, "", "data", "merge")
	}},
	{"crop-1.25", "windows of 1.25 s", func(a object) { a["crop_seconds"] = 1.25 }},
	{"crop-5", "windows of 5 s", func(a object) { a["crop_seconds"] = 5 }},
	{"half-width", "stages of half the width", func(a object) {
		for _, s := range at(a, "encoder", "stages").([]any) {
			stage := s.(object)
			stage["width"] = stage["width"].(float64) / 2
		}
	}},
}

// at returns what a path leads to.
func at(o object, path ...string) any {
	for _, name := range path[:len(path)-1] {
		o = o[name].(object)
	}
	return o[path[len(path)-1]]
}

// set replaces it.
func set(o object, value any, path ...string) {
	for _, name := range path[:len(path)-1] {
		o = o[name].(object)
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
	recipe := flag.String("recipe", "recipes/small/recipe.json", "the recipe")
	data := flag.String("data", "", "folder of its data")
	text := flag.String("text", "", "model whose text encoder is that of all runs")
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
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()

	fmt.Printf("| change | %s |\n|---|", strings.Join(titles(), " | "))
	fmt.Println(strings.Repeat("---:|", len(columns)))
	for _, v := range variants {
		if *only != "" && !slices.Contains(strings.Split(*only, ","), v.name) {
			continue
		}
		results := make([]map[string]float64, *seeds)
		for seed := range results {
			var err error
			dir := filepath.Join(*work, fmt.Sprintf("%s-%d-%d-%g-%d", v.name, *steps, *batch, *heldOut, seed+1))
			results[seed], err = run(ctx, v, *recipe, *data, *text, *work, dir, *steps, *batch, *heldOut, seed+1)
			if err != nil {
				log.Fatal(err)
			}
		}
		fmt.Printf("| %s |", v.title)
		for _, c := range columns {
			fmt.Printf(" %s |", summary(results, c.metric))
		}
		fmt.Println()
	}
}

func titles() []string {
	var list []string
	for _, c := range columns {
		list = append(list, c.title)
	}
	return list
}

// summary returns the mean over seeds in per cent, and half of what lies between them.
func summary(results []map[string]float64, metric string) string {
	low, high, sum := math.Inf(1), math.Inf(-1), 0.0
	for _, r := range results {
		low, high, sum = min(low, r[metric]), max(high, r[metric]), sum+r[metric]
	}
	mean := 100 * sum / float64(len(results))
	if len(results) == 1 {
		return fmt.Sprintf("%.1f %%", mean)
	}
	return fmt.Sprintf("%.1f ± %.1f %%", mean, 50*(high-low))
}

// run trains a variant, unless that was done, and returns what the last validation
// measured.
func run(ctx context.Context, v variant, recipe, data, text, work, dir string, steps, batch int, heldOut float64, seed int) (map[string]float64, error) {
	done := filepath.Join(dir, "metrics.json")
	var metrics map[string]float64
	if file, err := os.ReadFile(done); err == nil {
		return metrics, json.Unmarshal(file, &metrics)
	} else if !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	changed, err := change(v, recipe, dir, steps, batch, heldOut, seed)
	if err != nil {
		return nil, err
	}
	r, err := train.ReadRecipe(changed, data)
	if err != nil {
		return nil, err
	}
	err = train.Align(ctx, r, train.Config{
		Dir: dir, Text: text, Cache: filepath.Join(work, "cache"), Workers: runtime.GOMAXPROCS(0),
		Progress: func(e train.Event) {
			if e.Validation != nil {
				metrics = e.Validation.Values
			}
			if e.Step%250 == 0 {
				log.Printf("%s, seed %d: step %d of %d, loss %.3f", v.name, seed, e.Step, e.Steps, e.Loss)
			}
		},
	})
	if err != nil {
		return nil, err
	}
	file, err := json.Marshal(metrics)
	if err != nil {
		return nil, err
	}
	return metrics, os.WriteFile(done, file, 0o666)
}

// change writes the recipe of a variant and returns its path. Tables beside the recipe
// are named by their full paths.
func change(v variant, path, dir string, steps, batch int, heldOut float64, seed int) (string, error) {
	file, err := os.ReadFile(path)
	if err != nil {
		return "", err
	}
	var recipe object
	if err := json.Unmarshal(file, &recipe); err != nil {
		return "", fmt.Errorf("%s: %w", path, err)
	}
	delete(recipe, "text")
	recipe["seed"] = seed
	audio := recipe["audio"].(object)
	for _, name := range []string{"paraphrases", "relabel", "merge"} {
		full, err := filepath.Abs(filepath.Join(filepath.Dir(path), at(audio, "data", name).(string)))
		if err != nil {
			return "", err
		}
		set(audio, full, "data", name)
	}
	set(audio, heldOut, "data", "held_out")
	set(audio, steps, "train", "steps")
	set(audio, batch, "train", "batch")
	set(audio, steps, "train", "validate_every")
	set(audio, steps, "train", "save_every")
	set(audio, 0.995, "train", "average")
	audio["augment_ramp"] = steps / 2
	v.change(audio)
	if file, err = json.MarshalIndent(recipe, "", "  "); err != nil {
		return "", err
	}
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return "", err
	}
	changed := filepath.Join(dir, "changed.json")
	return changed, os.WriteFile(changed, file, 0o666)
}
