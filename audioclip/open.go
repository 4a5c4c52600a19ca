package audioclip

import (
	"errors"
	"fmt"
	"io/fs"
	"math"
	"slices"
	"strings"

	"github.com/soundspace/soundspace/audioclip/internal/params"
	"github.com/soundspace/soundspace/internal/checkpoint"
	"github.com/soundspace/soundspace/internal/disk"
	"github.com/soundspace/soundspace/internal/nn"
)

// ErrModel is the error of files that are damaged, hold no model that is known here,
// or one whose parts do not fit or are missing.
var ErrModel = errors.New("audioclip: the model cannot be used")

// ErrNoTokenizer is the error of a text encoder without a tokenizer, together with
// ErrModel. The other encoders can be opened without (Config.Towers).
var ErrNoTokenizer = errors.New("the tokenizer of its text encoder is missing")

// Config says how a model is loaded. Its zero value is what most want.
type Config struct {
	// Weights is how weights are kept in memory (zero: as in the file).
	Weights Storage
	// Workers is the number of goroutines that one call is split over (0: 1).
	Workers int
	// Towers are the encoders to load (zero: all that the model has). The others
	// take no memory, and need no tokenizer. If the model has none of these, Open
	// gives ErrNoAudio, ErrNoText or ErrNoImage.
	Towers Towers
	// Tokenizer is the folder of the text encoder's tokenizer (empty: that of the
	// weights). Checkpoints of original implementations come without: the tokenizer
	// is roberta-base for LAION-CLAP, gpt2 for MS-CLAP 2023, bert-base-uncased for
	// MS-CLAP 2022, and bpe_simple_vocab_16e6.txt.gz for CLIP. With OpenFS it is in the
	// same file system.
	Tokenizer string

	tokenizerFS fs.FS // that of Tokenizer (nil: that of the model)
	nested      bool  // the model is named by another
}

// Storage is how weights are kept in memory. They are expanded where they are
// used: all computing is in float32.
type Storage uint8

const (
	AsStored Storage = iota
	Float32
	Float16
	BFloat16
	// Int8 keeps the weights of linear maps and convolutions as 8 bits each, with
	// a scale for each output: a quarter of the memory of Float32.
	Int8
)

// Towers is a set of encoders.
type Towers uint8

const (
	Audio Towers = 1 << iota
	Text
	Image
)

// Open loads the model in a folder, or in a checkpoint file; its tokenizer and
// settings are then looked for beside it. It finds out from the files which model
// it is (see the list in the package's documentation).
//
// The weights are read from safetensors or PyTorch files, whole or in shards, in
// the layout of Hugging Face's transformers, of the original implementation, or of
// OpenCLIP. Where there is more than one format of the same weights, it takes the
// safetensors. Parts of one model may lie in files of their own, such as Wav2CLIP's
// audio encoder beside CLIP's checkpoint.
//
// A tensor that is missing, left over or of another shape than the model's is an
// error (ErrModel) that names it. Nothing in the files is executed. They must not
// be changed while the model is open: weights are used where they lie.
func Open(path string) (*Model, error) { return Config{}.Open(path) }

// OpenFS loads a model as [Open] does, from the folder or the checkpoint file of a name
// in a file system: one embedded in a program, for instance.
func OpenFS(fsys fs.FS, name string) (*Model, error) { return Config{}.OpenFS(fsys, name) }

// Open loads a model as the function [Open] does.
func (cfg Config) Open(path string) (*Model, error) {
	if cfg.Tokenizer != "" {
		cfg.tokenizerFS, cfg.Tokenizer = disk.At(cfg.Tokenizer)
	}
	return cfg.OpenFS(disk.At(path))
}

// OpenFS loads a model as the function [OpenFS] does.
func (cfg Config) OpenFS(fsys fs.FS, name string) (_ *Model, err error) {
	if cfg.Weights > Int8 {
		return nil, fmt.Errorf("audioclip: unknown storage %d of weights", cfg.Weights)
	}
	if cfg.Workers < 0 || cfg.Workers > 4096 {
		return nil, fmt.Errorf("audioclip: Workers is %d, allowed are 0 to 4096", cfg.Workers)
	}
	if cfg.Towers > Audio|Text|Image {
		return nil, fmt.Errorf("audioclip: unknown encoders in Towers, %d", cfg.Towers)
	}
	if cfg.Towers == 0 {
		cfg.Towers = Audio | Text | Image
	}
	f, err := findFiles(fsys, name)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			f.Close()
			err = fmt.Errorf("%s: %w", name, err)
		}
	}()
	if err := f.openWeights(); err != nil {
		return nil, err
	}
	for _, family := range families() {
		if !family.is(f) {
			continue
		}
		m, err := family.load(f, cfg)
		if err != nil {
			return nil, err
		}
		if err := m.check(cfg.Towers); err != nil {
			return nil, err
		}
		m.info.Files, m.info.Tensors = f.weights, f.list()
		return m, nil
	}
	return nil, f.weightsError(fmt.Errorf("the tensors are those of no family that is known: %s", f.some()))
}

// check tells what is wrong with a model that has been loaded.
func (m *Model) check(wanted Towers) error {
	if s := m.info.Scale; !(s >= 0) || math.IsInf(s, 1) {
		return fmt.Errorf("%w: the scale of scores is %v", ErrModel, s)
	}
	switch {
	case m.audio != nil || m.text != nil || m.image != nil:
		return nil
	case wanted&Audio != 0:
		return ErrNoAudio
	case wanted&Text != 0:
		return ErrNoText
	}
	return ErrNoImage
}

// family is a kind of model.
type family struct {
	is   func(f *files) bool
	load func(f *files, cfg Config) (*Model, error)
}

// families are looked at in this order: an earlier one may contain a later one.
func families() []family {
	return []family{{isSoundspace, loadSoundspace}, clapFamily, msclapFamily, wav2clipFamily, audioCLIPFamily, clipFamily, sentenceFamily, wordsFamily}
}

// storage returns how weights of a type are kept.
func (cfg Config) storage() func(checkpoint.DType) nn.Storage {
	if cfg.Weights == AsStored {
		return nil
	}
	s := [...]nn.Storage{Float32: nn.Float32, Float16: nn.Float16, BFloat16: nn.BFloat16, Int8: nn.Int8}[cfg.Weights]
	return func(checkpoint.DType) nn.Storage { return s }
}

// set returns the tensors as parameters.
func (cfg Config) set(tensors map[string]*checkpoint.Tensor) *params.Set {
	return params.New(params.Map(tensors), cfg.storage())
}

// list describes the tensors.
func (f *files) list() []TensorInfo {
	list := make([]TensorInfo, 0, len(f.tensors))
	for name, t := range f.tensors {
		list = append(list, TensorInfo{Name: name, DType: t.DType.String(), Shape: slices.Clone(t.Shape)})
	}
	slices.SortFunc(list, func(a, b TensorInfo) int { return strings.Compare(a.Name, b.Name) })
	return list
}

// some names a few tensors.
func (f *files) some() string {
	list := f.list()
	if len(list) == 0 {
		return "there are none"
	}
	var names []string
	for _, t := range list[:min(len(list), 5)] {
		names = append(names, t.Name)
	}
	text := strings.Join(names, ", ")
	if n := len(list) - len(names); n > 0 {
		text += fmt.Sprintf(" and %d more", n)
	}
	return text
}
