package soundnet

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// ModelType is the model_type of the models that are made here.
const ModelType = "soundspace"

// Model is the config.json of a model: an audio encoder, a text encoder, or both in
// one space.
type Model struct {
	ModelType string `json:"model_type"`
	// Template makes a text of a label, which goes in the place of "{}" ("": that of the
	// text encoder).
	Template string `json:"template"`
	// Audio is nil if there is no audio encoder.
	Audio *Config `json:"audio_config,omitempty"`
	// Text is the config.json of a CLIPTextModelWithProjection of Hugging Face's
	// transformers, or has the model_type "static" and nothing else: a table of words.
	Text json.RawMessage `json:"text_config,omitempty"`
	// TextModel is the model, in a folder of its own, whose text encoder is this one's.
	// It may be relative to the folder of config.json.
	TextModel string `json:"text_model,omitempty"`
	// AudioModel is likewise the model whose audio encoder is this one's.
	AudioModel string `json:"audio_model,omitempty"`
}

// ParseModel reads a config.json.
func ParseModel(file []byte) (Model, error) {
	var m Model
	if err := json.Unmarshal(file, &m); err != nil {
		return Model{}, err
	}
	switch {
	case m.ModelType != ModelType:
		return Model{}, fmt.Errorf("soundnet: model type %q is not %q", m.ModelType, ModelType)
	case m.Text != nil && m.TextModel != "":
		return Model{}, errors.New("soundnet: both text_config and text_model are given")
	case m.Template != "" && !strings.Contains(m.Template, "{}"):
		return Model{}, fmt.Errorf(`soundnet: the template %q has no "{}" for the label`, m.Template)
	case m.Audio != nil && m.AudioModel != "":
		return Model{}, errors.New("soundnet: both audio_config and audio_model are given")
	case m.Audio != nil:
		return m, m.Audio.Validate()
	}
	return m, nil
}
