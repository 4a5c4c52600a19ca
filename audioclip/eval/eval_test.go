package eval

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/soundspace/soundspace/audioclip"
)

// random returns vectors that are normally distributed.
func random(seed uint64, rows, cols int) audioclip.Matrix {
	r := rand.New(rand.NewPCG(seed, 1))
	m := audioclip.NewMatrix(rows, cols)
	for i := range m.Data {
		m.Data[i] = float32(r.NormFloat64())
	}
	return m
}

// pick returns rows of m.
func pick(m audioclip.Matrix, rows []int) audioclip.Matrix {
	out := audioclip.NewMatrix(len(rows), m.Cols)
	for i, r := range rows {
		copy(out.Row(i), m.Row(r))
	}
	return out
}

func names(n int) []string {
	list := make([]string, n)
	for i := range list {
		list[i] = fmt.Sprint("class ", i)
	}
	return list
}

func classify(t *testing.T, embeddings, labels audioclip.Matrix, truth []int) *Classification {
	t.Helper()
	c, err := Classify(embeddings, labels, names(labels.Rows), truth)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func retrieve(t *testing.T, queries, candidates audioclip.Matrix, right [][]int) *Retrieval {
	t.Helper()
	r, err := Retrieve(queries, candidates, right)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestPerfect(t *testing.T) {
	labels := random(1, 20, 8)
	truth := make([]int, 300)
	for i := range truth {
		truth[i] = i * i % 17 // some classes have no items
	}
	c := classify(t, pick(labels, truth), labels, truth)
	if c.Top1 != 1 || c.Top5 != 1 || c.Macro != 1 || c.MAP != 1 || len(c.MostConfused(5)) != 0 {
		t.Errorf("%+v", c)
	}

	// More right answers than ten, and all of them first.
	captions := NewCaptions([][]string{{"a", "b"}, {"b"}, {"a"}})
	if fmt.Sprint(captions.Texts, captions.OfClip, captions.ClipsOf) != "[a b] [[0 1] [1] [0]] [[0 2] [0 1]]" {
		t.Errorf("%+v", captions)
	}
	right := make([][]int, labels.Rows)
	for i, l := range truth {
		right[l] = append(right[l], i)
	}
	present := []int{}
	for l := range right {
		if len(right[l]) > 0 {
			present = append(present, l)
		}
	}
	right = slices.DeleteFunc(right, func(list []int) bool { return len(list) == 0 })
	r := retrieve(t, pick(labels, present), pick(labels, truth), right)
	if r.R1 != 1 || r.R5 != 1 || r.R10 != 1 || r.MAP10 != 1 || r.MedianRank != 1 {
		t.Errorf("%+v", r)
	}
}

// Chance is k/n for top k of n.
func TestRandom(t *testing.T) {
	const items, classes = 8000, 25
	truth := make([]int, items)
	right := make([][]int, items)
	for i := range truth {
		truth[i] = i % classes
		right[i] = truth[i : i+1]
	}
	a, b := random(2, items, 32), random(3, classes, 32)
	c := classify(t, a, b, truth)
	near(t, "top 1", c.Top1, 1.0/classes, 0.01)
	near(t, "top 5", c.Top5, 5.0/classes, 0.015)
	near(t, "macro", c.Macro, 1.0/classes, 0.01)
	near(t, "mAP", c.MAP, 1.0/classes, 0.01)
	r := retrieve(t, a, b, right)
	near(t, "R@10", r.R10, 10.0/classes, 0.02)
	near(t, "median rank", r.MedianRank, 13, 1)
	near(t, "mAP@10", r.MAP10, (1+1/2.0+1/3.0+1/4.0+1/5.0+1/6.0+1/7.0+1/8.0+1/9.0+1/10.0)/classes, 0.01)
	if c.Top1 != r.R1 || c.Top5 != r.R5 || !slices.Equal(c.Ranks, r.Ranks) {
		t.Error("classification and retrieval differ on the same question")
	}
}

// A model that says the same of everything gets nothing right, and AP is what
// guessing has.
func TestTies(t *testing.T) {
	same := audioclip.NewMatrix(30, 4)
	for i := range same.Data {
		same.Data[i] = 1
	}
	truth := make([]int, 30)
	right := make([][]int, 30)
	for i := range truth {
		truth[i] = i % 15
		right[i] = truth[i : i+1]
	}
	labels := pick(same, truth[:15])
	c := classify(t, same, labels, truth)
	if c.Top1 != 0 || c.Top5 != 0 || c.Macro != 0 || c.Ranks[3] != 15 {
		t.Errorf("%+v", c)
	}
	near(t, "mAP", c.MAP, 1.0/15, 1e-12)
	r := retrieve(t, same, labels, right)
	if r.R10 != 0 || r.MedianRank != 15 || r.MAP10 != 0 {
		t.Errorf("%+v", r)
	}
	zeros := audioclip.NewMatrix(30, 4)
	if c := classify(t, zeros, labels, truth); c.Top5 != 0 {
		t.Errorf("vectors of zeros: %+v", c)
	}

	// Ranks by their definition, with many ties.
	scores := []float32{3, 1, 2, 2, 3, 2, 1, 0}
	if got := ranksOf(nil, scores, []int{2, 3, 6}, make([]bool, 8)); fmt.Sprint(got) != "[4 5 7]" {
		t.Errorf("ranks %v", got)
	}
	if got := ranksOf(nil, scores, []int{1}, make([]bool, 8)); fmt.Sprint(got) != "[7]" {
		t.Errorf("ranks %v", got)
	}
}

// The order of items, labels and candidates has no influence, nor has the length
// of vectors.
func TestPermuted(t *testing.T) {
	labels := random(4, 12, 6)
	r := rand.New(rand.NewPCG(5, 5))
	truth := make([]int, 700)
	for i := range truth {
		truth[i] = min(r.IntN(12), r.IntN(12))
	}
	items := pick(labels, truth)
	for i := range items.Data {
		items.Data[i] += float32(r.NormFloat64())
	}
	order, labelOrder := r.Perm(700), r.Perm(12)
	place := make([]int, 12)
	for i, l := range labelOrder {
		place[l] = i
	}
	moved := pick(items, order)
	for i := range moved.Rows {
		for j := range moved.Cols {
			moved.Row(i)[j] *= 4 // exact, as the cosines must be the same to the bit
		}
	}
	truthMoved := make([]int, 700)
	right, rightMoved := make([][]int, 700), make([][]int, 700)
	for i, o := range order {
		truthMoved[i] = place[truth[o]]
		right[o] = []int{truth[o], (truth[o] + 5) % 12}
		rightMoved[i] = []int{place[(truth[o]+5)%12], place[truth[o]]}
	}
	a, b := classify(t, items, labels, truth), classify(t, moved, pick(labels, labelOrder), truthMoved)
	near(t, "top 1", b.Top1, a.Top1, 0)
	near(t, "top 5", b.Top5, a.Top5, 0)
	near(t, "macro", b.Macro, a.Macro, 1e-12)
	near(t, "mAP", b.MAP, a.MAP, 1e-12)
	for i, row := range a.Confusion {
		for j, n := range row {
			if b.Confusion[place[i]][place[j]] != n {
				t.Fatal("another confusion")
			}
		}
	}
	p, q := retrieve(t, items, labels, right), retrieve(t, moved, pick(labels, labelOrder), rightMoved)
	near(t, "R@1", q.R1, p.R1, 0)
	near(t, "median", q.MedianRank, p.MedianRank, 0)
	near(t, "mAP@10", q.MAP10, p.MAP10, 1e-12)

	confused := a.MostConfused(3)
	most := 0
	for i, row := range a.Confusion {
		for j, n := range row {
			if i != j {
				most = max(most, n)
			}
		}
	}
	if len(confused) != 3 || confused[0].Count != most || confused[2].Count > confused[1].Count {
		t.Errorf("%+v, where %d is most", confused, most)
	}
}

// The interval covers the truth about as often as it says, where clips of a source
// are alike; an interval that took clips for independent would not.
func TestBootstrapCoverage(t *testing.T) {
	r := rand.New(rand.NewPCG(8, 8))
	covered, naive := 0, 0
	const trials = 100
	for trial := range trials {
		var values []float64
		var sources []string
		for s := range 40 {
			hit := 0.0
			if r.Float64() < 0.7 {
				hit = 1
			}
			for range 8 {
				values = append(values, hit)
				sources = append(sources, fmt.Sprint(s))
			}
		}
		for i, list := range [][]string{sources, make([]string, len(values))} {
			in, err := BootstrapMean(values, list, uint64(trial))
			if err != nil {
				t.Fatal(err)
			}
			if in.Low <= 0.7 && 0.7 <= in.High {
				if i == 0 {
					covered++
				} else {
					naive++
				}
			}
		}
	}
	if covered < trials*88/100 || covered == trials || naive > trials*75/100 {
		t.Errorf("the truth is in %d and, without sources, in %d of %d intervals", covered, naive, trials)
	}
}

func TestBootstrapEdges(t *testing.T) {
	if in, err := BootstrapMean([]float64{1, 0, 0, 1}, []string{"a", "a", "a", "a"}, 1); err != nil || in != (Interval{0.5, 0.5}) {
		t.Errorf("one source: %v, %v", in, err)
	}
	a, _ := BootstrapMean([]float64{1, 0, 0, 1}, []string{"a", "b", "", ""}, 1)
	b, _ := BootstrapMean([]float64{1, 0, 0, 1}, []string{"", "", "", ""}, 1)
	if a != b {
		t.Errorf("four sources: %v and %v", a, b)
	}
	if got := fmt.Sprint(Hits([]int{1, 6, 5}, 5)); got != "[1 0 1]" {
		t.Error(got)
	}
}

func TestLabelEmbeddings(t *testing.T) {
	texts := Prompts([]string{"dog", "{}"}, []string{"the sound of {}", "{}"})
	if got := strings.Join(texts, "|"); got != "the sound of dog|the sound of {}|dog|{}" {
		t.Error(got)
	}
	// By hand: the templates' vectors count the same however long they are.
	m := matrixOf([][]float32{{10, 0}, {3, 4}, {0, 1}, {0, 0}})
	got := LabelEmbeddings(m, 2)
	want := []float32{float32(math.Sqrt2 / 2), float32(math.Sqrt2 / 2), 0.6, 0.8}
	for i, v := range got.Data {
		near(t, "label", float64(v), float64(want[i]), 1e-7)
	}
	if z := LabelEmbeddings(audioclip.NewMatrix(2, 3), 2); z.Data[0] != 0 {
		t.Error("zeros", z)
	}
}

func TestErrors(t *testing.T) {
	m := random(1, 3, 2)
	nan := random(1, 3, 2)
	nan.Data[4] = float32(math.NaN())
	all := [][]int{{0}, {1}, {2}}
	classification := func(a, b audioclip.Matrix, labels, items int, last int) error {
		truth := make([]int, items)
		truth[items-1] = last
		_, err := Classify(a, b, names(labels), truth)
		return err
	}
	retrieval := func(a, b audioclip.Matrix, right [][]int) error {
		_, err := Retrieve(a, b, right)
		return err
	}
	bootstrap := func(values []float64, sources []string) error {
		_, err := BootstrapMean(values, sources, 1)
		return err
	}
	for _, test := range []struct {
		err  error
		want string
	}{
		{classification(audioclip.Matrix{}, m, 3, 3, 0), "no embeddings"},
		{classification(m, audioclip.Matrix{Cols: 2}, 3, 3, 0), "no labels"},
		{classification(m, random(1, 3, 4), 3, 3, 0), "of 4 values where others have 2"},
		{classification(m, nan, 3, 3, 0), "labels: row 2 holds NaN"},
		{classification(m, m, 2, 3, 0), "2 names for 3 labels"},
		{classification(m, m, 3, 2, 0), "2 right labels for 3"},
		{classification(m, m, 3, 3, 3), "embedding 2 is 3 of 3"},
		{classification(m, m, 3, 3, -1), "embedding 2 is -1 of 3"},
		{classification(audioclip.Matrix{Data: m.Data, Rows: 4, Cols: 2}, m, 3, 4, 0), "6 values are not 4"},
		{retrieval(m, nan, all), "candidates: row 2"},
		{retrieval(m, m, all[:2]), "of 2 queries for 3"},
		{retrieval(m, m, [][]int{{0}, {}, {1}}), "query 1 has no right answer"},
		{retrieval(m, m, [][]int{{0}, {1, 2, 1}, {1}}), "query 1: right answer 1"},
		{retrieval(m, m, [][]int{{0}, {3}, {1}}), "query 1: right answer 3"},
		{bootstrap(nil, nil), "no values"},
		{bootstrap([]float64{1}, nil), "0 sources for 1"},
	} {
		if test.err == nil || !strings.Contains(test.err.Error(), test.want) {
			t.Errorf("error %v, want one with %q", test.err, test.want)
		}
	}
	defer func() {
		if recover() == nil {
			t.Error("3 texts of 2 templates do not panic")
		}
	}()
	LabelEmbeddings(m, 2)
}

func BenchmarkRetrieve(b *testing.B) {
	queries, candidates := random(1, 1000, 384), random(2, 1000, 384)
	right := make([][]int, 1000)
	for i := range right {
		right[i] = []int{i}
	}
	for b.Loop() {
		if _, err := Retrieve(queries, candidates, right); err != nil {
			b.Fatal(err)
		}
	}
}
