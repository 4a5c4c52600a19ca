package clap

import (
	"os"
	"testing"
)

// What is accepted can be worked with.
func FuzzParseConfig(f *testing.F) {
	for _, folder := range []string{"unfused", "fused"} {
		file, err := os.ReadFile("testdata/" + folder + "/config.json")
		if err != nil {
			f.Fatal(err)
		}
		f.Add(file)
	}
	f.Add([]byte(`{"model_type": "clap"}`))
	f.Add([]byte(`{"model_type": "clap", "projection_dim": -1, "audio_config": {"depths": [2, 2]}, "text_config": null}`))
	f.Fuzz(func(t *testing.T, file []byte) {
		if c, err := ParseConfig(file); err == nil && (c.Dim < 1 || len(c.Audio.Depths) != len(c.Audio.Heads) || c.Text.MaxTokens() < 1) {
			t.Errorf("%+v", c)
		}
	})
}
