package text

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/soundspace/soundspace/audioclip/internal/params"
	"github.com/soundspace/soundspace/internal/checkpoint"
	"github.com/soundspace/soundspace/internal/nn"
)

func TestParseCLIPConfig(t *testing.T) {
	base := CLIPConfig{
		Vocab: 49408, Context: 77, Width: 512, Layers: 12, Heads: 8, FeedForward: 2048,
		Act: nn.QuickGELU, Eps: 1e-5, EndToken: 49407,
	}
	large := base
	large.Width, large.Heads, large.FeedForward, large.EndToken = 768, 12, 3072, 0
	exact := base
	exact.Act = nn.GELU
	for file, want := range map[string]CLIPConfig{
		`{"model_type": "clip"}`:            base,
		`{"model_type": "clip_text_model"}`: base,
		`{"model_type": "clip", "text_config": {"hidden_act": "gelu"}, "text_config_dict": null}`:                                              exact,
		`{"model_type": "clip", "text_config": {"num_hidden_layers": 3}, "text_config_dict": {"hidden_act": "gelu"}}`:                          exact,
		`{"model_type": "clip", "text_config": {"hidden_size": 768, "num_attention_heads": 12, "intermediate_size": 3072, "eos_token_id": 2}}`: large,
	} {
		if got, err := ParseCLIPConfig([]byte(file)); got != want || err != nil {
			t.Errorf("%s is %+v, %v", file, got, err)
		}
	}
}

// Two of the configs that come with OpenCLIP, by their facts.
func TestParseOpenCLIPConfig(t *testing.T) {
	text := `"text_cfg": {"context_length": 77, "vocab_size": 49408, "width": 512, "heads": 8, "layers": 12}`
	want := CLIPConfig{
		Vocab: 49408, Context: 77, Width: 512, Layers: 12, Heads: 8, FeedForward: 2048, Embed: 512,
		Act: nn.GELU, Eps: 1e-5,
	}
	if got, err := ParseOpenCLIPConfig([]byte(`{"embed_dim": 512, ` + text + `}`)); got != want || err != nil {
		t.Errorf("ViT-B-32 is %+v, %v", got, err)
	}
	want.Act = nn.QuickGELU
	file := `{"model_cfg": {"embed_dim": 512, "quick_gelu": true, ` + text + `}, "preprocess_cfg": {}}`
	if got, err := ParseOpenCLIPConfig([]byte(file)); got != want || err != nil {
		t.Errorf("ViT-B-32-quickgelu is %+v, %v", got, err)
	}
}

func TestParseErrors(t *testing.T) {
	clip := func(f string) error { _, err := ParseCLIPConfig([]byte(f)); return err }
	openCLIP := func(f string) error { _, err := ParseOpenCLIPConfig([]byte(f)); return err }
	bert := func(f string) error { _, err := ParseBERTConfig([]byte(f)); return err }
	gpt2 := func(f string) error { _, err := ParseGPT2Config([]byte(f)); return err }
	for _, test := range []struct {
		parse      func(string) error
		file, want string
	}{
		{clip, ``, "config"},
		{clip, `[]`, "config"},
		{clip, `{"model_type": "siglip"}`, "siglip"},
		{clip, `{"model_type": "clip_text_model", "hidden_size": -512}`, "-512"},
		{clip, `{"model_type": "clip_text_model", "hidden_size": 1e3}`, "hidden_size"},
		{clip, `{"model_type": "clip_text_model", "num_attention_heads": 7}`, "multiple"},
		{clip, `{"model_type": "clip_text_model", "vocab_size": 99999999999}`, "vocabulary"},
		{clip, `{"model_type": "clip_text_model", "eos_token_id": 49408}`, "end token"},
		{clip, `{"model_type": "clip_text_model", "hidden_act": "swish"}`, "swish"},
		{clip, `{"model_type": "clip", "text_config": {"max_position_embeddings": 0}}`, "positions"},
		{openCLIP, `{"text_cfg": {"hf_model_name": "roberta-base"}}`, "hf_model_name"},
		{openCLIP, `{"text_cfg": {"pool_type": "last"}}`, "last"},
		{openCLIP, `{"text_cfg": {"no_causal_mask": true}}`, "no_causal_mask"},
		{openCLIP, `{"text_cfg": {"mlp_ratio": -1}}`, "mlp_ratio"},
		{openCLIP, `{"text_cfg": {"layers": 100000}}`, "layers"},
		{bert, `{"model_type": "mpnet"}`, "mpnet"},
		{bert, `{"model_type": "bert", "position_embedding_type": "relative_key"}`, "relative_key"},
		{bert, `{"model_type": "bert", "layer_norm_eps": 0}`, "epsilon"},
		{bert, `{"model_type": "roberta", "pad_token_id": 511}`, "511"},
		{bert, `{"model_type": "roberta", "pad_token_id": -1}`, "-1"},
		{gpt2, `{"model_type": "gpt_neo"}`, "gpt_neo"},
		{gpt2, `{"model_type": "gpt2", "n_inner": 0}`, "feed-forward"},
		{gpt2, `{"model_type": "gpt2", "scale_attn_by_inverse_layer_idx": true}`, "scale_attn"},
	} {
		if err := test.parse(test.file); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: error %v, expected one about %s", test.file, err, test.want)
		}
	}
}

