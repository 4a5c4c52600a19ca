package train

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/soundspace/soundspace/audioclip/internal/params"
	"github.com/soundspace/soundspace/audioclip/internal/soundnet"
	"github.com/soundspace/soundspace/audioclip/train/words"
	"github.com/soundspace/soundspace/internal/checkpoint"
	"github.com/soundspace/soundspace/internal/nn/autodiff"
)

// part is what a model that was made here has: encoders of sounds and of texts.
type part struct {
	audio  *soundnet.Config
	text   json.RawMessage
	params map[string]*autodiff.Param
	// textModel is the model whose text encoder it uses, if it has none.
	textModel string
}

// readPart reads a model that was made here, nil if it was not.
func readPart(dir string) (*part, error) {
	p := &part{params: map[string]*autodiff.Param{}}
	if st, err := os.Stat(dir); err != nil || !st.IsDir() {
		return nil, err
	}
	data, err := os.ReadFile(filepath.Join(dir, "config.json"))
	switch {
	case err == nil:
		var kind struct {
			ModelType string `json:"model_type"`
		}
		if json.Unmarshal(data, &kind) != nil || kind.ModelType != soundnet.ModelType {
			return nil, nil
		}
		m, err := soundnet.ParseModel(data)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", dir, err)
		}
		p.audio, p.text, p.textModel = m.Audio, m.Text, m.TextModel
		if m.TextModel != "" && !filepath.IsAbs(m.TextModel) {
			p.textModel = filepath.Join(dir, m.TextModel)
		}
	case !errors.Is(err, fs.ErrNotExist):
		return nil, err
	default: // package words writes no config.json
		if _, err := os.Stat(filepath.Join(dir, words.VocabularyFile)); err != nil {
			return nil, nil
		}
		p.text = staticConfig
	}
	f, err := checkpoint.Open(filepath.Join(dir, weightsName))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	for _, name := range f.Names() {
		t := f.Tensor(name)
		p.params[name] = &autodiff.Param{Name: name, Shape: slices.Clone(t.Shape), Data: slices.Clone(t.Floats())}
	}
	return p, f.Err()
}

// load copies what the model has into parameters.
func (p *part) load(params []*autodiff.Param) error {
	for _, to := range params {
		from := p.params[to.Name]
		if from == nil || !slices.Equal(from.Shape, to.Shape) {
			return fmt.Errorf("train: tensor %s is missing, or of another shape", to.Name)
		}
		copy(to.Data, from.Data)
	}
	return nil
}

// set returns all parameters as an encoder takes them.
func (p *part) set() *params.Set {
	return params.New(sourceOf(p.some(func(string) bool { return true })), nil)
}

// ofAudio and ofText are the parameters of the encoders.
func (p *part) ofAudio() []*autodiff.Param {
	return p.some(func(name string) bool { return strings.HasPrefix(name, audioPrefix) })
}

func (p *part) ofText() []*autodiff.Param {
	return p.some(func(name string) bool { return !strings.HasPrefix(name, audioPrefix) && name != scaleName })
}

func (p *part) some(wanted func(name string) bool) (list []*autodiff.Param) {
	for _, name := range slices.Sorted(maps.Keys(p.params)) {
		if wanted(name) {
			list = append(list, p.params[name])
		}
	}
	return list
}
