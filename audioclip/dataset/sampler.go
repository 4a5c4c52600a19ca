package dataset

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"sort"
	"sync"
)

// A Sampler says which clips make up the batch of a step.
type Sampler interface {
	// Draw sets dst to the indices of the clips of a step. It depends on the step
	// and the length of dst alone.
	Draw(dst []int, step uint64)
}

// BalanceConfig says how a Balanced sampler draws. The zero value gives every
// concept the same share, and within it every source.
type BalanceConfig struct {
	// ConceptPower is α: a concept of n clips is drawn in proportion to n^α. 0
	// balances concepts, 1 leaves them as they are.
	ConceptPower float64
	// SourcePower is β: within a concept, a source that has n clips of it is
	// drawn in proportion to n^β.
	SourcePower float64
	// Unlabelled is the share of clips without a concept, 0 to 1. Each source of
	// theirs counts as a concept of its own. With 0 they are not drawn.
	Unlabelled float64
	// Seed selects the sequence.
	Seed uint64
}

// Balanced draws every clip for itself, with replacement: a concept with
// probability
//
//	n^α / Σ n^α
//
// over the concepts, a source of it likewise with the power β, and of the clips
// that both share one with equal probability. It is immutable and safe for
// concurrent use.
type Balanced struct {
	seed  uint64
	clips []int
	// upto[i] is the probability that one of clips[:i+1] is drawn.
	upto []float64
}

// NewBalanced returns a sampler of those of the clips that use lists.
func NewBalanced(clips []Clip, use []int, cfg BalanceConfig) (*Balanced, error) {
	if !(cfg.Unlabelled >= 0 && cfg.Unlabelled <= 1) {
		return nil, fmt.Errorf("dataset: Unlabelled is %g, it must be 0 to 1", cfg.Unlabelled)
	}
	for _, power := range []float64{cfg.ConceptPower, cfg.SourcePower} {
		if math.IsNaN(power) || math.Abs(power) > 10 {
			return nil, fmt.Errorf("dataset: balance with the power %g, it must be -10 to 10", power)
		}
	}
	// group is a concept, or a source of clips without one.
	type group struct {
		bySource map[string][]int
		n        int
	}
	labelled, unlabelled := map[string]*group{}, map[string]*group{}
	for _, i := range use {
		c := clips[i]
		groups, key := labelled, c.Concept
		if key == "" {
			groups, key = unlabelled, c.Source
		}
		g := groups[key]
		if g == nil {
			g = &group{bySource: map[string][]int{}}
			groups[key] = g
		}
		g.bySource[c.Source] = append(g.bySource[c.Source], i)
		g.n++
	}
	share := cfg.Unlabelled
	switch {
	case len(unlabelled) == 0:
		share = 0
	case len(labelled) == 0 && share > 0:
		share = 1
	}
	b := &Balanced{seed: cfg.Seed}
	total := 0.0
	add := func(groups map[string]*group, share float64) {
		if share == 0 {
			return
		}
		sum := 0.0
		names := slices.Sorted(maps.Keys(groups))
		for _, name := range names {
			sum += math.Pow(float64(groups[name].n), cfg.ConceptPower)
		}
		for _, name := range names {
			g := groups[name]
			pConcept := math.Pow(float64(g.n), cfg.ConceptPower) / sum
			sumSources := 0.0
			sources := slices.Sorted(maps.Keys(g.bySource))
			for _, s := range sources {
				sumSources += math.Pow(float64(len(g.bySource[s])), cfg.SourcePower)
			}
			for _, s := range sources {
				members := g.bySource[s]
				pSource := math.Pow(float64(len(members)), cfg.SourcePower) / sumSources
				for _, i := range members {
					total += share * pConcept * pSource / float64(len(members))
					b.clips = append(b.clips, i)
					b.upto = append(b.upto, total)
				}
			}
		}
	}
	if len(labelled) > 0 {
		add(labelled, 1-share)
	}
	add(unlabelled, share)
	if len(b.clips) == 0 {
		return nil, fmt.Errorf("dataset: no clips to draw from: %d given, with a share of %g for those without a concept", len(use), cfg.Unlabelled)
	}
	for i := range b.upto {
		b.upto[i] /= total
	}
	return b, nil
}

// Draw implements [Sampler].
func (b *Balanced) Draw(dst []int, step uint64) {
	rng := newRandom()
	for row := range dst {
		rng.start(b.seed, forSampling, step, row)
		u := rng.Float64()
		i := sort.Search(len(b.upto)-1, func(i int) bool { return b.upto[i] > u })
		dst[row] = b.clips[i]
	}
}

// Shuffled goes through all clips before it takes one again, each time in another
// order. The clips of step k are those numbered k·n to k·n+n-1, where n is the
// size of a batch. It is safe for concurrent use.
type Shuffled struct {
	seed  uint64
	clips []int

	lock  sync.Mutex // of what follows
	epoch uint64
	order []int // of the clips in that epoch, nil before the first
}

// NewShuffled returns a sampler of the clips that use lists.
func NewShuffled(use []int, seed uint64) (*Shuffled, error) {
	if len(use) == 0 {
		return nil, errors.New("dataset: no clips to draw from")
	}
	return &Shuffled{seed: seed, clips: slices.Clone(use)}, nil
}

// Draw implements [Sampler].
func (s *Shuffled) Draw(dst []int, step uint64) {
	s.lock.Lock()
	defer s.lock.Unlock()
	n := uint64(len(s.clips))
	at := step * uint64(len(dst))
	for len(dst) > 0 {
		s.shuffle(at / n)
		done := copy(dst, s.order[at%n:])
		dst = dst[done:]
		at += uint64(done)
	}
}

// shuffle makes the order of an epoch.
func (s *Shuffled) shuffle(epoch uint64) {
	if s.order != nil && s.epoch == epoch {
		return
	}
	rng := newRandom()
	rng.start(s.seed, forShuffling, epoch, 0)
	s.epoch, s.order = epoch, append(s.order[:0], s.clips...)
	rng.Shuffle(len(s.order), func(i, j int) { s.order[i], s.order[j] = s.order[j], s.order[i] })
}

// Ordered takes the clips that it lists one after the other, and begins again at
// the end.
type Ordered []int

// Draw implements [Sampler]. It panics if there are no clips.
func (o Ordered) Draw(dst []int, step uint64) {
	n := uint64(len(o))
	at := step % n * (uint64(len(dst)) % n)
	for r := range dst {
		dst[r] = o[(at+uint64(r))%n]
	}
}

var (
	_ Sampler = (*Balanced)(nil)
	_ Sampler = (*Shuffled)(nil)
	_ Sampler = Ordered(nil)
)
