package train

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"

	"github.com/soundspace/soundspace/audioclip"
	"github.com/soundspace/soundspace/audioclip/corpus"
	"github.com/soundspace/soundspace/audioclip/dataset"
	"github.com/soundspace/soundspace/audioclip/internal/soundnet"
	"github.com/soundspace/soundspace/audioclip/internal/text"
	"github.com/soundspace/soundspace/internal/nn"
	"github.com/soundspace/soundspace/internal/tokenizer"
)

// Config says where and how a run of training is done; what is trained is in the
// recipe.
type Config struct {
	// Dir is the folder of the run: its state, from which it goes on if it was
	// interrupted, and, in the folder model, the best model so far.
	Dir string
	// Cache is the folder of what can be made again: features of sounds, vectors of a
	// teacher.
	Cache string
	// Workers is the number of threads (0: 1). The result does not depend on it.
	Workers int
	// Log, if not nil, takes a line on what is being done.
	Log func(line string)
	// Prepared, if not nil, is called while something is prepared.
	Prepared func(what string, done, total int)
	// Progress, if not nil, is called after each step.
	Progress func(Event)
}

func (c *Config) log(format string, args ...any) {
	if c.Log != nil {
		c.Log(fmt.Sprintf(format, args...))
	}
}

// Distill makes the small text encoder of a recipe, with a model that has a text
// encoder as its teacher. The result is a model with a text encoder alone, in the
// folder model of the run.
//
// Reference: Reimers and Gurevych, "Making Monolingual Sentence Embeddings
// Multilingual using Knowledge Distillation", 2020, for the idea of learning a
// sentence encoder's vectors; here by the cosine instead of the squared difference.
func Distill(ctx context.Context, recipe *Recipe, teacher *audioclip.Model, cfg Config) error {
	r := recipe.Text
	if r == nil {
		return errors.New("train: the recipe has no part text")
	}
	if err := os.MkdirAll(cfg.Dir, 0o777); err != nil {
		return err
	}
	sentences, counts, err := recipe.sentences()
	if err != nil {
		return err
	}
	for _, c := range counts {
		cfg.log("%-12s %7d of %7d sentences, %d labels", c.Part, c.Taken, c.Available, c.Labels)
	}
	if len(sentences) <= r.HeldOut {
		return fmt.Errorf("train: %d sentences, of which %d are held out", len(sentences), r.HeldOut)
	}
	tokens, err := newTokenizer(sentences, r, filepath.Join(cfg.Dir, tokenizerName))
	if err != nil {
		return err
	}
	rows, err := teacherRows(ctx, teacher, sentences, cfg.Cache, func(done int) {
		if cfg.Prepared != nil {
			cfg.Prepared("vectors of the teacher", done, len(sentences))
		}
	})
	if err != nil {
		return err
	}
	end := tokens.VocabSize() - 1
	encoder := text.CLIPConfig{
		Vocab: tokens.VocabSize(), Context: r.Context, Width: r.Width, Layers: r.Layers, Heads: r.Heads, FeedForward: r.FeedForward,
		Embed: rows.Cols, Act: nn.GELU, Eps: 1e-5, EndToken: end,
	}
	if err := encoder.Validate(); err != nil {
		return err
	}
	d := &distillation{
		encoder: newTextEncoder(encoder, recipe.Seed), recipe: r, seed: recipe.Seed,
		teacher: rows, held: r.HeldOut, tokenizer: filepath.Join(cfg.Dir, tokenizerName),
	}
	d.config = soundnet.Model{ModelType: soundnet.ModelType, Template: recipe.Template}
	if d.config.Text, err = textConfig(encoder); err != nil {
		return err
	}
	for _, s := range sentences {
		ids, _ := tokens.Encode(s)
		d.texts = append(d.texts, ids)
	}
	parameters := 0
	for _, p := range d.encoder.params {
		parameters += len(p.Data)
	}
	cfg.log("%d sentences, %d tokens in the vocabulary, %d parameters", len(sentences), tokens.VocabSize(), parameters)
	l := &loop{task: d, opt: r.Train, seed: recipe.Seed, recipe: recipe.file, dir: cfg.Dir, workers: cfg.Workers, progress: cfg.Progress}
	return l.run(ctx)
}

// tokenizerName is the folder of the tokenizer in a run.
const tokenizerName = "tokenizer"

// newTokenizer learns the vocabulary of sentences and writes it to a folder.
func newTokenizer(sentences []string, r *TextRecipe, dir string) (*tokenizer.Tokenizer, error) {
	v, err := tokenizer.TrainCLIP(slices.Values(sentences), r.Vocab)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return nil, err
	}
	if err := v.Write(dir, r.Context); err != nil {
		return nil, err
	}
	return tokenizer.Open(dir)
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
		cfg.Exclude, err = corpus.ReadColumn(exclude, "phrase")
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
