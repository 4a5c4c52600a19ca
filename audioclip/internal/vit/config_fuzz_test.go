package vit

import "testing"

// What is accepted can be worked with.
func FuzzParseConfig(f *testing.F) {
	f.Add([]byte(`{"model_type": "clip", "vision_config": {"hidden_size": 64, "num_attention_heads": 4, "patch_size": 8}}`))
	f.Add([]byte(`{"model_type": "clip", "vision_config_dict": {"image_size": 1}, "vision_config": null}`))
	f.Add([]byte(`{"model_cfg": {"vision_cfg": {"layers": 12, "width": 64, "patch_size": 32}, "embed_dim": 3}}`))
	f.Fuzz(func(t *testing.T, file []byte) {
		for _, parse := range []func([]byte) (Config, error){ParseConfig, ParseOpenCLIPConfig} {
			if c, err := parse(file); err == nil && (c.Patch < 1 || c.Image < c.Patch || c.Width < 1 || c.Layers < 1 || c.Heads < 1) {
				t.Errorf("%+v", c)
			}
		}
	})
}
