package train

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"

	"github.com/soundspace/soundspace/audioclip/corpus"
	"github.com/soundspace/soundspace/audioclip/dataset"
	"github.com/soundspace/soundspace/audioclip/internal/soundnet"
)

// Recipe is all that a run of training depends on, but for the data and the models
// that it begins with. It is a JSON file.
//
// Paths in it are relative to its own folder or, if there is nothing there, to the
// folder of the data.
type Recipe struct {
	// Template makes a text of a label, which goes in the place of "{}", for those who
	// use the model.
	Template string       `json:"template"`
	Seed     uint64       `json:"seed"`
	Text     *TextRecipe  `json:"text,omitempty"`
	Audio    *AudioRecipe `json:"audio,omitempty"`

	dir  string
	data string
	file []byte
}

// ReadRecipe reads a recipe. data is the folder of the data.
func ReadRecipe(path, data string) (*Recipe, error) {
	file, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	r := &Recipe{dir: filepath.Dir(path), data: data, file: file}
	d := json.NewDecoder(bytes.NewReader(file))
	d.DisallowUnknownFields()
	if err := d.Decode(r); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%s: something follows the recipe", path)
	}
	if err := r.validate(); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return r, nil
}

func (r *Recipe) validate() error {
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

// paths finds several files.
func (r *Recipe) paths(names []string) ([]string, error) {
	list := make([]string, len(names))
	for i, name := range names {
		var err error
		if list[i], err = r.path(name); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// TextRecipe makes a small text encoder of a large one, whose vectors it learns to give.
type TextRecipe struct {
	Corpus CorpusRecipe `json:"corpus"`
	// Vocab is the number of tokens, Context the most in a text.
	Vocab       int `json:"vocab"`
	Context     int `json:"context"`
	Width       int `json:"width"`
	Layers      int `json:"layers"`
	Heads       int `json:"heads"`
	FeedForward int `json:"feed_forward"`
	// Relational is the weight of the relational loss beside that of the cosine, at
	// Temperature.
	Relational  float64 `json:"relational"`
	Temperature float64 `json:"temperature"`
	// HeldOut is the number of sentences kept back for validation.
	HeldOut int       `json:"held_out"`
	Train   Optimiser `json:"train"`
}

// CorpusRecipe says what the sentences are: see package corpus.
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
	switch {
	case r.Vocab < 1 || r.Context < 3 || r.Context > 1<<12:
		return fmt.Errorf("train: a vocabulary of %d tokens, texts of up to %d", r.Vocab, r.Context)
	case r.HeldOut < 1 || r.HeldOut > 1<<14:
		return fmt.Errorf("train: held_out is %d, it may be 1 to %d", r.HeldOut, 1<<14)
	case !(r.Relational >= 0) || r.Relational > 0 && !(r.Temperature > 0):
		return fmt.Errorf("train: a relational loss of weight %g at temperature %g", r.Relational, r.Temperature)
	}
	return r.Train.validate()
}

// AudioRecipe trains an audio encoder into the space of a text encoder.
type AudioRecipe struct {
	Data DataRecipe `json:"data"`
	// Encoder is the network. Its embedding_size may be left out: it is that of the
	// texts.
	Encoder soundnet.Config `json:"encoder"`
	// CropSeconds is the length of the windows that it is trained on.
	CropSeconds float64 `json:"crop_seconds"`
	// Dropout is the share of channels left out before the last map.
	Dropout float64 `json:"dropout"`
	// Augment says how sounds are changed: see package dataset. It grows to that in
	// AugmentRamp steps.
	Augment     dataset.Augment `json:"augment"`
	AugmentRamp uint64          `json:"augment_ramp"`
	Balance     BalanceRecipe   `json:"balance"`
	Loss        LossRecipe      `json:"loss"`
	// TrainText trains the text encoder too, which must have been made here.
	TrainText bool `json:"train_text"`
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

// BalanceRecipe says how often clips are drawn: see dataset.BalanceConfig.
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
	// Texts of one concept are never negatives of each other.
	Kind string `json:"kind"`
	// Scale is what cosines are multiplied by at first, and Bias what is added to them
	// (sigmoid only). Both are trained.
	Scale float64 `json:"scale"`
	Bias  float64 `json:"bias"`
}

// Everyday is a class of sounds as people call it.
type Everyday struct {
	Label   string `json:"label"`
	Concept string `json:"concept"`
}

func (r *AudioRecipe) validate() error {
	cfg := r.Encoder
	if cfg.Embed == 0 {
		cfg.Embed = 1
	}
	if err := cfg.Validate(); err != nil {
		return err
	}
	switch {
	case len(r.Data.Manifests) == 0:
		return errors.New("train: no manifests")
	case !(r.CropSeconds > 0 && r.CropSeconds <= 3600):
		return fmt.Errorf("train: windows of %g s", r.CropSeconds)
	case !(r.Dropout >= 0 && r.Dropout < 1):
		return fmt.Errorf("train: dropout %g", r.Dropout)
	case !(r.Data.HeldOut >= 0 && r.Data.HeldOut < 1):
		return fmt.Errorf("train: held_out is %g, it must be 0 to 1", r.Data.HeldOut)
	case !slices.Contains([]string{lossBank, lossContrastive, lossSigmoid}, r.Loss.Kind):
		return fmt.Errorf("train: there is no loss %q; there are %s, %s and %s", r.Loss.Kind, lossBank, lossContrastive, lossSigmoid)
	case !(r.Loss.Scale >= 1 && r.Loss.Scale <= 100) || math.IsNaN(r.Loss.Bias) || math.IsInf(r.Loss.Bias, 0):
		return fmt.Errorf("train: a loss of scale %g (allowed: 1 to 100) and bias %g", r.Loss.Scale, r.Loss.Bias)
	}
	return r.Train.validate()
}

// The kinds of losses.
const (
	lossBank        = "bank"
	lossContrastive = "contrastive"
	lossSigmoid     = "sigmoid"
)
