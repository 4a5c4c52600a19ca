package train

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/soundspace/soundspace/audioclip/dataset"
)

// Clips of the same caption share the text that is drawn, and so are no negatives of
// each other, though they have no concept.
func TestChooseSharedCaptions(t *testing.T) {
	s := &sounds{clips: []dataset.Clip{
		{File: "0", Captions: []string{"rain"}},
		{File: "1", Captions: []string{"a dog"}},
		{File: "2", Captions: []string{"rain"}},
		{File: "3", Concept: "cat", Captions: []string{"a cat"}},
	}}
	if err := s.label(&labels{}, true, false); err != nil {
		t.Fatal(err)
	}
	a := &alignment{recipe: &AudioRecipe{Loss: LossRecipe{Kind: lossContrastive}}, sounds: s}
	rows := []dataset.Row{
		{Clip: 0, Other: -1, Lambda: 1},
		{Clip: 1, Other: -1, Lambda: 1},
		{Clip: 2, Other: 1, Lambda: 0.75},
		{Clip: 0, Other: 2, Lambda: 0.5},
		{Clip: 3, Other: -1, Lambda: 1},
	}
	texts, targets := a.choose(rows, 0)
	at := map[string]int{}
	for j, k := range texts {
		at[s.texts[k]] = j
	}
	if len(texts) != 3 || len(at) != 3 {
		t.Fatalf("texts %v", at)
	}
	want := make([]float64, 5*3)
	for i, row := range []map[string]float64{{"rain": 1}, {"a dog": 1}, {"rain": 0.75, "a dog": 0.25}, {"rain": 1}, {"a cat": 1}} {
		for text, share := range row {
			want[3*i+at[text]] = share
		}
	}
	if !slices.Equal(targets, want) {
		t.Errorf("targets %v, want %v", targets, want)
	}
}

// Without concepts it is measured how often captions find their clips.
func TestAlignToCaptions(t *testing.T) {
	toys := newToys(t)
	table := "file\tcaption\tsplit\n"
	for kind, s := range toySounds {
		for v, split := range []string{"train", "train", "test"} {
			table += fmt.Sprintf("%d-%d.wav\t%s\t%s\n", kind, v, s.caption, split)
		}
	}
	mustWrite(t, filepath.Join(toys, "toys.tsv"), table)
	dir := t.TempDir()
	changes := []string{`"augment":`, `"balance": {"unlabelled": 1}, "augment":`}
	mustAlign(t, toyRecipe(t, toys, changes...), Config{Dir: dir, Workers: 2})
	best := readHistory(t, dir).Best.Values
	if best["map10"] < 0.8 || best["r10"] != 1 || best[scoreMetric] != best["map10"] {
		t.Errorf("%v", best)
	}
	err := Align(t.Context(), toyRecipe(t, toys), Config{Dir: t.TempDir()})
	if err == nil || !strings.Contains(err.Error(), "balance.unlabelled is 0") {
		t.Errorf("error %v", err)
	}
}
