package train

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/soundspace/soundspace/audioclip/dataset"
	"github.com/soundspace/soundspace/spectrogram"
	"github.com/soundspace/soundspace/spectrogram/frontend"
)

// sounds are the clips of a recipe, and the texts that they are trained with. A group is
// what clips have in common that are not to be told apart: a concept, or the captions of
// a clip that has none.
type sounds struct {
	clips    []dataset.Clip
	parts    dataset.Parts
	concepts []string // groups 0 … len-1; group len+i is clip i alone
	group    []int    // of each clip; untold: there is no text for it
	texts    []string
	ofGroup  [][]int // texts, by group
}

// untold is the group of clips that have no text to be trained with, only the tags that
// a teacher gives them.
const untold = -1

// inputs returns the files that say which sounds are trained on, as what.
func (d *DataRecipe) inputs(r *Recipe) (map[string]string, error) {
	names := map[string]string{"paraphrases": d.Paraphrases, "relabel": d.Relabel, "merge": d.Merge}
	for i, name := range d.Manifests {
		names[d.manifest(i)] = name
	}
	return r.inputs(names)
}

// manifest is what a manifest is called.
func (d *DataRecipe) manifest(i int) string { return manifestInput + strconv.Itoa(i+1) }

// readSounds reads the clips of a recipe from the files that inputs has found.
func readSounds(recipe *Recipe, files map[string]string, log func(format string, args ...any)) (*sounds, error) {
	d := &recipe.Audio.Data
	l, err := readLabels(files["paraphrases"], files["relabel"], files["merge"])
	if err != nil {
		return nil, err
	}
	s := &sounds{}
	for i := range d.Manifests {
		clips, err := dataset.Read(files[d.manifest(i)], dataset.ReadConfig{})
		if left := (*dataset.LeftOutError)(nil); errors.As(err, &left) {
			log("%v", err)
		} else if err != nil {
			return nil, err
		}
		s.clips = append(s.clips, clips...)
	}
	total := len(s.clips)
	unlabelled := recipe.Audio.Balance.Unlabelled > 0
	if err := s.label(l, unlabelled, unlabelled && recipe.Audio.Tags.wanted()); err != nil {
		return nil, err
	}
	if len(s.clips) == 0 {
		return nil, fmt.Errorf("train: none of %d clips has a concept to train it as, and balance.unlabelled is 0: those without one are left out", total)
	}
	s.parts, err = dataset.Split(s.clips, dataset.SplitConfig{Fraction: d.HeldOut, PerConcept: d.PerConcept, Seed: recipe.Seed, Unseen: d.Unseen})
	if err != nil {
		return nil, err
	}
	told := func(clip int) bool { return s.group[clip] != untold }
	s.parts.HeldOut, s.parts.Unseen = having(s.parts.HeldOut, told), having(s.parts.Unseen, told)
	log("%d of %d clips, %d concepts, %d texts", len(s.clips), total, len(s.concepts), len(s.texts))
	return s, nil
}

// keep leaves out clips that cannot be used.
func (s *sounds) keep(usable func(clips []int) []int, log func(format string, args ...any)) error {
	p := &s.parts
	p.Train, p.HeldOut, p.Unseen = usable(p.Train), usable(p.HeldOut), usable(p.Unseen)
	log("%d clips to train on, %d of sources held out, %d of concepts held out", len(p.Train), len(p.HeldOut), len(p.Unseen))
	if len(p.Train) == 0 {
		return errors.New("train: no clip is left to train on")
	}
	return nil
}

// features returns the features of the clips.
func (s *sounds) features(ctx context.Context, front frontend.LogMelConfig, cfg *Config) (*dataset.Cache, error) {
	fe, err := frontend.NewLogMel(front)
	if err != nil {
		return nil, err
	}
	return dataset.NewCache(ctx, s.clips, fe, dataset.CacheConfig{
		Folder: cfg.Cache, Settings: fmt.Sprintf("%+v", fe.Config()), Workers: cfg.Workers,
		Progress: func(done, total int) { cfg.prepared("features of clips", done, total) },
	})
}

// having returns those of a list of clips that are as wanted.
func having(clips []int, wanted func(clip int) bool) (list []int) {
	for _, i := range clips {
		if wanted(i) {
			list = append(list, i)
		}
	}
	return list
}

// label gives clips their concepts, groups and texts. Those without a concept are left
// out unless unlabelled ones are wanted, and those that are not to be trained with any
// text unless tagged ones are.
func (s *sounds) label(l *labels, unlabelled, tagged bool) error {
	var kept []dataset.Clip
	var told []bool
	known := map[string]bool{}
	for _, c := range s.clips {
		var wanted bool
		c.Concept, wanted = l.concept(&c)
		switch {
		case wanted && (c.Concept != "" || unlabelled):
			known[c.Concept] = true
		case !wanted && tagged:
			c.Concept = ""
		default:
			continue
		}
		kept, told = append(kept, c), append(told, wanted)
	}
	delete(known, "")
	s.clips = kept
	s.concepts = slices.Sorted(maps.Keys(known))
	s.ofGroup = make([][]int, len(s.concepts)+len(s.clips))
	s.group = make([]int, len(s.clips))
	index := map[string]int{} // of texts, by group and text
	add := func(group int, text string) {
		if short := note.ReplaceAllString(text, ""); strings.TrimSpace(short) != "" {
			text = short
		}
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
		if !told[i] {
			s.group[i] = untold
			continue
		}
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
		if len(s.ofGroup[group]) == 0 {
			return fmt.Errorf("train: there is no text for the clip at %g s of %s", c.Start, c.File)
		}
	}
	return nil
}

// writeManifest writes clips as a table that dataset.Read reads, with one text each. It
// leaves out, and logs, recordings whose names a table cannot hold.
func (s *sounds) writeManifest(path string, clips []int, log func(format string, args ...any)) error {
	text := &strings.Builder{}
	text.WriteString("file\tstart\tseconds\tcaption\tconcept\tsource\n")
	oneLine := func(s string) string { return strings.Join(strings.Fields(strings.ToValidUTF8(s, "\ufffd")), " ") }
	for _, i := range clips {
		c := &s.clips[i]
		file, err := filepath.Abs(c.File)
		if err != nil {
			return err
		}
		if strings.ContainsAny(file, "\t\r\n") || !utf8.ValidString(file) {
			log("%s does without %q: a table cannot hold this name", path, file)
			continue
		}
		caption := s.texts[s.ofGroup[s.group[i]][0]]
		fmt.Fprintf(text, "%s\t%g\t%g\t%s\t%s\t%s\n", file, c.Start, c.Seconds, oneLine(caption), oneLine(c.Concept), oneLine(c.Source))
	}
	return writeFile(path, []byte(text.String()))
}

// axes are those of the features.
func axes(cfg frontend.LogMelConfig) dataset.Axes {
	return dataset.MelAxes(float64(cfg.SampleRate)/float64(cfg.HopSamples), cfg.Bands, cfg.FMinHz, cfg.FMaxHz, spectrogram.SlaneyMel)
}
