package words

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/soundspace/soundspace/internal/f32"
)

// Config says how vectors of words are trained. Its zero value is what most want.
type Config struct {
	Width     int     // length of a vector; 0: 128
	Window    int     // the farthest that two words of a pair are apart; 0: 5
	Negatives int     // noise words for each pair; 0: 5
	MinCount  int     // words that occur less often are left out; 0: 5
	Sample    float64 // share of the text above which words are thinned out; 0: 0.001
	Epochs    int     // passes over the texts; 0: 5
	Rate      float64 // learning rate at first; it falls to a ten-thousandth of it; 0: 0.025
	Seed      uint64
	// Progress, if not nil, is called after each pass.
	Progress func(Progress)
}

// Progress tells how training goes.
type Progress struct {
	Epoch, Epochs int
	Loss          float64 // mean over the pairs of the pass
	Pairs         int     // of the pass
}

func (cfg Config) resolve() (Config, error) {
	for _, p := range []struct {
		name     string
		v        *int
		standard int
	}{
		{"width", &cfg.Width, 128}, {"window", &cfg.Window, 5}, {"number of negatives", &cfg.Negatives, 5},
		{"least count", &cfg.MinCount, 5}, {"number of epochs", &cfg.Epochs, 5},
	} {
		if *p.v < 0 || *p.v > 1<<16 {
			return cfg, fmt.Errorf("words: a %s of %d cannot be", p.name, *p.v)
		}
		if *p.v == 0 {
			*p.v = p.standard
		}
	}
	for _, p := range []struct {
		name     string
		v        *float64
		standard float64
	}{{"sample threshold", &cfg.Sample, 1e-3}, {"learning rate", &cfg.Rate, 0.025}} {
		if !(*p.v >= 0) || math.IsInf(*p.v, 1) {
			return cfg, fmt.Errorf("words: a %s of %g cannot be", p.name, *p.v)
		}
		if *p.v == 0 {
			*p.v = p.standard
		}
	}
	return cfg, nil
}

// Train returns the vectors of the words of texts, each of which is a sentence.
func Train(ctx context.Context, texts []string, cfg Config) (*Table, error) {
	cfg, err := cfg.resolve()
	if err != nil {
		return nil, err
	}
	vocabulary, sentences := newVocabulary(texts, cfg.MinCount)
	if len(sentences) == 0 {
		return nil, fmt.Errorf("words: no two words that occur %d times or more stand in one of the %d texts", cfg.MinCount, len(texts))
	}
	t := &trainer{
		cfg: cfg, skipGram: newSkipGram(len(vocabulary.words), cfg),
		kept: vocabulary.kept(cfg.Sample), noise: newNoise(vocabulary.counts),
		total: cfg.Epochs * len(sentences),
	}
	for epoch := range cfg.Epochs {
		r := rand.New(rand.NewPCG(cfg.Seed, uint64(epoch+1)))
		loss, pairs, err := t.pass(ctx, sentences, r)
		if err != nil {
			return nil, err
		}
		if math.IsNaN(loss) || math.IsInf(loss, 0) {
			return nil, errors.New("words: training diverged: take a lower learning rate")
		}
		if cfg.Progress != nil {
			cfg.Progress(Progress{epoch + 1, cfg.Epochs, loss / float64(max(pairs, 1)), pairs})
		}
	}
	return &Table{Words: vocabulary.words, Width: cfg.Width, Vectors: t.in}, nil
}

// trainer passes over sentences.
type trainer struct {
	cfg Config
	*skipGram
	kept        []float64
	noise       *noise
	done, total int // sentences, over all passes
	sentence    []int32
	words       []int32
}

// pass goes once over the sentences and returns the sum of the losses of the pairs.
func (t *trainer) pass(ctx context.Context, sentences [][]int32, r *rand.Rand) (loss float64, pairs int, err error) {
	for _, whole := range sentences {
		if t.done%1024 == 0 && ctx.Err() != nil {
			return 0, 0, ctx.Err()
		}
		rate := t.cfg.Rate * max(1-float64(t.done)/float64(t.total), 1e-4)
		t.done++
		s := t.sentence[:0]
		for _, w := range whole {
			if r.Float64() < t.kept[w] {
				s = append(s, w)
			}
		}
		t.sentence = s
		for i, center := range s {
			b := 1 + r.IntN(t.cfg.Window)
			for j := max(0, i-b); j < min(len(s), i+b+1); j++ {
				if j == i {
					continue
				}
				t.words = append(t.words[:0], s[j])
				for range t.cfg.Negatives {
					if n := t.noise.draw(r); n != s[j] {
						t.words = append(t.words, n)
					}
				}
				loss += t.step(center, t.words, float32(rate))
				pairs++
			}
		}
	}
	return loss, pairs, nil
}

// skipGram are the two tables.
type skipGram struct {
	in, out []float32 // W and W′, [words, width]
	width   int
	change  []float32 // of a row of in
}

func newSkipGram(words int, cfg Config) *skipGram {
	m := &skipGram{
		in: make([]float32, words*cfg.Width), out: make([]float32, words*cfg.Width),
		width: cfg.Width, change: make([]float32, cfg.Width),
	}
	r := rand.New(rand.NewPCG(cfg.Seed, 0))
	for i := range m.in {
		m.in[i] = (r.Float32() - 0.5) / float32(cfg.Width)
	}
	return m
}

func (m *skipGram) row(table []float32, word int32) []float32 {
	return table[int(word)*m.width:][:m.width]
}

// step goes down the gradient of the loss of a word, given the word beside it,
// others[0], and noise, and returns the loss before.
func (m *skipGram) step(word int32, others []int32, rate float32) (loss float64) {
	v := m.row(m.in, word)
	clear(m.change)
	for i, o := range others {
		u := m.row(m.out, o)
		x := float64(f32.Dot(u, v))
		if i > 0 {
			x = -x
		}
		e := math.Exp(-x)
		loss += math.Log1p(e)
		g := rate * float32(e/(1+e)) // -rate·d loss/dx
		if i > 0 {
			g = -g
		}
		f32.AddScaled(m.change, g, u)
		f32.AddScaled(u, g, v)
	}
	f32.Add(v, m.change)
	return loss
}
