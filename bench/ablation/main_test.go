package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/soundspace/soundspace/audioclip/train"
)

// Every variant of the shipped recipe is a recipe, and each is another one, however few
// the steps.
func TestVariants(t *testing.T) {
	seen := map[string]string{}
	for _, v := range variants {
		trial := trial{variant: v, recipe: "../../recipes/small/measure.json", steps: 6, batch: 8, heldOut: 0.25, seed: 1}
		changed, err := trial.changed()
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(t.TempDir(), "changed.json")
		if err := os.WriteFile(path, changed, 0o666); err != nil {
			t.Fatal(err)
		}
		r, err := train.ReadRecipe(path, "")
		if err != nil {
			t.Errorf("%s: %v", v.name, err)
			continue
		}
		if r.Seed != 1 || r.Audio.Train.Steps != 6 || r.Audio.Train.Batch != 8 || r.Audio.Data.HeldOut != 0.25 {
			t.Errorf("%s: seed %d, %+v", v.name, r.Seed, r.Audio.Train)
		}
		if other, ok := seen[string(changed)]; ok {
			t.Errorf("%s is the same as %s", v.name, other)
		}
		seen[string(changed)] = v.name
	}
	if _, err := choose("recipe,none"); err == nil {
		t.Error("a variant that is not there")
	}
}

func TestSummary(t *testing.T) {
	results := []map[string]float64{{"a": 0.5, "b": 0.25}, {"a": 0.75}}
	for metric, want := range map[string]string{"a": "62.5 ± 12.5 %", "b": "–", "c": "–"} {
		if got := summary(results, metric); got != want {
			t.Errorf("%s: %q, want %q", metric, got, want)
		}
	}
	if got := summary(results[:1], "b"); got != "25.0 %" {
		t.Errorf("%q", got)
	}
}
