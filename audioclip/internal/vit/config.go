package vit

import (
	"encoding/json"
	"fmt"

	"github.com/soundspace/soundspace/audioclip/internal/transformer"
	"github.com/soundspace/soundspace/internal/nn"
)

// ParseConfig reads the vision part of Hugging Face's config.json of a CLIPModel or
// a CLIPVisionModelWithProjection. The length of a picture's vector is left open:
// the two tell it differently.
func ParseConfig(file []byte) (Config, error) {
	var whole struct {
		ModelType string          `json:"model_type"`
		Part      json.RawMessage `json:"vision_config"`
		Older     json.RawMessage `json:"vision_config_dict"`
	}
	if err := parse(file, &whole); err != nil {
		return Config{}, err
	}
	switch whole.ModelType {
	case "clip":
		file = whole.Part
		if transformer.IsGiven(whole.Older) { // it takes precedence, defaults included
			file = whole.Older
		}
	case "clip_vision_model":
	default:
		return Config{}, fmt.Errorf("vit: model type %q has no CLIP vision transformer", whole.ModelType)
	}
	c := struct {
		Image       int     `json:"image_size"`
		Patch       int     `json:"patch_size"`
		Channels    int     `json:"num_channels"`
		Width       int     `json:"hidden_size"`
		Layers      int     `json:"num_hidden_layers"`
		Heads       int     `json:"num_attention_heads"`
		FeedForward int     `json:"intermediate_size"`
		Act         string  `json:"hidden_act"`
		Eps         float64 `json:"layer_norm_eps"`
	}{
		Image: 224, Patch: 32, Channels: 3, Width: 768, Layers: 12, Heads: 12, FeedForward: 3072,
		Act: "quick_gelu", Eps: 1e-5,
	}
	if transformer.IsGiven(file) {
		if err := parse(file, &c); err != nil {
			return Config{}, err
		}
	}
	if c.Channels != 3 {
		return Config{}, fmt.Errorf("vit: pictures of %d channels are not supported", c.Channels)
	}
	act, err := transformer.ParseActivation(c.Act)
	if err != nil {
		return Config{}, fmt.Errorf("vit: %w", err)
	}
	cfg := Config{
		Image: c.Image, Patch: c.Patch, Width: c.Width, Layers: c.Layers, Heads: c.Heads, FeedForward: c.FeedForward,
		Act: act, Eps: c.Eps,
	}
	return cfg, cfg.validate()
}

// ParseOpenCLIPConfig reads the vision part of OpenCLIP's open_clip_config.json, or
// of one of the model configs that come with OpenCLIP.
func ParseOpenCLIPConfig(file []byte) (Config, error) {
	file, err := transformer.OpenCLIPModel(file)
	if err != nil {
		return Config{}, fmt.Errorf("vit: config: %w", err)
	}
	var m struct {
		Embed     int  `json:"embed_dim"`
		QuickGELU bool `json:"quick_gelu"`
		Vision    struct {
			Image         int             `json:"image_size"`
			Patch         *int            `json:"patch_size"`
			Width         int             `json:"width"`
			HeadWidth     int             `json:"head_width"`
			Layers        json.RawMessage `json:"layers"`
			Ratio         float64         `json:"mlp_ratio"`
			Pool          string          `json:"pool_type"`
			Positions     string          `json:"pos_embed_type"`
			Timm          string          `json:"timm_model_name"`
			AttentionPool bool            `json:"attentional_pool"`
			NoFirstNorm   bool            `json:"no_ln_pre"`
			NormLast      bool            `json:"final_ln_after_pool"`
			LayerScale    *float64        `json:"ls_init_value"`
			Act           struct {
				Approximate string `json:"approximate"`
			} `json:"act_kwargs"`
			Norm struct {
				Eps float64 `json:"eps"`
			} `json:"norm_kwargs"`
		} `json:"vision_cfg"`
	}
	patch := 16
	v := &m.Vision
	v.Image, v.Patch, v.Width, v.HeadWidth, v.Layers, v.Ratio = 224, &patch, 768, 64, json.RawMessage("12"), 4
	v.Pool, v.Positions, v.Norm.Eps = "tok", "learnable", 1e-5
	if err := parse(file, &m); err != nil {
		return Config{}, err
	}
	var layers int
	notLayers := json.Unmarshal(v.Layers, &layers) != nil // a ResNet has four numbers
	for _, option := range []struct {
		name string
		on   bool
	}{
		{"timm_model_name", v.Timm != ""},
		{"layers " + string(v.Layers), notLayers},
		{"patch_size null", v.Patch == nil},
		{"attentional_pool", v.AttentionPool},
		{"no_ln_pre", v.NoFirstNorm},
		{"ls_init_value", v.LayerScale != nil},
		{"pool_type " + v.Pool, v.Pool != "tok"},
		{"pos_embed_type " + v.Positions, v.Positions != "learnable"},
	} {
		if option.on {
			return Config{}, fmt.Errorf("vit: OpenCLIP's option %s is not supported", option.name)
		}
	}
	if !(v.Ratio > 0 && v.Ratio <= 64) {
		return Config{}, fmt.Errorf("vit: mlp_ratio is %g", v.Ratio)
	}
	if v.HeadWidth < 1 {
		return Config{}, fmt.Errorf("vit: head_width is %d", v.HeadWidth)
	}
	cfg := Config{
		Image: v.Image, Patch: *v.Patch, Width: v.Width, Layers: layers, Heads: v.Width / v.HeadWidth,
		FeedForward: int(float64(v.Width) * v.Ratio), Embed: m.Embed, Act: nn.GELU, Eps: v.Norm.Eps,
	}
	switch {
	case m.QuickGELU:
		cfg.Act = nn.QuickGELU
	case v.Act.Approximate == "tanh":
		cfg.Act = nn.GELUTanh
	}
	return cfg, cfg.validate()
}

func parse(file []byte, v any) error {
	if err := json.Unmarshal(file, v); err != nil {
		return fmt.Errorf("vit: config: %w", err)
	}
	return nil
}
