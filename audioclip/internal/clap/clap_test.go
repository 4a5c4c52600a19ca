package clap

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"os"
	"strings"
	"testing"

	"github.com/soundspace/soundspace/audioclip/internal/htsat"
	"github.com/soundspace/soundspace/audioclip/internal/params"
	"github.com/soundspace/soundspace/internal/checkpoint"
	"github.com/soundspace/soundspace/internal/nn"
	"github.com/soundspace/soundspace/internal/stream"
)

// golden is what an original implementation computes: see testdata/make.py.
type golden struct {
	Mels       int
	Recordings []struct {
		Name   string
		Frames int
		Longer bool
	}
	Texts  [][]int
	Audio  [][]float64 `json:"audio_embeds"`
	Text   [][]float64 `json:"text_embeds"`
	Pooled [][]float64
	Fine   [][]float64 // beginnings of those of the second recording
	Scale  float64
}

func (g *golden) inputs() []htsat.Input {
	var inputs []htsat.Input
	for _, r := range g.Recordings {
		in := htsat.Input{Longer: r.Longer}
		for p := range 4 {
			x := nn.NewMatrix(make([]float32, r.Frames*g.Mels), r.Frames, g.Mels)
			for i, u := range stream.Uniform(fmt.Sprintf("%s.%d", r.Name, p), len(x.Data)) {
				x.Data[i] = float32(-100 + 130*u)
			}
			in.Planes = append(in.Planes, x)
		}
		inputs = append(inputs, in)
	}
	return inputs
}

func readGolden(t *testing.T, folder string) *golden {
	t.Helper()
	file, err := os.ReadFile("testdata/" + folder + "/golden.json")
	if err != nil {
		t.Fatal(err)
	}
	g := new(golden)
	if err := json.Unmarshal(file, g); err != nil {
		t.Fatal(err)
	}
	return g
}

// tensors reads a checkpoint.
func tensors(t testing.TB, path string) map[string]*checkpoint.Tensor {
	t.Helper()
	file, err := checkpoint.Open("testdata/" + path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { file.Close() })
	all := map[string]*checkpoint.Tensor{}
	for _, name := range file.Names() {
		all[name] = file.Tensor(name)
	}
	return params.Unwrap(all)
}

func readConfig(t testing.TB, folder string) *Config {
	t.Helper()
	file, err := os.ReadFile("testdata/" + folder + "/config.json")
	if err != nil {
		t.Fatal(err)
	}
	cfg, err := ParseConfig(file)
	if err != nil {
		t.Fatal(err)
	}
	return &cfg
}

// compare checks rows against what they should be, and their cosines.
func compare(t *testing.T, what string, got nn.Matrix, want [][]float64, tolerance float64) {
	t.Helper()
	if got.Rows != len(want) {
		t.Fatalf("%s: %d rows, want %d", what, got.Rows, len(want))
	}
	for i, want := range want {
		var worst, dot, gg, ww float64
		for j, w := range want {
			g := float64(got.Row(i)[j])
			worst = math.Max(worst, math.Abs(g-w))
			dot, gg, ww = dot+g*w, gg+g*g, ww+w*w
		}
		if cosine := dot / math.Sqrt(gg*ww); !(worst <= tolerance && cosine >= 0.9999999) {
			t.Errorf("%s %d differs by %g, cosine %.9f", what, i, worst, cosine)
		}
	}
}

// check compares a model with a golden.
func check(t *testing.T, m *Model, g *golden) {
	t.Helper()
	c := nn.NewContext(2)
	inputs := g.inputs()
	audio, texts := c.Matrix(len(inputs), m.Config.Dim), c.Matrix(len(g.Texts), m.Config.Dim)
	pooled := c.Matrix(len(inputs), m.Config.Audio.Dim())
	m.Audio.Encoder().Encode(c, pooled, inputs)
	compare(t, "pooled", pooled, g.Pooled, 2e-5)
	m.Audio.Encode(c, audio, inputs)
	m.Text.Encode(c, texts, g.Texts)
	for _, x := range []nn.Matrix{audio, texts} {
		for i := range x.Rows {
			nn.NormalizeL2(x.Row(i))
		}
	}
	compare(t, "audio", audio, g.Audio, 2e-5)
	compare(t, "text", texts, g.Text, 1e-5)
	if math.Abs(m.Scale-g.Scale) > 1e-5*g.Scale {
		t.Errorf("scale is %g, want %g", m.Scale, g.Scale)
	}
	if g.Fine != nil {
		e := m.Audio.Encoder()
		frames := c.Matrix(e.Steps(), m.Config.Audio.Dim())
		e.Frames(c, frames, inputs[1])
		compare(t, "step", frames, g.Fine, 5e-5)
	}
}

