package text

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"
)

// Sentence is how the modules of a sentence-transformers model go together.
type Sentence struct {
	Encoder   string // folder of the encoder's files
	Pooling   Pooling
	Normalize bool // to unit length
	MaxTokens int  // 0: as many as the encoder takes
}

// ReadSentence reads modules.json in a folder and the files of the modules it names.
// A model may have an encoder, a pooling by mean or first token, and a normalisation.
//
// Reference: sentence-transformers 5.
func ReadSentence(fsys fs.FS, dir string) (Sentence, error) {
	var s Sentence
	var modules []struct{ Path, Type string }
	if err := parseFile(fsys, path.Join(dir, "modules.json"), &modules); err != nil {
		return s, err
	}
	var kinds []string
	for _, m := range modules {
		kind := m.Type[strings.LastIndexByte(m.Type, '.')+1:]
		kinds = append(kinds, kind)
		if !fs.ValidPath(path.Clean(m.Path)) {
			return s, fmt.Errorf("text: modules.json: %q is not in the folder of the model", m.Path)
		}
		var err error
		switch kind {
		case "Transformer":
			s.Encoder = path.Clean(m.Path)
			err = s.readLimit(fsys, dir)
		case "Pooling":
			s.Pooling, err = readPooling(fsys, path.Join(dir, m.Path, "config.json"))
		case "Normalize":
			s.Normalize = true
		}
		if err != nil {
			return s, err
		}
	}
	switch order := strings.Join(kinds, ", "); order {
	case "Transformer, Pooling", "Transformer, Pooling, Normalize":
		return s, nil
	default:
		return s, fmt.Errorf("text: modules.json: a model of %s is not supported", order)
	}
}

// readLimit reads the file that says how many tokens a text may have.
func (s *Sentence) readLimit(fsys fs.FS, dir string) error {
	var limit struct {
		Tokens int `json:"max_seq_length"`
	}
	name := path.Join(dir, s.Encoder, "sentence_bert_config.json")
	if err := parseFile(fsys, name, &limit); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if limit.Tokens < 0 {
		return fmt.Errorf("text: %s: max_seq_length is %d", name, limit.Tokens)
	}
	s.MaxTokens = limit.Tokens
	return nil
}

// readPooling reads the settings of a pooling: "pooling_mode", one or a list, as
// sentence-transformers 5.7 writes it, or a truth value for each, as older versions
// do. What is left out means the mean.
func readPooling(fsys fs.FS, name string) (Pooling, error) {
	settings := map[string]any{}
	if err := parseFile(fsys, name, &settings); err != nil {
		return 0, err
	}
	var modes []any
	switch mode := settings["pooling_mode"].(type) {
	case nil:
		for key, on := range settings {
			if strings.HasPrefix(key, "pooling_mode_") && on == true {
				modes = append(modes, key)
			}
		}
		if len(modes) == 0 {
			modes = []any{"mean"}
		}
	case []any:
		modes = mode
	default:
		modes = []any{mode}
	}
	if len(modes) != 1 {
		return 0, fmt.Errorf("text: %s: %d ways of pooling, one is supported", name, len(modes))
	}
	switch modes[0] {
	case "mean", "pooling_mode_mean_tokens":
		return Mean, nil
	case "cls", "pooling_mode_cls_token":
		return CLS, nil
	}
	return 0, fmt.Errorf("text: %s: pooling %v is not supported", name, modes[0])
}

func parseFile(fsys fs.FS, name string, v any) error {
	file, err := fs.ReadFile(fsys, name)
	if err != nil {
		return fmt.Errorf("text: %w", err)
	}
	if err := parse(file, v); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}
