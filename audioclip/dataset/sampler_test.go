package dataset

import (
	"math"
	"reflect"
	"slices"
	"testing"
)

// The frequencies of clips follow the formula, by a chi-square test.
func TestBalanced(t *testing.T) {
	var clips []Clip
	add := func(n int, concept, source string) {
		for range n {
			clips = append(clips, Clip{Concept: concept, Source: source})
		}
	}
	add(20, "dog", "a")
	add(5, "dog", "b")
	add(3, "cat", "a")
	add(4, "", "a")
	add(8, "", "c")
	var use []int
	for i := range clips {
		use = append(use, i)
	}
	cfg := BalanceConfig{ConceptPower: 0.3, SourcePower: 0.5, Unlabelled: 0.25, Seed: 7}
	b, err := NewBalanced(clips, use, cfg)
	if err != nil {
		t.Fatal(err)
	}
	p := func(n, power float64) float64 { return math.Pow(n, power) }
	concepts, free := p(25, 0.3)+p(3, 0.3), p(4, 0.3)+p(8, 0.3)
	sources := p(20, 0.5) + p(5, 0.5)
	var want []float64
	fill := func(n int, probability float64) {
		for range n {
			want = append(want, probability/float64(n))
		}
	}
	fill(20, 0.75*p(25, 0.3)/concepts*p(20, 0.5)/sources)
	fill(5, 0.75*p(25, 0.3)/concepts*p(5, 0.5)/sources)
	fill(3, 0.75*p(3, 0.3)/concepts)
	fill(4, 0.25*p(4, 0.3)/free)
	fill(8, 0.25*p(8, 0.3)/free)

	const steps, rows = 2000, 32
	count := make([]float64, len(clips))
	drawn := make([]int, rows)
	for step := range steps {
		b.Draw(drawn, uint64(step))
		for _, i := range drawn {
			count[i]++
		}
	}
	chi := 0.0
	for i := range clips {
		e := want[i] * steps * rows
		chi += (count[i] - e) * (count[i] - e) / e
	}
	// 39 degrees of freedom: mean 39, standard deviation 8.8; 99.9 % lie below 72.1.
	if chi > 72.1 {
		t.Errorf("chi-square %.1f with %d degrees of freedom", chi, len(clips)-1)
	}

	first, second := make([]int, rows), make([]int, rows)
	b.Draw(first, 5)
	b.Draw(second, 6)
	if reflect.DeepEqual(first, second) {
		t.Error("steps 5 and 6 are the same")
	}
	b.Draw(second, 5)
	if !reflect.DeepEqual(first, second) {
		t.Error("step 5 is not always the same")
	}
	none, err := NewBalanced(clips, use, BalanceConfig{})
	if err != nil {
		t.Fatal(err)
	}
	for step := range 100 {
		none.Draw(drawn, uint64(step))
		if slices.Max(drawn) >= 28 {
			t.Fatal("a clip without a concept was drawn")
		}
	}
	for _, bad := range []BalanceConfig{{Unlabelled: 2}, {ConceptPower: math.NaN()}} {
		if _, err := NewBalanced(clips, use, bad); err == nil {
			t.Errorf("%+v: no error", bad)
		}
	}
	if _, err := NewBalanced(clips, use[28:], BalanceConfig{}); err == nil {
		t.Error("nothing to draw from: no error")
	}
}

func TestShuffled(t *testing.T) {
	use := []int{3, 1, 4, 15, 9, 2, 6}
	s, err := NewShuffled(use, 1)
	if err != nil {
		t.Fatal(err)
	}
	var all []int
	for step := range 7 {
		drawn := make([]int, 5)
		s.Draw(drawn, uint64(step))
		all = append(all, drawn...)
	}
	slices.Sort(use)
	same := true
	for epoch := range 5 {
		one := all[7*epoch : 7*epoch+7]
		same = same && reflect.DeepEqual(one, all[:7])
		if sorted := slices.Sorted(slices.Values(one)); !reflect.DeepEqual(sorted, use) {
			t.Errorf("epoch %d: %v", epoch, one)
		}
	}
	if same {
		t.Error("all epochs have one order")
	}
	again := make([]int, 5)
	s.Draw(again, 3)
	if !reflect.DeepEqual(again, all[15:20]) {
		t.Error("step 3 is not always the same")
	}
}

func TestOrdered(t *testing.T) {
	drawn := make([]int, 4)
	for step, want := range [][]int{{7, 8, 9, 7}, {8, 9, 7, 8}, {9, 7, 8, 9}, {7, 8, 9, 7}} {
		if (Ordered{7, 8, 9}).Draw(drawn, uint64(step)); !reflect.DeepEqual(drawn, want) {
			t.Errorf("step %d: %v, want %v", step, drawn, want)
		}
	}
}
