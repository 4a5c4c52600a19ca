package text

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/soundspace/soundspace/audioclip/internal/transformer"
	"github.com/soundspace/soundspace/internal/nn"
)

// hfCLIP is the text part of a config.json of the model types clip and
// clip_text_model, with the values that are taken where one is not there.
type hfCLIP struct {
	ModelType   string          `json:"model_type"`
	Vocab       int             `json:"vocab_size"`
	Context     int             `json:"max_position_embeddings"`
	Width       int             `json:"hidden_size"`
	Layers      int             `json:"num_hidden_layers"`
	Heads       int             `json:"num_attention_heads"`
	FeedForward int             `json:"intermediate_size"`
	Act         string          `json:"hidden_act"`
	Eps         float64         `json:"layer_norm_eps"`
	EndToken    int             `json:"eos_token_id"`
	TextConfig  json.RawMessage `json:"text_config"`
	OlderConfig json.RawMessage `json:"text_config_dict"`
}

// ParseCLIPConfig reads the text part of Hugging Face's config.json of a CLIPModel
// or a CLIPTextModelWithProjection. The length of a text's vector is left open: the
// two tell it differently.
func ParseCLIPConfig(file []byte) (CLIPConfig, error) {
	defaults := hfCLIP{
		Vocab: 49408, Context: 77, Width: 512, Layers: 12, Heads: 8, FeedForward: 2048,
		Act: "quick_gelu", Eps: 1e-5, EndToken: 49407,
	}
	c := defaults
	if err := parse(file, &c); err != nil {
		return CLIPConfig{}, err
	}
	switch c.ModelType {
	case "clip":
		part := c.TextConfig
		if transformer.IsGiven(c.OlderConfig) { // it takes precedence, defaults included
			part = c.OlderConfig
		}
		c = defaults
		if transformer.IsGiven(part) {
			if err := parse(part, &c); err != nil {
				return CLIPConfig{}, err
			}
		}
	case "clip_text_model":
	default:
		return CLIPConfig{}, fmt.Errorf("text: model type %q has no CLIP text transformer", c.ModelType)
	}
	act, err := transformer.ParseActivation(c.Act)
	if err != nil {
		return CLIPConfig{}, fmt.Errorf("text: %w", err)
	}
	cfg := CLIPConfig{
		Vocab: c.Vocab, Context: c.Context, Width: c.Width, Layers: c.Layers, Heads: c.Heads,
		FeedForward: c.FeedForward, Act: act, Eps: c.Eps, EndToken: c.EndToken,
	}
	switch {
	case cfg.EndToken == 2: // what CLIP's configs said wrongly for long
		cfg.EndToken = 0
	case cfg.EndToken < 1 || cfg.EndToken >= cfg.Vocab:
		return cfg, fmt.Errorf("text: end token %d is none of the vocabulary of %d", cfg.EndToken, cfg.Vocab)
	}
	return cfg, validate(cfg.stack(), cfg.Vocab, cfg.Context)
}

