package train

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/soundspace/soundspace/audioclip/dataset"
	"github.com/soundspace/soundspace/internal/nn"
	"github.com/soundspace/soundspace/spectrogram"
	"github.com/soundspace/soundspace/spectrogram/frontend"
)

// sounds are the clips of a recipe with their features, and the texts that they are
// trained with. A group is what clips have in common that are not to be told apart: a
// concept, or the captions of a clip that has none.
type sounds struct {
	clips    []dataset.Clip
	parts    dataset.Parts
	cache    *dataset.Cache
	concepts []string // groups 0 … len-1; group len+i is clip i alone
	group    []int    // of each clip
	texts    []string
	ofGroup  [][]int // texts, by group
}

// readSounds reads the clips of a recipe and makes their features.
func readSounds(ctx context.Context, recipe *Recipe, cfg *Config) (*sounds, error) {
	d := &recipe.Audio.Data
	var failed error
	find := func(name string) string {
		path, err := recipe.path(name)
		failed = errors.Join(failed, err)
		return path
	}
	paraphrases, relabel, merge := find(d.Paraphrases), find(d.Relabel), find(d.Merge)
	manifests, err := recipe.paths(d.Manifests)
	if err := errors.Join(failed, err); err != nil {
		return nil, err
	}
	l, err := readLabels(paraphrases, relabel, merge)
	if err != nil {
		return nil, err
	}
	s := &sounds{}
	for _, path := range manifests {
		clips, err := dataset.Read(path, dataset.ReadConfig{})
		if left := (*dataset.LeftOutError)(nil); errors.As(err, &left) {
			cfg.log("%v", err)
		} else if err != nil {
			return nil, err
		}
		s.clips = append(s.clips, clips...)
	}
	total := len(s.clips)
	s.label(l, recipe.Audio.Balance.Unlabelled > 0)
	if len(s.clips) == 0 {
		return nil, errors.New("train: no clip is left to train with")
	}
	s.parts, err = dataset.Split(s.clips, dataset.SplitConfig{Fraction: d.HeldOut, PerConcept: d.PerConcept, Seed: recipe.Seed, Unseen: d.Unseen})
	if err != nil {
		return nil, err
	}
	front, err := frontend.NewLogMel(recipe.Audio.Encoder.FrontEnd)
	if err != nil {
		return nil, err
	}
	s.cache, err = dataset.NewCache(ctx, s.clips, front, dataset.CacheConfig{
		Folder: cfg.Cache, Settings: fmt.Sprintf("%+v", front.Config()), Workers: cfg.Workers,
		Progress: func(done, total int) {
			if cfg.Prepared != nil {
				cfg.Prepared("features of clips", done, total)
			}
		},
	})
	if err != nil {
		return nil, err
	}
	for _, err := range s.cache.Skipped() {
		cfg.log("left out: %v", err)
	}
	p := &s.parts
	p.Train, p.HeldOut, p.Unseen = s.cache.Usable(p.Train), s.cache.Usable(p.HeldOut), s.cache.Usable(p.Unseen)
	cfg.log("%d of %d clips, %d concepts, %d texts; %d clips to train on, %d of sources held out, %d of concepts held out",
		len(s.clips), total, len(s.concepts), len(s.texts), len(p.Train), len(p.HeldOut), len(p.Unseen))
	return s, nil
}

// label gives clips their concepts, groups and texts. Those without a concept are left
// out unless they are wanted.
func (s *sounds) label(l *labels, unlabelled bool) {
	var kept []dataset.Clip
	known := map[string]bool{}
	for _, c := range s.clips {
		if c.Concept = l.concept(&c); c.Concept != "" || unlabelled {
			kept = append(kept, c)
			known[c.Concept] = true
		}
	}
	delete(known, "")
	s.clips = kept
	s.concepts = slices.Sorted(maps.Keys(known))
	s.ofGroup = make([][]int, len(s.concepts)+len(s.clips))
	s.group = make([]int, len(s.clips))
	index := map[string]int{} // of texts, by group and text
	add := func(group int, text string) {
		text = note.ReplaceAllString(text, "")
		key := fmt.Sprint(group, "\t", text)
		if _, ok := index[key]; !ok && strings.TrimSpace(text) != "" {
			index[key] = len(s.texts)
			s.ofGroup[group] = append(s.ofGroup[group], len(s.texts))
			s.texts = append(s.texts, text)
		}
	}
	for i, concept := range s.concepts {
		for _, text := range l.captions[concept] {
			add(i, text)
		}
	}
	for i, c := range s.clips {
		group, own := slices.BinarySearch(s.concepts, c.Concept)
		if !own {
			group = len(s.concepts) + i
		}
		s.group[i] = group
		if l.captions[c.Concept] == nil {
			for _, text := range c.Captions {
				add(group, text)
			}
			if len(s.ofGroup[group]) == 0 {
				add(group, c.Concept)
			}
		}
	}
}

// axes are those of the features.
func axes(cfg frontend.LogMelConfig) dataset.Axes {
	return dataset.MelAxes(float64(cfg.SampleRate)/float64(cfg.HopSamples), cfg.Bands, cfg.FMinHz, cfg.FMaxHz, spectrogram.SlaneyMel)
}

// rowsAt copies rows of m.
func rowsAt(c *nn.Context, m nn.Matrix, at []int) nn.Matrix {
	dst := c.Matrix(len(at), m.Cols)
	for i, k := range at {
		copy(dst.Row(i), m.Row(k))
	}
	return dst
}
