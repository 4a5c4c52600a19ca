package train

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/soundspace/soundspace/audioclip/corpus"
	"github.com/soundspace/soundspace/audioclip/dataset"
	"github.com/soundspace/soundspace/audioclip/internal/soundnet"
)

// Recipe is all that a run depends on, but for the data and the models that it begins
// with. It is a JSON file.
//
// Paths in it are relative to its own folder or, if there is nothing there, to the
// folder of the data.
type Recipe struct {
	// Template makes a text of a label, which goes in the place of "{}", for those who
	// use the model ("": that of the text encoder, or else the label itself).
	Template string `json:"template"`
	// Seed selects all random numbers.
	Seed uint64 `json:"seed"`
	// Text is the text encoder, for Distill, and for Align where it begins with none.
	Text *TextRecipe `json:"text,omitempty"`
	// Audio is what Align does.
	Audio *AudioRecipe `json:"audio,omitempty"`

	dir  string
	data string
	file []byte
}

// ReadRecipe reads a recipe. data is the folder of the data ("": none). The error names
// the file and the key that is not known or has a value that makes no sense.
func ReadRecipe(path, data string) (*Recipe, error) {
	file, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	r := &Recipe{dir: filepath.Dir(path), data: data, file: file}
	d := json.NewDecoder(bytes.NewReader(file))
	d.DisallowUnknownFields()
	if err := d.Decode(r); err != nil {
		return nil, syntaxError(path, file, err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%s: something follows the recipe", path)
	}
	if err := r.validate(); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return r, nil
}

// syntaxError says where a file is no recipe, and why.
func syntaxError(path string, file []byte, err error) error {
	at := int64(-1)
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	if key, ok := strings.CutPrefix(err.Error(), "json: unknown field "); ok {
		err = fmt.Errorf("there is no key %s", key)
		if bytes.Count(file, []byte(key)) == 1 {
			at = int64(bytes.Index(file, []byte(key)))
		}
	}
	switch {
	case errors.Is(err, io.EOF):
		err = errors.New("it is empty")
	case errors.Is(err, io.ErrUnexpectedEOF):
		err, at = errors.New("the file ends within the recipe"), int64(len(file))
	case errors.As(err, &syntax):
		at = syntax.Offset
	case errors.As(err, &kind):
		err, at = fmt.Errorf("%s: a %s, where it should be of type %v", kind.Field, kind.Value, kind.Type), kind.Offset
	}
	if at < 0 {
		return fmt.Errorf("%s: %w", path, err)
	}
	return fmt.Errorf("%s:%d: %w", path, 1+bytes.Count(file[:min(at, int64(len(file)))], []byte("\n")), err)
}

func (r *Recipe) validate() error {
	if r.Template != "" && !strings.Contains(r.Template, "{}") {
		return fmt.Errorf("template: there is no {} in %q", r.Template)
	}
	if r.Text != nil {
		if err := r.Text.validate(); err != nil {
			return fmt.Errorf("text: %w", err)
		}
	}
	if r.Audio != nil {
		if err := r.Audio.validate(); err != nil {
			return fmt.Errorf("audio: %w", err)
		}
	}
	return nil
}

// path finds a file of the recipe.
func (r *Recipe) path(name string) (string, error) {
	if name == "" || filepath.IsAbs(name) {
		return name, nil
	}
	near := filepath.Join(r.dir, filepath.FromSlash(name))
	if _, err := os.Stat(near); !errors.Is(err, fs.ErrNotExist) {
		return near, err
	}
	if r.data == "" {
		return "", fmt.Errorf("train: %s is not beside the recipe, and no folder of data is given", name)
	}
	path := filepath.Join(r.data, filepath.FromSlash(name))
	if _, err := os.Stat(path); err != nil {
		return "", fmt.Errorf("train: %s is neither beside the recipe nor in the folder of the data: %w", name, err)
	}
	return path, nil
}

// inputs finds the files that are named.
func (r *Recipe) inputs(names map[string]string) (map[string]string, error) {
	found := map[string]string{}
	var failed error
	for _, what := range slices.Sorted(maps.Keys(names)) {
		if names[what] == "" {
			continue
		}
		path, err := r.path(names[what])
		failed = errors.Join(failed, err)
		found[what] = path
	}
	return found, failed
}

// TextRecipe is a small text encoder, and how it learns to give the vectors of a large
// one.
type TextRecipe struct {
	// Kind is one of
	//
	//	transformer  (or "") the text encoder of CLIP, with a vocabulary of its own
	//	static       the mean of the vectors of words
	Kind string `json:"kind"`
	// Vocab is the number of tokens, or of words; Width is that of the vectors inside.
	Vocab int `json:"vocab"`
	Width int `json:"width"`
	// Words is a folder that package words has written, or of another static encoder:
	// what a static one begins with, instead of Vocab random vectors of Width values.
	Words string `json:"words"`
	// Context is the most tokens in a text of a transformer.
	Context     int `json:"context"`
	Layers      int `json:"layers"`
	Heads       int `json:"heads"`
	FeedForward int `json:"feed_forward"`

	// What follows is for Distill.

	Corpus CorpusRecipe `json:"corpus"`
	// Relational is the weight of the relational loss beside that of the cosine, at
	// Temperature.
	Relational  float64 `json:"relational"`
	Temperature float64 `json:"temperature"`
	// HeldOut is the number of sentences kept back for validation.
	HeldOut int       `json:"held_out"`
	Train   Optimiser `json:"train"`
}

// The kinds of text encoders.
const (
	kindTransformer = "transformer"
	kindStatic      = "static"
)

// CorpusRecipe says what the sentences are. Its fields are those of corpus.Config, but
// for Manifests, whose captions of clips with a concept are sentences too, and Exclude, a
// table whose column phrase has sentences that are kept out.
type CorpusRecipe struct {
	Captions    []string                `json:"captions"`
	Ontology    string                  `json:"ontology"`
	WordNet     string                  `json:"wordnet"`
	Paraphrases string                  `json:"paraphrases"`
	Manifests   []string                `json:"manifests"`
	Exclude     string                  `json:"exclude"`
	Max         int                     `json:"max"`
	Weights     map[corpus.Part]float64 `json:"weights"`
}

func (r *TextRecipe) validate() error {
	switch r.Kind {
	case "", kindTransformer:
		if r.Vocab < 1 || r.Context < 3 || r.Context > 1<<12 {
			return fmt.Errorf("vocab %d, context %d", r.Vocab, r.Context)
		}
		if r.Words != "" {
			return fmt.Errorf("words: a transformer does not begin with them")
		}
	case kindStatic:
		if r.Words == "" && (r.Vocab < 1 || r.Width < 1 || r.Width > 1<<14) {
			return fmt.Errorf("vocab %d, width %d, and no words", r.Vocab, r.Width)
		}
	default:
		return fmt.Errorf("kind: there is no %q; there are %s and %s", r.Kind, kindTransformer, kindStatic)
	}
	return nil
}

// validateDistill checks what is for Distill.
func (r *TextRecipe) validateDistill() error {
	switch {
	case r.HeldOut < 1 || r.HeldOut > 1<<14:
		return fmt.Errorf("held_out is %d, it may be 1 to %d", r.HeldOut, 1<<14)
	case !(r.Relational >= 0) || r.Relational > 0 && !(r.Temperature > 0):
		return fmt.Errorf("a relational loss of weight %g at temperature %g", r.Relational, r.Temperature)
	}
	return r.Train.validate()
}

// AudioRecipe brings sounds and texts into one space.
type AudioRecipe struct {
	Data DataRecipe `json:"data"`
	// Encoder is the network that begins with random weights; it is left out, or of no
	// account, if there is a model to begin with. Its embedding_size may be left out:
	// it is that of the texts.
	Encoder *soundnet.Config `json:"encoder"`
	// CropSeconds is the length of the windows that it is trained on. They may be left
	// out if it is not trained.
	CropSeconds float64 `json:"crop_seconds"`
	// Dropout is the share of channels left out before the last map.
	Dropout float64 `json:"dropout"`
	// Augment says how sounds are changed: see package dataset. It grows to that in
	// AugmentRamp steps.
	Augment     dataset.Augment `json:"augment"`
	AugmentRamp uint64          `json:"augment_ramp"`
	Balance     BalanceRecipe   `json:"balance"`
	Loss        LossRecipe      `json:"loss"`
	Tags        TagsRecipe      `json:"tags"`
	// TrainText trains the text encoder too (left out: false); it must have been made
	// here. TrainAudio trains the audio encoder (left out: true, where that is possible).
	// A frozen audio encoder sees clips as they are: nothing is augmented.
	TrainText  bool  `json:"train_text"`
	TrainAudio *bool `json:"train_audio"`
	// Everyday are classes that are watched by themselves in validation.
	Everyday []Everyday `json:"everyday"`
	Train    Optimiser  `json:"train"`
}

// DataRecipe says which sounds are trained on, as what.
type DataRecipe struct {
	// Manifests are lists of clips: see dataset.Read.
	Manifests []string `json:"manifests"`
	// Paraphrases is a table of texts that stand for concepts, Relabel and Merge change
	// the concepts of clips.
	Paraphrases string `json:"paraphrases"`
	Relabel     string `json:"relabel"`
	Merge       string `json:"merge"`
	// HeldOut is the share of sources that are kept for validation; with PerConcept
	// each concept of several sources has one among them.
	HeldOut    float64 `json:"held_out"`
	PerConcept bool    `json:"per_concept"`
	// Unseen are concepts of which nothing is trained on.
	Unseen []string `json:"unseen"`
}

// BalanceRecipe says how often clips are drawn: see dataset.BalanceConfig. Clips without a
// concept are trained with their captions; those that relabel or merge leave out ("-")
// are drawn among them if there are tags, and learnt by these alone.
type BalanceRecipe struct {
	ConceptPower float64 `json:"concept_power"`
	SourcePower  float64 `json:"source_power"`
	Unlabelled   float64 `json:"unlabelled"`
}

// LossRecipe says what is minimised.
type LossRecipe struct {
	// Kind is one of
	//
	//	bank         each sound chooses among texts of all concepts (CrossEntropy)
	//	contrastive  the sounds and texts of a batch choose each other (Contrastive)
	//	sigmoid      each pair is a question of its own (Sigmoid)
	//
	// Texts of one concept are never negatives of each other, nor is a text of itself.
	Kind string `json:"kind"`
	// Scale is what cosines are multiplied by at first, and Bias what is added to them
	// (sigmoid only). Both are trained.
	Scale float64 `json:"scale"`
	Bias  float64 `json:"bias"`
}

// TagsRecipe says what is learnt from a tagger, Config.Tagger. If both weights are 0 there
// is none.
type TagsRecipe struct {
	// Names is the weight of choosing among the names of the tagger's classes, as texts,
	// what it hears (CrossEntropyPrior); Scale is what cosines are multiplied by at first.
	// A class that the tagger hears with a mean score of p counts p^-RarePower times.
	Names     float64 `json:"names"`
	Scale     float64 `json:"scale"`
	RarePower float64 `json:"rare_power"`
	// Features is the weight of imitating the tagger's features, less their mean, by a
	// linear map of the vectors of sounds (Cosine).
	Features float64 `json:"features"`
}

func (r *TagsRecipe) wanted() bool { return r.Names > 0 || r.Features > 0 }

func (r *TagsRecipe) validate() error {
	if !(r.Names >= 0) || !(r.Features >= 0) || r.wanted() && !(r.Scale >= 1 && r.Scale <= 100) || math.IsNaN(r.RarePower) || math.Abs(r.RarePower) > 2 {
		return fmt.Errorf("tags: weights %g and %g, scale %g (allowed: 1 to 100), rare_power %g (-2 to 2)", r.Names, r.Features, r.Scale, r.RarePower)
	}
	return nil
}

// Everyday is a class of sounds as people call it, and the concept of the clips that
// belong to it.
type Everyday struct {
	Label   string `json:"label"`
	Concept string `json:"concept"`
}

func (r *AudioRecipe) validate() error {
	if r.Encoder != nil {
		cfg := *r.Encoder
		if cfg.Embed == 0 {
			cfg.Embed = 1
		}
		if err := cfg.Validate(); err != nil {
			return fmt.Errorf("encoder: %w", err)
		}
	}
	switch {
	case len(r.Data.Manifests) == 0:
		return errors.New("data: no manifests")
	case !(r.CropSeconds >= 0 && r.CropSeconds <= 3600) || r.CropSeconds == 0 && r.Encoder != nil:
		return fmt.Errorf("crop_seconds is %g, it must be more than 0 and at most 3600", r.CropSeconds)
	case !(r.Dropout >= 0 && r.Dropout < 1):
		return fmt.Errorf("dropout is %g, it must be 0 to less than 1", r.Dropout)
	case !(r.Data.HeldOut >= 0 && r.Data.HeldOut < 1):
		return fmt.Errorf("data: held_out is %g, it must be 0 to less than 1", r.Data.HeldOut)
	case !slices.Contains([]string{lossBank, lossContrastive, lossSigmoid}, r.Loss.Kind):
		return fmt.Errorf("loss: there is no kind %q; there are %s, %s and %s", r.Loss.Kind, lossBank, lossContrastive, lossSigmoid)
	case !(r.Loss.Scale >= 1 && r.Loss.Scale <= 100) || math.IsNaN(r.Loss.Bias) || math.IsInf(r.Loss.Bias, 0):
		return fmt.Errorf("loss: scale %g (allowed: 1 to 100) and bias %g", r.Loss.Scale, r.Loss.Bias)
	}
	if err := r.Tags.validate(); err != nil {
		return err
	}
	if r.Tags.wanted() && r.Balance.Unlabelled > 0 && r.Loss.Kind == lossSigmoid {
		return errors.New("loss: sigmoid takes sounds without texts, of which there are some (balance.unlabelled, tags), for ones that no text fits")
	}
	return r.Train.validate()
}

// The kinds of losses.
const (
	lossBank        = "bank"
	lossContrastive = "contrastive"
	lossSigmoid     = "sigmoid"
)
