package dataset

import (
	"fmt"
	"reflect"
	"testing"
)

// grid returns clips of concepts c0, c1 … and sources s0, s1 …, where concept i has
// i+1 sources and n clips of each.
func grid(concepts, n int) []Clip {
	var clips []Clip
	for c := range concepts {
		for s := range c + 1 {
			for range n {
				clips = append(clips, Clip{Concept: fmt.Sprint("c", c), Source: fmt.Sprint("s", s, "-", c%7), Captions: []string{"x"}})
			}
		}
	}
	return clips
}

func sourcesOf(clips []Clip, which []int) (bySource map[string]bool, byConcept map[string]map[string]bool) {
	bySource, byConcept = map[string]bool{}, map[string]map[string]bool{}
	for _, i := range which {
		c := clips[i]
		bySource[c.Source] = true
		if byConcept[c.Concept] == nil {
			byConcept[c.Concept] = map[string]bool{}
		}
		byConcept[c.Concept][c.Source] = true
	}
	return bySource, byConcept
}

func TestSplitBySource(t *testing.T) {
	clips := grid(40, 3)
	p, err := Split(clips, SplitConfig{Fraction: 0.1, PerConcept: true, Seed: 1, Unseen: []string{"c5"}})
	if err != nil {
		t.Fatal(err)
	}
	if n := len(p.Train) + len(p.HeldOut) + len(p.Unseen); n != len(clips) || len(p.Unseen) != 18 {
		t.Fatalf("%d of %d clips, %d unseen", n, len(clips), len(p.Unseen))
	}
	train, trainConcepts := sourcesOf(clips, p.Train)
	held, heldConcepts := sourcesOf(clips, p.HeldOut)
	for s := range held {
		if train[s] {
			t.Errorf("source %s on both sides", s)
		}
	}
	for c := range 40 {
		name := fmt.Sprint("c", c)
		if c == 5 {
			if trainConcepts[name] != nil || heldConcepts[name] != nil {
				t.Error("an unseen concept was seen")
			}
			continue
		}
		if len(trainConcepts[name]) == 0 {
			t.Errorf("nothing to train %s on", name)
		}
		if c >= 7 && len(heldConcepts[name]) == 0 { // below, c0 … c6 have s0 alone of their own
			t.Errorf("nothing of %s held out", name)
		}
	}
	again, _ := Split(clips, SplitConfig{Fraction: 0.1, PerConcept: true, Seed: 1, Unseen: []string{"c5"}})
	if !reflect.DeepEqual(p, again) {
		t.Error("another split the second time")
	}
	other, _ := Split(clips, SplitConfig{Fraction: 0.1, PerConcept: true, Seed: 2, Unseen: []string{"c5"}})
	if reflect.DeepEqual(p, other) {
		t.Error("the seed does not matter")
	}
}

// A source stays where it is when others are added.
func TestSplitStable(t *testing.T) {
	var clips []Clip
	for s := range 1000 {
		clips = append(clips, Clip{Source: fmt.Sprint(s)})
	}
	a, err := Split(clips[:500], SplitConfig{Fraction: 0.2, Seed: 3})
	if err != nil {
		t.Fatal(err)
	}
	b, err := Split(clips, SplitConfig{Fraction: 0.2, Seed: 3})
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(a.HeldOut, b.HeldOut[:len(a.HeldOut)]) || b.HeldOut[len(a.HeldOut)] < 500 {
		t.Error("sources changed sides")
	}
	// 200 expected, standard deviation √(1000·0.2·0.8) = 12.6
	if n := len(b.HeldOut); n < 150 || n > 250 {
		t.Errorf("%d of 1000 sources held out, want about 200", n)
	}
}

func TestSplitColumn(t *testing.T) {
	clips := []Clip{
		{Source: "a", Fields: map[string]string{"split": "train"}},
		{Source: "b", Fields: map[string]string{"split": "TEST"}},
		{Source: "c"},
	}
	p, err := Split(clips, SplitConfig{})
	if err != nil || !reflect.DeepEqual(p, Parts{Train: []int{0, 2}, HeldOut: []int{1}}) {
		t.Errorf("%+v, %v", p, err)
	}
	clips[2].Fields = map[string]string{"split": "fold 3"}
	for _, cfg := range []SplitConfig{{}, {Fraction: 2}, {Unseen: []string{"x"}}} {
		if _, err := Split(clips, cfg); err == nil {
			t.Errorf("%+v: no error", cfg)
		}
	}
}

// Clips that do not say where they belong go where others of their source are.
func TestSplitColumnDecidesSources(t *testing.T) {
	in := func(source, split string) Clip {
		return Clip{Concept: "dog", Source: source, Fields: map[string]string{"split": split}}
	}
	clips := []Clip{in("a", ""), in("a", "train"), in("b", ""), in("b", "test"), in("c", ""), in("d", "train"), in("d", "test"), in("d", "")}
	got, err := Split(clips, SplitConfig{Fraction: 1})
	want := Parts{Train: []int{0, 1, 4, 5, 7}, HeldOut: []int{2, 3, 6}}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, %v, want %+v", got, err, want)
	}
}
