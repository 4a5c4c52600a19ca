package train

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strconv"

	"github.com/soundspace/soundspace/audioclip"
	"github.com/soundspace/soundspace/audioclip/corpus"
	"github.com/soundspace/soundspace/audioclip/dataset"
	"github.com/soundspace/soundspace/audioclip/internal/soundnet"
	"github.com/soundspace/soundspace/audioclip/internal/text"
)

// Distill trains the text encoder of a recipe to give sentences the vectors that
// another one gives them, its teacher: that of the model cfg.Teacher. The result is a
// model with a text encoder alone, in the folder model of the run.
//
// The loss is that of the cosine, beside that of the relations within a batch: [Cosine]
// and [Relational]. When ctx ends its error is returned, and calling Distill again goes
// on.
//
// Reference: Reimers and Gurevych, "Making Monolingual Sentence Embeddings
// Multilingual using Knowledge Distillation", 2020, for the idea of learning a
// sentence encoder's vectors; here by the cosine instead of the squared difference.
func Distill(ctx context.Context, recipe *Recipe, cfg Config) error {
	r := recipe.Text
	if r == nil {
		return errors.New("train: the recipe has no part text")
	}
	if err := r.validateDistill(); err != nil {
		return fmt.Errorf("train: the recipe's text: %w", err)
	}
	teacher, err := audioclip.Config{Towers: audioclip.Text, Workers: cfg.Workers}.Open(cfg.Teacher)
	if err != nil {
		return err
	}
	defer teacher.Close()
	inputs, err := recipe.textInputs()
	if err != nil {
		return err
	}
	inputs["teacher"] = cfg.Teacher
	run, err := cfg.begin(recipe, inputs)
	if err != nil {
		return err
	}
	sentences, counts, err := recipe.sentences()
	if err != nil {
		return err
	}
	for _, c := range counts {
		if c.Available == 0 {
			continue
		}
		cfg.log("%-12s %7d of %7d sentences, %d labels", c.Part, c.Taken, c.Available, c.Labels)
		run.Counts[string(c.Part)] = c.Taken
	}
	tower, err := recipe.newTextTower(sentences, teacher.Info().Dim, cfg.Dir)
	if err != nil {
		return err
	}
	d := &distillation{tower: tower, recipe: r, seed: recipe.Seed, held: r.HeldOut}
	d.config = soundnet.Model{ModelType: soundnet.ModelType, Template: recipe.Template}
	if d.config.Text, err = tower.config(); err != nil {
		return err
	}
	known := sentences[:0]
	for _, s := range sentences {
		if teacher.Info().ContextLength == 0 { // it looks words up, and may know none of these
			if ids, _ := teacher.Tokenize(s); len(ids) == 0 {
				continue
			}
		}
		ids, err := tower.tokens(s)
		if errors.Is(err, text.ErrNoWords) {
			continue
		}
		if err != nil {
			return err
		}
		known, d.texts = append(known, s), append(d.texts, ids)
	}
	if len(known) <= r.HeldOut {
		return fmt.Errorf("train: %d sentences, of which %d are held out", len(known), r.HeldOut)
	}
	if d.teacher, err = teacherRows(ctx, teacher, known, &cfg); err != nil {
		return err
	}
	run.Counts["sentences"], run.Counts["parameters"] = len(known), countParameters(d.parameters())
	cfg.log("%d sentences, a text encoder of %d parameters", len(known), run.Counts["parameters"])
	if err := run.write(cfg.Dir); err != nil {
		return err
	}
	l := &loop{task: d, opt: r.Train, seed: recipe.Seed, recipe: recipe.file, dir: cfg.Dir, workers: cfg.Workers, progress: cfg.Progress}
	return l.run(ctx)
}

// textInputs returns the files of the corpus, and what a static encoder begins with.
func (r *Recipe) textInputs() (map[string]string, error) {
	c := r.Text.Corpus
	names := map[string]string{"ontology": c.Ontology, "wordnet": c.WordNet, "paraphrases": c.Paraphrases, "exclude": c.Exclude, "words": r.Text.Words}
	for i, name := range c.Captions {
		names["captions "+strconv.Itoa(i+1)] = name
	}
	for i, name := range c.Manifests {
		names[manifestInput+strconv.Itoa(i+1)] = name
	}
	return r.inputs(names)
}

// note is what stands in brackets at the end of a caption, such as the name of a file.
var note = regexp.MustCompile(`\s*\[[^\]]*\]\s*$`)

// sentences collects the corpus of a recipe.
func (r *Recipe) sentences() ([]string, []corpus.Count, error) {
	c := r.Text.Corpus
	cfg := corpus.Config{Max: c.Max, Weights: c.Weights, Seed: r.Seed}
	var err error
	find := func(name string) string {
		path, failed := r.path(name)
		err = errors.Join(err, failed)
		return path
	}
	for _, name := range c.Captions {
		cfg.Captions = append(cfg.Captions, find(name))
	}
	cfg.Ontology, cfg.WordNet, cfg.Paraphrases = find(c.Ontology), find(c.WordNet), find(c.Paraphrases)
	if exclude := find(c.Exclude); exclude != "" && err == nil {
		var phrases [][]string
		if phrases, err = corpus.ReadColumns(exclude, "phrase"); err == nil {
			cfg.Exclude = phrases[0]
		}
	}
	for _, name := range c.Manifests {
		path := find(name)
		if err != nil {
			break
		}
		clips, failed := dataset.Read(path, dataset.ReadConfig{})
		if left := (*dataset.LeftOutError)(nil); !errors.As(failed, &left) {
			err = errors.Join(err, failed)
		}
		for _, clip := range clips {
			if clip.Concept == "" { // its captions may be no more than the name of a file
				continue
			}
			for _, caption := range clip.Captions {
				cfg.Sentences = append(cfg.Sentences, note.ReplaceAllString(caption, ""))
			}
		}
	}
	if err != nil {
		return nil, nil, err
	}
	built, err := corpus.Build(cfg)
	if err != nil {
		return nil, nil, err
	}
	return built.Sentences, built.Counts, nil
}