func TestHuggingFace(t *testing.T) {
	for _, test := range []struct{ folder, file string }{
		{"unfused", "model.safetensors"}, {"unfused", "pytorch_model.bin"}, {"fused", "model.safetensors"},
	} {
		t.Run(test.folder+"/"+test.file, func(t *testing.T) {
			m, err := Load(tensors(t, test.folder+"/"+test.file), Options{Config: readConfig(t, test.folder), Audio: true, Text: true})
			if err != nil {
				t.Fatal(err)
			}
			if m.Layout != HuggingFace {
				t.Errorf("layout is %v", m.Layout)
			}
			check(t, m, readGolden(t, test.folder))
		})
	}
}

// A training checkpoint, with names that begin with "module." and the state of an
// optimiser.
func TestLAION(t *testing.T) {
	m, err := Load(tensors(t, "laion/model.pt"), Options{Audio: true, Text: true})
	if err != nil {
		t.Fatal(err)
	}
	if m.Layout != LAION {
		t.Errorf("layout is %v", m.Layout)
	}
	check(t, m, readGolden(t, "laion"))
}

// openCLIP names the tensors of laion_clap's state as OpenCLIP does: see
// src/open_clip/audio/convert.py there.
func openCLIP(all map[string]*checkpoint.Tensor) map[string]*checkpoint.Tensor {
	named := map[string]*checkpoint.Tensor{}
	for name, tensor := range all {
		if name == "logit_scale_t" || strings.Contains(name, "_transform.") || strings.Contains(name, "extractor") {
			continue
		}
		for _, r := range [][2]string{
			{"logit_scale_a", "logit_scale"}, {"audio_branch.", "audio.encoder."}, {"audio_projection.", "audio.proj."},
			{"text_branch.", "text.transformer."}, {"text_projection.", "text.proj."},
		} {
			if rest, ok := strings.CutPrefix(name, r[0]); ok {
				name = r[1] + rest
				break
			}
		}
		named[name] = tensor
	}
	return named
}

func TestOpenCLIP(t *testing.T) {
	m, err := Load(openCLIP(tensors(t, "laion/model.pt")), Options{Audio: true, Text: true})
	if err != nil {
		t.Fatal(err)
	}
	if m.Layout != OpenCLIP {
		t.Errorf("layout is %v", m.Layout)
	}
	check(t, m, readGolden(t, "laion"))
}

func TestTowers(t *testing.T) {
	all := tensors(t, "unfused/model.safetensors")
	cfg := readConfig(t, "unfused")
	for _, o := range []Options{{Config: cfg, Audio: true}, {Config: cfg, Text: true}} {
		m, err := Load(all, o)
		if err != nil {
			t.Fatal(err)
		}
		if (m.Audio != nil) != o.Audio || (m.Text != nil) != o.Text {
			t.Errorf("%+v: audio %v, text %v", o, m.Audio != nil, m.Text != nil)
		}
	}
}

// Tensors that do not fit are named.
func TestLoadErrors(t *testing.T) {
	cfg := readConfig(t, "fused")
	const block = "audio_model.audio_encoder.layers.1.blocks.1."
	zeros := func(shape ...int) *checkpoint.Tensor {
		n := 1
		for _, d := range shape {
			n *= d
		}
		return checkpoint.FromFloats("", shape, make([]float32, n))
	}
	for name, tensor := range map[string]*checkpoint.Tensor{
		"audio_model.audio_encoder.batch_norm.weight":                  zeros(32),
		"audio_model.audio_encoder.patch_embed.proj.weight":            zeros(8, 4, 4, 4),
		"audio_model.audio_encoder.patch_embed.mel_conv2d.weight":      nil,
		"audio_model.audio_encoder.norm.weight":                        nil,
		"audio_model.audio_encoder.layers.0.downsample.norm.bias":      zeros(8),
		block + "intermediate.dense.weight":                            nil,
		block + "output.dense.weight":                                  zeros(16, 16),
		block + "attention.self.query.weight":                          nil,
		block + "attention.self.relative_position_bias_table":          zeros(225, 2),
		"audio_model.audio_encoder.layers.2.blocks.0.layernorm.weight": zeros(4),
		"audio_model.audio_encoder.patch_embed.fusion_model.x":         zeros(1),
		"audio_projection.linear1.weight":                              zeros(13, 16),
		"audio_projection.linear2.weight":                              nil,
		"text_projection.linear2.bias":                                 zeros(1),
		"text_model.pooler.dense.weight":                               nil,
		"text_model.embeddings.word_embeddings.weight":                 zeros(40, 17),
		"text_model.encoder.layer.1.attention.self.value.bias":         zeros(2, 8),
		"logit_scale_a": zeros(1, 1),
		"another":       zeros(),
	} {
		all := maps.Clone(tensors(t, "fused/model.safetensors"))
		if tensor == nil {
			delete(all, name)
		} else {
			all[name] = tensor
		}
		_, err := Load(all, Options{Config: cfg, Audio: true, Text: true})
		last := name[strings.LastIndexByte(strings.TrimSuffix(strings.TrimSuffix(name, ".weight"), ".bias"), '.')+1:]
		if err == nil || !strings.Contains(err.Error(), last) && !strings.Contains(err.Error(), "blocks") {
			t.Errorf("%s: error %v", name, err)
		}
	}
	if _, err := Load(nil, Options{Config: cfg}); err == nil {
		t.Error("no tensors: no error")
	}
}