// ParseOpenCLIPConfig reads the text part of OpenCLIP's open_clip_config.json, or of
// one of the model configs that come with OpenCLIP.
func ParseOpenCLIPConfig(file []byte) (CLIPConfig, error) {
	type model struct {
		Embed     int  `json:"embed_dim"`
		QuickGELU bool `json:"quick_gelu"`
		Text      struct {
			Context     int      `json:"context_length"`
			Vocab       int      `json:"vocab_size"`
			Width       int      `json:"width"`
			Heads       int      `json:"heads"`
			Layers      int      `json:"layers"`
			Ratio       float64  `json:"mlp_ratio"`
			Pool        string   `json:"pool_type"`
			Projection  string   `json:"proj_type"`
			HuggingFace string   `json:"hf_model_name"`
			NotCausal   bool     `json:"no_causal_mask"`
			EmbedCLS    bool     `json:"embed_cls"`
			Bias        bool     `json:"proj_bias"`
			LayerScale  *float64 `json:"ls_init_value"`
			Act         struct {
				Approximate string `json:"approximate"`
			} `json:"act_kwargs"`
			Norm struct {
				Eps float64 `json:"eps"`
			} `json:"norm_kwargs"`
		} `json:"text_cfg"`
	}
	file, err := transformer.OpenCLIPModel(file)
	if err != nil {
		return CLIPConfig{}, fmt.Errorf("text: config: %w", err)
	}
	var m model
	t := &m.Text
	t.Context, t.Vocab, t.Width, t.Heads, t.Layers, t.Ratio = 77, 49408, 512, 8, 12, 4
	t.Pool, t.Projection, t.Norm.Eps = "argmax", "linear", 1e-5
	if err := parse(file, &m); err != nil {
		return CLIPConfig{}, err
	}
	for _, option := range []struct {
		name string
		on   bool
	}{
		{"hf_model_name", t.HuggingFace != ""},
		{"no_causal_mask", t.NotCausal},
		{"embed_cls", t.EmbedCLS},
		{"proj_bias", t.Bias},
		{"ls_init_value", t.LayerScale != nil},
		{"pool_type " + t.Pool, t.Pool != "argmax"},
		{"proj_type " + t.Projection, t.Projection != "linear"},
	} {
		if option.on {
			return CLIPConfig{}, fmt.Errorf("text: OpenCLIP's option %s is not supported", option.name)
		}
	}
	if !(t.Ratio > 0 && t.Ratio <= 64) {
		return CLIPConfig{}, fmt.Errorf("text: mlp_ratio is %g", t.Ratio)
	}
	cfg := CLIPConfig{
		Vocab: t.Vocab, Context: t.Context, Width: t.Width, Layers: t.Layers, Heads: t.Heads,
		FeedForward: int(float64(t.Width) * t.Ratio), Embed: m.Embed, Act: nn.GELU, Eps: t.Norm.Eps,
	}
	switch {
	case m.QuickGELU:
		cfg.Act = nn.QuickGELU
	case t.Act.Approximate == "tanh":
		cfg.Act = nn.GELUTanh
	}
	return cfg, validate(cfg.stack(), cfg.Vocab, cfg.Context)
}

// ParseBERTConfig reads Hugging Face's config.json of a BERT or RoBERTa, or the text
// part of that of CLAP.
func ParseBERTConfig(file []byte) (BERTConfig, error) {
	var kind struct {
		ModelType string `json:"model_type"`
	}
	if err := parse(file, &kind); err != nil {
		return BERTConfig{}, err
	}
	c := struct {
		Vocab        int     `json:"vocab_size"`
		Positions    int     `json:"max_position_embeddings"`
		Types        int     `json:"type_vocab_size"`
		Width        int     `json:"hidden_size"`
		Layers       int     `json:"num_hidden_layers"`
		Heads        int     `json:"num_attention_heads"`
		FeedForward  int     `json:"intermediate_size"`
		Act          string  `json:"hidden_act"`
		Eps          float64 `json:"layer_norm_eps"`
		Pad          *int    `json:"pad_token_id"`
		PositionKind string  `json:"position_embedding_type"`
		Decoder      bool    `json:"is_decoder"`
	}{
		Vocab: 30522, Positions: 512, Types: 2, Width: 768, Layers: 12, Heads: 12, FeedForward: 3072,
		Act: "gelu", Eps: 1e-12, PositionKind: "absolute",
	}
	roberta := true
	switch kind.ModelType {
	case "bert":
		roberta = false
	case "roberta":
		c.Vocab = 50265
	case "xlm-roberta", "camembert":
	case "clap_text_model":
		c.Vocab, c.Positions, c.Types = 50265, 514, 1
	default:
		return BERTConfig{}, fmt.Errorf("text: model type %q is neither BERT nor RoBERTa", kind.ModelType)
	}
	if err := parse(file, &c); err != nil {
		return BERTConfig{}, err
	}
	if c.PositionKind != "absolute" {
		return BERTConfig{}, fmt.Errorf("text: position_embedding_type %q is not supported", c.PositionKind)
	}
	if c.Decoder {
		return BERTConfig{}, fmt.Errorf("text: is_decoder is not supported")
	}
	act, err := transformer.ParseActivation(c.Act)
	if err != nil {
		return BERTConfig{}, fmt.Errorf("text: %w", err)
	}
	cfg := BERTConfig{
		Vocab: c.Vocab, Positions: c.Positions, Types: c.Types, Width: c.Width, Layers: c.Layers, Heads: c.Heads,
		FeedForward: c.FeedForward, Act: act, Eps: c.Eps, RoBERTa: roberta,
	}
	if roberta {
		cfg.Pad = 1
		if c.Pad != nil {
			cfg.Pad = *c.Pad
		}
	}
	if err := validate(cfg.stack(), cfg.Vocab, cfg.Positions); err != nil {
		return cfg, err
	}
	return cfg, cfg.checkPad()
}