// What is wrong with a checkpoint is told before memory is taken for it.
func TestFitErrors(t *testing.T) {
	all := goldens(t)
	g := all["CLIP quick"]
	cfg, err := ParseCLIPConfig(g.Config)
	if err != nil {
		t.Fatal(err)
	}
	set := open(t, "testdata/"+g.File)
	for want, change := range map[string]func(*CLIPConfig){
		"2 blocks, the config says 900": func(c *CLIPConfig) { c.Layers = 900 },
		"token_embedding":               func(c *CLIPConfig) { c.Vocab = 1 << 24 },
		"position_embedding":            func(c *CLIPConfig) { c.Context = 77 },
		"fc1":                           func(c *CLIPConfig) { c.FeedForward = 57 },
		"text_projection":               func(c *CLIPConfig) { c.Embed = 17 },
		"multiple":                      func(c *CLIPConfig) { c.Heads = 5 },
	} {
		wrong := cfg
		change(&wrong)
		if _, err := wrong.Fit(set); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, expected one about %s", err, want)
		}
	}
	if _, err := (BERTConfig{Heads: 4, Eps: 1e-5}).Fit(set); err == nil || !strings.Contains(err.Error(), "missing") {
		t.Errorf("a BERT in a file without one: %v", err)
	}
	for _, shape := range [][]int{{}, {3}, {0, 0}, {2, 3, 4}} {
		n := 1
		for _, d := range shape {
			n *= d
		}
		set := params.New(params.Map{"wte.weight": checkpoint.FromFloats("wte.weight", shape, make([]float32, n))}, nil)
		if _, err := (GPT2Config{Heads: 1, Eps: 1e-5}).Fit(set); err == nil {
			t.Errorf("no error for embeddings of shape %v", shape)
		}
	}
}