func TestParseConfigErrors(t *testing.T) {
	file, err := os.ReadFile("testdata/unfused/config.json")
	if err != nil {
		t.Fatal(err)
	}
	for part, values := range map[string]map[string][]string{
		"": {
			"model_type":            {`"clip"`, `1`},
			"projection_dim":        {`0`, `-1`, `1e9`, `"x"`},
			"projection_hidden_act": {`"swish"`},
			"audio_config":          {`1`, `[]`},
			"text_config":           {`1`, `"x"`},
		},
		"audio_config": {
			"num_mel_bins":               {`0`, `-16`, `15`, `3.5`, `99999999999999999999`},
			"spec_size":                  {`0`, `-64`, `63`, `1000000000`, `24`},
			"patch_embeds_hidden_size":   {`0`, `-8`, `7`, `1000000000`},
			"depths":                     {`[]`, `[0, 2]`, `[2]`, `[2, 1000000000]`, `[2, 2, 2]`, `[2, -1]`, `"x"`},
			"num_attention_heads":        {`[]`, `[0, 4]`, `[3, 4]`, `[2]`, `[2, 1000000]`},
			"window_size":                {`0`, `-1`, `3`, `1000000`, `[4, 4]`},
			"patch_size":                 {`8`, `[4, 8]`, `[4]`, `"x"`},
			"patch_stride":               {`2`, `[4, 4, 4]`},
			"hidden_size":                {`8`, `0`},
			"mlp_ratio":                  {`2`, `0`},
			"qkv_bias":                   {`false`},
			"hidden_act":                 {`"relu"`},
			"layer_norm_eps":             {`0`, `-1`, `1e300`},
			"fusion_type":                {`"channel_map"`},
			"aff_block_r":                {`0`},
			"patch_embed_input_channels": {`3`},
		},
		"text_config": {
			"vocab_size":          {`0`, `-1`, `1e12`},
			"num_attention_heads": {`0`, `3`},
			"hidden_size":         {`0`, `-16`},
			"num_hidden_layers":   {`-1`, `1000000000`},
			"hidden_act":          {`"x"`},
		},
	} {
		for key, values := range values {
			for _, value := range values {
				var whole map[string]json.RawMessage
				if err := json.Unmarshal(file, &whole); err != nil {
					t.Fatal(err)
				}
				if part == "" {
					whole[key] = json.RawMessage(value)
				} else {
					var inner map[string]json.RawMessage
					if err := json.Unmarshal(whole[part], &inner); err != nil {
						t.Fatal(err)
					}
					inner[key] = json.RawMessage(value)
					whole[part], _ = json.Marshal(inner)
				}
				changed, err := json.Marshal(whole)
				if err != nil {
					t.Fatal(err)
				}
				if cfg, err := ParseConfig(changed); err == nil {
					t.Errorf("%s.%s = %s: no error, %+v", part, key, value, cfg)
				}
			}
		}
	}
}

// A config that contradicts the tensors is an error, before anything large is made.
func TestConfigAgainstTensors(t *testing.T) {
	all := tensors(t, "unfused/model.safetensors")
	for name, change := range map[string]func(*Config){
		"mels":        func(c *Config) { c.Audio.Mels = 32 },
		"width":       func(c *Config) { c.Audio.Width = 1 << 14 },
		"depths":      func(c *Config) { c.Audio.Depths = []int{2, 1000} },
		"stages":      func(c *Config) { c.Audio.Depths, c.Audio.Heads = []int{2}, []int{2} },
		"heads":       func(c *Config) { c.Audio.Heads = []int{1, 4} },
		"window":      func(c *Config) { c.Audio.Window = 8 },
		"fusion":      func(c *Config) { c.Audio.Fusion, c.Audio.FusionWidth = true, 2 },
		"dim":         func(c *Config) { c.Dim = 1 << 16 },
		"vocabulary":  func(c *Config) { c.Text.Vocab = 1 << 24 },
		"layers":      func(c *Config) { c.Text.Layers = 100 },
		"feedforward": func(c *Config) { c.Text.FeedForward = 1 << 20 },
		"positions":   func(c *Config) { c.Text.Positions = 1 << 20 },
	} {
		cfg := readConfig(t, "unfused")
		change(cfg)
		if _, err := Load(all, Options{Config: cfg, Audio: true, Text: true}); err == nil {
			t.Errorf("%s: no error", name)
		} else {
			t.Logf("%s: %v", name, err)
		}
	}
}
