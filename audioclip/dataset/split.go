package dataset

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
)

// SplitConfig says which clips are kept for validation. The zero value keeps none,
// but for those that the manifest keeps.
type SplitConfig struct {
	// Fraction of the sources is held out, 0 to 1: those that a hash of Seed and
	// the source selects, so that a source stays where it is when others are
	// added. The last source of a concept that is left to train on is not held
	// out.
	Fraction float64
	// PerConcept holds out further sources, small ones rather than large ones,
	// so that each concept that has at least two sources has one held out where
	// that leaves every concept a source to train on.
	PerConcept bool
	// Seed selects the sources.
	Seed uint64
	// Unseen are concepts of which nothing is trained on.
	Unseen []string
}

// Parts are indices of clips, ascending.
type Parts struct {
	Train []int
	// HeldOut are clips of sources of which none is in Train.
	HeldOut []int
	// Unseen are all clips of the concepts left out.
	Unseen []int
}

// Split divides clips into those to train on and those to validate with. It divides
// by source: of one source either all clips are trained on or none. Where a clip
// has a field "split" that decides: train, or one of valid, validation, val, dev,
// test, eval and evaluation; the clips of its source that have none go with it. It is
// an error if that is something else, if no clip has one of the concepts to be left
// out, and if nothing is left to train on.
func Split(clips []Clip, cfg SplitConfig) (Parts, error) {
	if !(cfg.Fraction >= 0 && cfg.Fraction <= 1) {
		return Parts{}, fmt.Errorf("dataset: a fraction of %g of the sources, it must be 0 to 1", cfg.Fraction)
	}
	unseen := map[string]bool{}
	for _, concept := range cfg.Unseen {
		if !slices.ContainsFunc(clips, func(c Clip) bool { return c.Concept == concept }) {
			return Parts{}, fmt.Errorf("dataset: no clip has the concept %q that is to be left out", concept)
		}
		unseen[concept] = true
	}
	free := make([]int, 0, len(clips)) // clips that are divided by source
	decided := map[string]*[]int{}     // by source
	var p Parts
	for i, c := range clips {
		switch split := strings.ToLower(c.Fields["split"]); {
		case unseen[c.Concept]:
			p.Unseen = append(p.Unseen, i)
		case split == "":
			free = append(free, i)
		case split == "train":
			p.Train = append(p.Train, i)
			decided[c.Source] = &p.Train
		case slices.Contains([]string{"valid", "validation", "val", "dev", "test", "eval", "evaluation"}, split):
			p.HeldOut = append(p.HeldOut, i)
			if decided[c.Source] == nil {
				decided[c.Source] = &p.HeldOut
			}
		default:
			return Parts{}, fmt.Errorf("dataset: the clip at %g s of %s is of the split %q, neither train nor validation nor test", c.Start, c.File, split)
		}
	}
	free = slices.DeleteFunc(free, func(i int) bool {
		part := decided[clips[i].Source]
		if part != nil {
			*part = append(*part, i)
		}
		return part != nil
	})
	held := holdOut(clips, free, cfg)
	for _, i := range free {
		if held[clips[i].Source] {
			p.HeldOut = append(p.HeldOut, i)
		} else {
			p.Train = append(p.Train, i)
		}
	}
	slices.Sort(p.Train)
	slices.Sort(p.HeldOut)
	if len(p.Train) == 0 {
		return Parts{}, fmt.Errorf("dataset: no clips left to train on of %d: %d held out, %d of concepts left out", len(clips), len(p.HeldOut), len(p.Unseen))
	}
	return p, nil
}

// holdOut selects sources of the clips that are free.
func holdOut(clips []Clip, free []int, cfg SplitConfig) map[string]bool {
	concepts := map[string]map[string]bool{} // of a source
	sources := map[string][]string{}         // of a concept
	size := map[string]int{}                 // clips of a source
	for _, i := range free {
		c := clips[i]
		size[c.Source]++
		if concepts[c.Source] == nil {
			concepts[c.Source] = map[string]bool{}
		}
		if c.Concept != "" && !concepts[c.Source][c.Concept] {
			concepts[c.Source][c.Concept] = true
			sources[c.Concept] = append(sources[c.Concept], c.Source)
		}
	}
	rank := map[string]float64{} // 0 to 1
	for source := range concepts {
		rank[source] = sourceRank(cfg.Seed, source)
	}
	byRank := func(a, b string) int { return cmp.Or(cmp.Compare(rank[a], rank[b]), strings.Compare(a, b)) }

	held := map[string]bool{}
	heldOf := map[string]int{} // sources held out, of a concept
	hold := func(source string) bool {
		for concept := range concepts[source] {
			if heldOf[concept]+1 == len(sources[concept]) {
				return false
			}
		}
		held[source] = true
		for concept := range concepts[source] {
			heldOf[concept]++
		}
		return true
	}
	for _, source := range slices.SortedFunc(maps.Keys(concepts), byRank) {
		if rank[source] < cfg.Fraction {
			hold(source)
		}
	}
	if !cfg.PerConcept {
		return held
	}
	// Small sources are likelier to be taken, so that much is left to train on: of
	// independent exponential variables with the means n, the least is each one
	// with a probability in proportion to 1/n.
	byCost := func(a, b string) int {
		cost := func(source string) float64 { return -math.Log1p(-rank[source]) * float64(size[source]) }
		return cmp.Or(cmp.Compare(cost(a), cost(b)), strings.Compare(a, b))
	}
	// Concepts with the fewest sources choose first, as they have the least choice.
	fewest := func(a, b string) int {
		return cmp.Or(cmp.Compare(len(sources[a]), len(sources[b])), strings.Compare(a, b))
	}
	for _, concept := range slices.SortedFunc(maps.Keys(sources), fewest) {
		if heldOf[concept] == 0 {
			slices.SortFunc(sources[concept], byCost)
			for _, source := range sources[concept] {
				if hold(source) {
					break
				}
			}
		}
	}
	return held
}

// sourceRank is a number from 0 to 1 that a source has for a seed.
func sourceRank(seed uint64, source string) float64 {
	sum := sha256.Sum256(append(binary.LittleEndian.AppendUint64(nil, seed), source...))
	return float64(binary.LittleEndian.Uint64(sum[:])>>11) / (1 << 53)
}
