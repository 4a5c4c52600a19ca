package vit

import (
	"strings"
	"testing"

	"github.com/soundspace/soundspace/audioclip/internal/params"
	"github.com/soundspace/soundspace/internal/checkpoint"
	"github.com/soundspace/soundspace/internal/nn"
)

func TestParseConfig(t *testing.T) {
	base := Config{Image: 224, Patch: 32, Width: 768, Layers: 12, Heads: 12, FeedForward: 3072, Act: nn.QuickGELU, Eps: 1e-5}
	large := Config{Image: 224, Patch: 14, Width: 1024, Layers: 24, Heads: 16, FeedForward: 4096, Act: nn.QuickGELU, Eps: 1e-5}
	largeFile := `{"hidden_size": 1024, "intermediate_size": 4096, "num_attention_heads": 16, "num_hidden_layers": 24, "patch_size": 14}`
	for file, want := range map[string]Config{
		`{"model_type": "clip"}`:                                                                base,
		`{"model_type": "clip_vision_model"}`:                                                   base,
		`{"model_type": "clip", "vision_config": ` + largeFile + `}`:                            large,
		`{"model_type": "clip", "vision_config": {}, "vision_config_dict": ` + largeFile + `}`:  large,
		`{"model_type": "clip", "vision_config": {"image_size": 24}, "vision_config_dict": {}}`: base,
	} {
		if got, err := ParseConfig([]byte(file)); got != want || err != nil {
			t.Errorf("%s is %+v, %v", file, got, err)
		}
	}
}

// ViT-H-14 and ViT-B-16 of OpenCLIP, by their facts.
func TestParseOpenCLIPConfig(t *testing.T) {
	for file, want := range map[string]Config{
		`{"embed_dim": 1024, "vision_cfg": {"image_size": 224, "layers": 32, "width": 1280, "head_width": 80, "patch_size": 14}}`: {
			Image: 224, Patch: 14, Width: 1280, Layers: 32, Heads: 16, FeedForward: 5120, Embed: 1024, Act: nn.GELU, Eps: 1e-5},
		`{"model_cfg": {"embed_dim": 512, "quick_gelu": true, "vision_cfg": {"layers": 12, "width": 768, "patch_size": 16}}}`: {
			Image: 224, Patch: 16, Width: 768, Layers: 12, Heads: 12, FeedForward: 3072, Embed: 512, Act: nn.QuickGELU, Eps: 1e-5},
	} {
		if got, err := ParseOpenCLIPConfig([]byte(file)); got != want || err != nil {
			t.Errorf("%s is %+v, %v", file, got, err)
		}
	}
}

func TestParseErrors(t *testing.T) {
	huggingFace := func(f string) error { _, err := ParseConfig([]byte(f)); return err }
	openCLIP := func(f string) error { _, err := ParseOpenCLIPConfig([]byte(f)); return err }
	for _, test := range []struct {
		parse      func(string) error
		file, want string
	}{
		{huggingFace, ``, "config"},
		{huggingFace, `{"model_type": "siglip"}`, "siglip"},
		{huggingFace, `{"model_type": "clip_vision_model", "patch_size": 0}`, "patches of 0"},
		{huggingFace, `{"model_type": "clip_vision_model", "image_size": 1000000000}`, "1000000000"},
		{huggingFace, `{"model_type": "clip_vision_model", "num_channels": 1}`, "channels"},
		{huggingFace, `{"model_type": "clip_vision_model", "num_attention_heads": 13}`, "multiple"},
		{openCLIP, `{"vision_cfg": {"layers": [3, 4, 6, 3], "patch_size": null}}`, "layers [3, 4, 6, 3]"},
		{openCLIP, `{"vision_cfg": {"patch_size": null}}`, "patch_size"},
		{openCLIP, `{"vision_cfg": {"head_width": 0}}`, "head_width"},
		{openCLIP, `{"vision_cfg": {"timm_model_name": "convnext_base"}}`, "timm_model_name"},
		{openCLIP, `{"vision_cfg": {"pool_type": "avg"}}`, "avg"},
	} {
		if err := test.parse(test.file); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: error %v, expected one about %s", test.file, err, test.want)
		}
	}
}

func TestFitErrors(t *testing.T) {
	f, err := checkpoint.Open("testdata/openai.pt")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	set := params.New(fileSource{f}, nil)
	fitted, err := Config{}.Fit(set)
	want := Config{Image: 24, Patch: 8, Width: 64, Layers: 1, Heads: 1, FeedForward: 256, Embed: 16, Act: nn.QuickGELU, Eps: 1e-5}
	if fitted != want || err != nil {
		t.Errorf("%+v, %v", fitted, err)
	}
	for want, cfg := range map[string]Config{
		"positional_embedding": {Image: 224},
		"conv1":                {Patch: 16},
		"1 blocks":             {Layers: 12},
		"multiple":             {Heads: 5},
		"proj":                 {Embed: 512},
	} {
		if _, err := cfg.Fit(set); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: error %v, expected one about %s", cfg, err, want)
		}
	}
	if _, err := (Config{}).Fit(params.New(params.Map{}, nil)); err == nil {
		t.Error("no error without tensors")
	}
}