func TestReadSentence(t *testing.T) {
	files := func(modules, pooling string) fstest.MapFS {
		return fstest.MapFS{
			"modules.json":          {Data: []byte(modules)},
			"1_Pooling/config.json": {Data: []byte(pooling)},
		}
	}
	module := func(kind, path string) string {
		return `{"idx": 0, "name": "0", "path": "` + path + `", "type": "sentence_transformers.models.` + kind + `"}`
	}
	three := "[" + module("Transformer", "") + "," + module("Pooling", "1_Pooling") + "," + module("Normalize", "2_Normalize") + "]"
	two := "[" + module("Transformer", "0_Transformer") + "," + module("Pooling", "1_Pooling") + "]"
	cls := `{"word_embedding_dimension": 8, "pooling_mode_cls_token": true, "pooling_mode_mean_tokens": false, "include_prompt": true}`
	mean := `{"pooling_mode_cls_token": false, "pooling_mode_mean_tokens": true}`

	got, err := ReadSentence(files(three, mean), ".")
	if want := (Sentence{Encoder: ".", Pooling: Mean, Normalize: true}); got != want || err != nil {
		t.Errorf("%+v, %v", got, err)
	}
	limited := files(two, cls)
	limited["0_Transformer/sentence_bert_config.json"] = &fstest.MapFile{Data: []byte(`{"max_seq_length": 128}`)}
	got, err = ReadSentence(limited, ".")
	if want := (Sentence{Encoder: "0_Transformer", Pooling: CLS, MaxTokens: 128}); got != want || err != nil {
		t.Errorf("%+v, %v", got, err)
	}
	for config, want := range map[string]Pooling{
		`{"embedding_dimension": 384, "pooling_mode": "cls", "include_prompt": true}`: CLS,
		`{"pooling_mode": "mean", "pooling_mode_cls_token": true}`:                    Mean,
		`{"pooling_mode": ["cls"]}`:                                                   CLS,
		`{}`:                                                                          Mean,
	} {
		if got, err := ReadSentence(files(three, config), "."); got.Pooling != want || err != nil {
			t.Errorf("%s: %+v, %v", config, got, err)
		}
	}
	for want, dir := range map[string]fstest.MapFS{
		"modules.json":                  {},
		"config":                        files("{", mean),
		"Transformer, Pooling, Dense":   files(two[:len(two)-1]+","+module("Dense", "2_Dense")+"]", mean),
		"model of Pooling, Transformer": files("["+module("Pooling", "1_Pooling")+","+module("Transformer", "")+"]", mean),
		"pooling_mode_max_tokens":       files(two, `{"pooling_mode_max_tokens": true}`),
		"2 ways":                        files(two, `{"pooling_mode_cls_token": true, "pooling_mode_mean_tokens": true}`),
		"pooling lasttoken":             files(two, `{"pooling_mode": "lasttoken"}`),
		"pooling 3":                     files(two, `{"pooling_mode": 3}`),
		"3 ways":                        files(two, `{"pooling_mode": ["mean", "cls", "max"]}`),
		`"../1_Pooling" is not in`:      files(strings.Replace(two, "1_Pooling", "../1_Pooling", 1), mean),
	} {
		if _, err := ReadSentence(dir, "."); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, expected one about %s", err, want)
		}
	}
}

// A config that is read without error is one that makes sense.
func FuzzParse(f *testing.F) {
	f.Add([]byte(`{"model_type": "clip", "text_config": {"hidden_size": 64, "num_attention_heads": 4}}`))
	f.Add([]byte(`{"model_type": "bert", "pad_token_id": 3}`))
	f.Add([]byte(`{"model_type": "roberta", "max_position_embeddings": 5}`))
	f.Add([]byte(`{"model_type": "gpt2", "n_inner": null}`))
	f.Add([]byte(`{"model_cfg": {"text_cfg": {"mlp_ratio": 4.5}}, "embed_dim": 3}`))
	f.Fuzz(func(t *testing.T, file []byte) {
		if c, err := ParseCLIPConfig(file); err == nil && (c.stack().Validate() != nil || c.Vocab < 1 || c.Context < 1) {
			t.Errorf("CLIP: %+v", c)
		}
		if c, err := ParseOpenCLIPConfig(file); err == nil && (c.stack().Validate() != nil || c.Vocab < 1 || c.Context < 1) {
			t.Errorf("OpenCLIP: %+v", c)
		}
		if c, err := ParseBERTConfig(file); err == nil && (c.stack().Validate() != nil || c.Vocab < 1 || c.MaxTokens() < 1) {
			t.Errorf("BERT: %+v", c)
		}
		if c, err := ParseGPT2Config(file); err == nil && (c.stack().Validate() != nil || c.Vocab < 1 || c.Positions < 1) {
			t.Errorf("GPT-2: %+v", c)
		}
	})
}
