package audioclip

import (
	"errors"
	"fmt"
	"io/fs"

	"github.com/soundspace/soundspace/audioclip/internal/text"
)

// sentenceFamily are BERT encoders of sentences: texts only.
var sentenceFamily = family{
	is:   func(f *files) bool { return f.has("embeddings.word_embeddings.weight") },
	load: loadSentence,
}

func loadSentence(f *files, cfg Config) (*Model, error) {
	info := Info{Family: "BERT sentence encoder", Template: "{}"}
	if cfg.Towers&Text == 0 {
		return newModel(info, nil, nil, nil, f, cfg.Workers), nil
	}
	// Without modules.json it is a plain encoder, whose tokens are averaged.
	s, err := text.ReadSentence(f.fsys, f.root)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%w: %w", ErrModel, err)
	}
	config, err := readConfig(f, "config.json", text.ParseBERTConfig)
	if err != nil {
		return nil, err
	}
	set := cfg.set(f.tensors)
	for _, prefix := range []string{"bert.", "roberta."} {
		if set.Has(prefix + "embeddings.word_embeddings.weight") {
			set = set.Sub(prefix)
			break
		}
	}
	if config, err = config.Fit(set); err != nil {
		return nil, f.weightsError(err)
	}
	encoder := text.NewBERT(set, config, s.Pooling)
	if err := set.Err(); err != nil {
		return nil, f.weightsError(err)
	}
	words, err := newTokenizedText(f, cfg, encoder, s.MaxTokens, "")
	if err != nil {
		return nil, err
	}
	info.Dim = encoder.Width()
	info.Settings = []Setting{{"text encoder", fmt.Sprintf("BERT, width %d, %d layers, %d heads", config.Width, config.Layers, config.Heads)}}
	return newModel(info, nil, words, nil, f, cfg.Workers), nil
}
