package clap

import (
	"encoding/json"
	"fmt"

	"github.com/soundspace/soundspace/audioclip/internal/htsat"
	"github.com/soundspace/soundspace/audioclip/internal/params"
	"github.com/soundspace/soundspace/audioclip/internal/text"
	"github.com/soundspace/soundspace/internal/nn"
)

// Config describes a model. Sizes that are 0 are those of the tensors.
type Config struct {
	Audio htsat.Config
	Text  text.BERTConfig
	Dim   int           // of the common space
	Act   nn.Activation // between the layers that lead there
}

// configOf returns what all models of a layout have, where no file tells it.
func configOf(layout Layout) Config {
	cfg := Config{
		Audio: htsat.Config{Eps: 1e-5},
		Text:  text.BERTConfig{Act: nn.GELU, Eps: 1e-5, RoBERTa: true, Pad: 1},
		Act:   nn.ReLU,
	}
	if layout == HuggingFace {
		cfg.Text.Eps = 1e-12
	}
	return cfg
}

// ParseConfig reads the config.json of a ClapModel. What is missing there has the
// value that it has in transformers.
func ParseConfig(file []byte) (Config, error) {
	var c struct {
		ModelType string                     `json:"model_type"`
		Audio     json.RawMessage            `json:"audio_config"`
		Text      map[string]json.RawMessage `json:"text_config"`
		Dim       *int                       `json:"projection_dim"`
		Act       *string                    `json:"projection_hidden_act"`
	}
	if err := json.Unmarshal(file, &c); err != nil {
		return Config{}, fmt.Errorf("clap: config: %w", err)
	}
	if c.ModelType != "clap" {
		return Config{}, fmt.Errorf("clap: config: the model type is %q, not \"clap\"", c.ModelType)
	}
	cfg := Config{Dim: 512, Act: nn.ReLU}
	if c.Dim != nil {
		cfg.Dim = *c.Dim
	}
	if cfg.Dim < 1 || cfg.Dim > 1<<16 {
		return Config{}, fmt.Errorf("clap: config: projection_dim is %d, it may be 1 to %d", cfg.Dim, 1<<16)
	}
	if c.Act != nil {
		switch *c.Act {
		case "relu":
		case "gelu":
			cfg.Act = nn.GELU
		default:
			return Config{}, fmt.Errorf("clap: config: projection_hidden_act %q is not supported", *c.Act)
		}
	}
	var err error
	if cfg.Audio, err = parseAudio(c.Audio); err != nil {
		return Config{}, fmt.Errorf("clap: config: audio_config: %w", err)
	}
	if c.Text == nil {
		c.Text = map[string]json.RawMessage{}
	}
	if _, ok := c.Text["model_type"]; !ok {
		c.Text["model_type"] = json.RawMessage(`"clap_text_model"`)
	}
	part, err := json.Marshal(c.Text)
	if err != nil {
		return Config{}, fmt.Errorf("clap: config: text_config: %w", err)
	}
	if cfg.Text, err = text.ParseBERTConfig(part); err != nil {
		return Config{}, fmt.Errorf("clap: config: text_config: %w", err)
	}
	return cfg, nil
}

