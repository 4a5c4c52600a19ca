package words

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// lossOf is the loss of a pair, in float64 and by its formula.
func lossOf(v []float64, u [][]float64) (loss float64) {
	for i := range u {
		var x float64
		for j := range v {
			x += u[i][j] * v[j]
		}
		if i > 0 {
			x = -x
		}
		loss -= math.Log(1 / (1 + math.Exp(-x)))
	}
	return loss
}

// A step changes every value by the rate times its slope, which differences give.
func TestGradient(t *testing.T) {
	const width, rate = 7, 1.0 / 1024 // the noise in float32 is small beside a step
	m := newSkipGram(5, Config{Width: width, Seed: 3})
	r := rand.New(rand.NewPCG(3, 4))
	for i := range m.in {
		m.in[i], m.out[i] = float32(r.NormFloat64()), float32(r.NormFloat64())
	}
	const word = 2
	others := []int32{1, 4, 0}
	var rows [][]float64 // v, then those of the others
	for i, w := range append([]int32{word}, others...) {
		table := m.out
		if i == 0 {
			table = m.in
		}
		row := make([]float64, width)
		for j, x := range m.row(table, w) {
			row[j] = float64(x)
		}
		rows = append(rows, row)
	}
	untouched := slices.Clone(m.row(m.out, 3))

	if got, want := m.step(word, others, rate), lossOf(rows[0], rows[1:]); math.Abs(got-want) > 1e-6 {
		t.Errorf("loss %v, want %v", got, want)
	}
	for i, w := range append([]int32{word}, others...) {
		table := m.out
		if i == 0 {
			table = m.in
		}
		for j, after := range m.row(table, w) {
			const h = 1e-5
			x := rows[i][j]
			rows[i][j] = x + h
			up := lossOf(rows[0], rows[1:])
			rows[i][j] = x - h
			down := lossOf(rows[0], rows[1:])
			rows[i][j] = x
			slope := (up - down) / (2 * h)
			if got := (x - float64(after)) / rate; math.Abs(got-slope) > 3e-4 {
				t.Errorf("row %d, value %d: slope %v, by differences %v", i, j, got, slope)
			}
		}
	}
	if !slices.Equal(untouched, m.row(m.out, 3)) {
		t.Error("a word that took no part was changed")
	}
}

// Words that stand among the same words come to lie together, though none of them
// ever stands beside another.
func TestToyCorpus(t *testing.T) {
	groups := [][]string{{"dog", "cat", "cow", "horse"}, {"car", "bus", "train", "truck"}, {"rain", "hail", "snow", "sleet"}}
	around := [][]string{{"runs", "eats", "sleeps", "drinks"}, {"drives", "stops", "turns", "brakes"}, {"falls", "melts", "freezes", "pours"}}
	r := rand.New(rand.NewPCG(1, 2))
	var texts []string
	for range 3000 {
		g := r.IntN(3)
		w := groups[g][r.IntN(4)]
		texts = append(texts, fmt.Sprintf("The %s %s and %s.", w, around[g][r.IntN(4)], around[g][r.IntN(4)]))
	}
	table, err := Train(t.Context(), texts, Config{Width: 16, Epochs: 20, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	for _, group := range groups {
		for _, w := range group {
			near := table.Neighbours(w, 3)
			for _, n := range near {
				if !slices.Contains(group, n.Word) {
					t.Errorf("beside %q lies %v", w, near)
					break
				}
			}
		}
	}
	if table.Neighbours("giraffe", 3) != nil {
		t.Error("neighbours of a word that is not there")
	}
}

func TestDeterministic(t *testing.T) {
	texts := slices.Repeat([]string{"a dog barks at a cat", "a cat meows at a dog", "rain falls on a roof"}, 40)
	cfg := Config{Width: 8, Epochs: 2, Seed: 7}
	a, err := Train(t.Context(), texts, cfg)
	if err != nil {
		t.Fatal(err)
	}
	b, _ := Train(t.Context(), texts, cfg)
	if !slices.Equal(a.Vectors, b.Vectors) || !slices.Equal(a.Words, b.Words) {
		t.Error("one seed gives two tables")
	}
	cfg.Seed++
	if c, _ := Train(t.Context(), texts, cfg); slices.Equal(a.Vectors, c.Vectors) {
		t.Error("two seeds give one table")
	}
}

func TestTrainRefuses(t *testing.T) {
	texts := slices.Repeat([]string{"a dog barks"}, 5)
	for _, c := range []struct {
		texts []string
		cfg   Config
		want  string
	}{
		{nil, Config{}, "0 texts"},
		{slices.Repeat([]string{"dog"}, 9), Config{}, "no two words"},
		{texts[:4], Config{}, "5 times"},
		{texts, Config{Width: -1}, "width of -1"},
		{texts, Config{Rate: math.NaN()}, "learning rate of NaN"},
	} {
		if _, err := Train(t.Context(), c.texts, c.cfg); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("want an error with %q, got %v", c.want, err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Train(ctx, texts, Config{}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

func BenchmarkTrain(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 2))
	zipf := rand.NewZipf(r, 1.3, 4, 3000)
	var texts []string
	for range 5000 {
		var s strings.Builder
		for range 9 {
			fmt.Fprintf(&s, "w%d ", zipf.Uint64())
		}
		texts = append(texts, s.String())
	}
	var pairs int
	for b.Loop() {
		cfg := Config{Epochs: 1, Progress: func(p Progress) { pairs = p.Pairs }}
		if _, err := Train(b.Context(), texts, cfg); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(pairs), "ns/pair")
}
