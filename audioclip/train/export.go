package train

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/soundspace/soundspace/audioclip/internal/soundnet"
	"github.com/soundspace/soundspace/audioclip/internal/text"
	"github.com/soundspace/soundspace/internal/aside"
	"github.com/soundspace/soundspace/internal/checkpoint"
	"github.com/soundspace/soundspace/internal/nn"
	"github.com/soundspace/soundspace/internal/nn/autodiff"
)

// writeModel writes the folder of a model, which audioclip.Open opens: its weights as
// binary16 (but the statistics of normalisations and single numbers, as they are), its
// config.json and the files of its tokenizer, which are copied from a folder ("": none).
func writeModel(dir string, config soundnet.Model, params []*autodiff.Param, tokenizer string) error {
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return err
	}
	data, err := json.MarshalIndent(config, "", "  ")
	if err != nil {
		return err
	}
	if err := writeFile(filepath.Join(dir, "config.json"), append(data, '\n')); err != nil {
		return err
	}
	if tokenizer != "" {
		for _, name := range tokenizerFiles {
			data, err := os.ReadFile(filepath.Join(tokenizer, name))
			if err != nil {
				return err
			}
			if err := writeFile(filepath.Join(dir, name), data); err != nil {
				return err
			}
		}
	}
	tensors := make([]*checkpoint.Tensor, len(params))
	for i, p := range params {
		if len(p.Shape) > 1 {
			tensors[i] = checkpoint.Float16FromFloats(p.Name, p.Shape, p.Data)
		} else {
			tensors[i] = checkpoint.FromFloats(p.Name, p.Shape, p.Data)
		}
	}
	return aside.Write(filepath.Join(dir, "model.safetensors"), nil, func(w io.Writer) error {
		return checkpoint.WriteSafetensors(w, tensors, map[string]string{"format": "pt"})
	})
}

// tokenizerFiles are what tokenizer.Vocabulary writes.
var tokenizerFiles = []string{"vocab.json", "merges.txt", "tokenizer_config.json"}

func writeFile(path string, data []byte) error {
	return aside.Write(path, nil, func(w io.Writer) error {
		_, err := w.Write(data)
		return err
	})
}

// textConfig is the config.json of Hugging Face's CLIPTextModelWithProjection.
func textConfig(cfg text.CLIPConfig) (json.RawMessage, error) {
	act, ok := map[nn.Activation]string{nn.GELU: "gelu", nn.QuickGELU: "quick_gelu", nn.ReLU: "relu", nn.GELUTanh: "gelu_new"}[cfg.Act]
	if !ok {
		return nil, fmt.Errorf("train: a text encoder with activation %d", cfg.Act)
	}
	return json.Marshal(struct {
		ModelType   string  `json:"model_type"`
		Vocab       int     `json:"vocab_size"`
		Context     int     `json:"max_position_embeddings"`
		Width       int     `json:"hidden_size"`
		Layers      int     `json:"num_hidden_layers"`
		Heads       int     `json:"num_attention_heads"`
		FeedForward int     `json:"intermediate_size"`
		Act         string  `json:"hidden_act"`
		Eps         float64 `json:"layer_norm_eps"`
		EndToken    int     `json:"eos_token_id"`
		Projection  int     `json:"projection_dim"`
	}{"clip_text_model", cfg.Vocab, cfg.Context, cfg.Width, cfg.Layers, cfg.Heads, cfg.FeedForward, act, cfg.Eps, cfg.EndToken, cfg.Embed})
}