// parseAudio reads a ClapAudioConfig.
func parseAudio(part json.RawMessage) (htsat.Config, error) {
	c := struct {
		Window      int     `json:"window_size"`
		Mels        int     `json:"num_mel_bins"`
		SpecSize    int     `json:"spec_size"`
		Act         string  `json:"hidden_act"`
		Patch       pair    `json:"patch_size"`
		Stride      pair    `json:"patch_stride"`
		Dim         int     `json:"hidden_size"`
		Depths      []int   `json:"depths"`
		Heads       []int   `json:"num_attention_heads"`
		Fusion      bool    `json:"enable_fusion"`
		FusionType  *string `json:"fusion_type"`
		FusionRatio int     `json:"aff_block_r"`
		Channels    int     `json:"patch_embed_input_channels"`
		Width       int     `json:"patch_embeds_hidden_size"`
		PatchNorm   bool    `json:"enable_patch_layer_norm"`
		QKVBias     bool    `json:"qkv_bias"`
		MLPRatio    float64 `json:"mlp_ratio"`
		Eps         float64 `json:"layer_norm_eps"`
	}{
		Window: 8, Mels: 64, SpecSize: 256, Act: "gelu", Patch: pair{4, 4}, Stride: pair{4, 4}, Dim: 768,
		Depths: []int{2, 2, 6, 2}, Heads: []int{4, 8, 16, 32}, FusionRatio: 4, Channels: 1, Width: 96,
		PatchNorm: true, QKVBias: true, MLPRatio: 4, Eps: 1e-5,
	}
	if len(part) > 0 {
		if err := json.Unmarshal(part, &c); err != nil {
			return htsat.Config{}, err
		}
	}
	for _, option := range []struct {
		name      string
		value     any
		supported bool
	}{
		{"hidden_act", c.Act, c.Act == "gelu"},
		{"patch_size", c.Patch, c.Patch == pair{4, 4}},
		{"patch_stride", c.Stride, c.Stride == pair{4, 4}},
		{"fusion_type", c.FusionType, c.FusionType == nil || *c.FusionType != "channel_map"},
		{"aff_block_r", c.FusionRatio, c.FusionRatio > 0},
		{"patch_embed_input_channels", c.Channels, c.Channels == 1},
		{"enable_patch_layer_norm", c.PatchNorm, c.PatchNorm},
		{"qkv_bias", c.QKVBias, c.QKVBias},
		{"mlp_ratio", c.MLPRatio, c.MLPRatio == 4},
	} {
		if !option.supported {
			value, _ := json.Marshal(option.value)
			return htsat.Config{}, fmt.Errorf("%s %s is not supported", option.name, value)
		}
	}
	cfg := htsat.Config{
		SpecSize: c.SpecSize, Mels: c.Mels, Width: c.Width, Depths: c.Depths, Heads: c.Heads, Window: c.Window,
		Eps: c.Eps, Fusion: c.Fusion,
	}
	if c.Fusion {
		cfg.FusionWidth = c.Width / c.FusionRatio
	}
	if err := cfg.Validate(); err != nil {
		return cfg, err
	}
	if c.Dim != cfg.Dim() {
		return cfg, fmt.Errorf("hidden_size is %d, where the last stage's width is %d", c.Dim, cfg.Dim())
	}
	return cfg, nil
}

// pair is a height and a width, given as one number where they are equal.
type pair [2]int

// UnmarshalJSON implements [json.Unmarshaler].
func (p *pair) UnmarshalJSON(data []byte) error {
	var one int
	if json.Unmarshal(data, &one) == nil {
		*p = pair{one, one}
		return nil
	}
	var both []int
	if err := json.Unmarshal(data, &both); err != nil {
		return err
	}
	if len(both) != 2 {
		return fmt.Errorf("%d numbers for a height and a width", len(both))
	}
	*p = pair{both[0], both[1]}
	return nil
}

// fitAudio compares the audio side of the config with the tensors of a set.
func (cfg *Config) fitAudio(set *params.Set) error {
	var err error
	if cfg.Audio, err = cfg.Audio.Fit(set.Sub(audioPrefix)); err != nil {
		return err
	}
	return cfg.fitProjection(set, audioProjection, cfg.Audio.Dim())
}

// fitText compares the text side of the config with the tensors of a set.
func (cfg *Config) fitText(set *params.Set) error {
	if cfg.Text.Heads == 0 {
		// RoBERTa's heads are 64 wide, which the tensors do not tell.
		if shape := set.Shape(textPrefix + "embeddings.word_embeddings.weight"); len(shape) == 2 {
			cfg.Text.Heads = shape[1] / 64
		}
	}
	var err error
	if cfg.Text, err = cfg.Text.Fit(set.Sub(textPrefix)); err != nil {
		return err
	}
	return cfg.fitProjection(set, textProjection, cfg.Text.Width)
}

func (cfg *Config) fitProjection(set *params.Set, prefix string, in int) error {
	for _, layer := range []struct {
		name string
		in   *int
	}{{"linear1", &in}, {"linear2", &cfg.Dim}} {
		name := prefix + layer.name + ".weight"
		shape := set.Shape(name)
		if cfg.Dim == 0 && len(shape) == 2 {
			cfg.Dim = shape[0]
		}
		if len(shape) != 2 || shape[0] != cfg.Dim || shape[1] != *layer.in {
			return fmt.Errorf("clap: tensor %s has shape %v, expected %v", name, shape, []int{cfg.Dim, *layer.in})
		}
	}
	return nil
}