// ParseGPT2Config reads Hugging Face's config.json of a GPT-2.
func ParseGPT2Config(file []byte) (GPT2Config, error) {
	c := struct {
		ModelType   string  `json:"model_type"`
		Vocab       int     `json:"vocab_size"`
		Positions   int     `json:"n_positions"`
		Width       int     `json:"n_embd"`
		Layers      int     `json:"n_layer"`
		Heads       int     `json:"n_head"`
		FeedForward *int    `json:"n_inner"`
		Act         string  `json:"activation_function"`
		Eps         float64 `json:"layer_norm_epsilon"`
		Scaled      bool    `json:"scale_attn_weights"`
		ScaledMore  bool    `json:"scale_attn_by_inverse_layer_idx"`
	}{
		Vocab: 50257, Positions: 1024, Width: 768, Layers: 12, Heads: 12, Act: "gelu_new", Eps: 1e-5, Scaled: true,
	}
	if err := parse(file, &c); err != nil {
		return GPT2Config{}, err
	}
	switch {
	case c.ModelType != "gpt2":
		return GPT2Config{}, fmt.Errorf("text: model type %q is not GPT-2", c.ModelType)
	case !c.Scaled:
		return GPT2Config{}, fmt.Errorf("text: attention without scale_attn_weights is not supported")
	case c.ScaledMore:
		return GPT2Config{}, fmt.Errorf("text: scale_attn_by_inverse_layer_idx is not supported")
	}
	act, err := transformer.ParseActivation(c.Act)
	if err != nil {
		return GPT2Config{}, fmt.Errorf("text: %w", err)
	}
	cfg := GPT2Config{
		Vocab: c.Vocab, Positions: c.Positions, Width: c.Width, Layers: c.Layers, Heads: c.Heads,
		FeedForward: 4 * c.Width, Act: act, Eps: c.Eps,
	}
	if c.FeedForward != nil {
		cfg.FeedForward = *c.FeedForward
	}
	return cfg, validate(cfg.stack(), cfg.Vocab, cfg.Positions)
}

func parse(file []byte, v any) error {
	if err := json.Unmarshal(file, v); err != nil {
		return fmt.Errorf("text: config: %w", err)
	}
	return nil
}

// validate checks sizes that a file says.
func validate(stack transformer.Config, vocab, positions int) error {
	const most = 1 << 24
	if vocab < 1 || vocab > most {
		return fmt.Errorf("text: the vocabulary's size is %d, it may be 1 to %d", vocab, most)
	}
	if positions < 1 || positions > most {
		return fmt.Errorf("text: the number of positions is %d, it may be 1 to %d", positions, most)
	}
	if err := stack.Validate(); err != nil {
		return fmt.Errorf("text: %w", err)
	}
	return nil
}

// fitted tells what is wrong after a config was fitted. No size may be 0.
func fitted(model string, f *transformer.Fitting, stack transformer.Config, sizes ...int) error {
	err := f.Err()
	if err == nil {
		err = stack.Validate()
	}
	if err == nil && slices.Min(sizes) < 1 {
		err = errors.New("a tensor is empty")
	}
	if err != nil {
		return fmt.Errorf("text: %s: %w", model, err)
	}
	return nil
}
