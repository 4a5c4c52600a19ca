package train

import (
	"encoding/json"
	"fmt"
	"math"

	"github.com/soundspace/soundspace/audioclip/internal/text"
	"github.com/soundspace/soundspace/internal/nn"
	"github.com/soundspace/soundspace/internal/nn/autodiff"
	"github.com/soundspace/soundspace/internal/tokenizer"
)

// textEncoder is a CLIP text transformer that is trained. Its parameters have the
// names and shapes that Hugging Face's CLIPTextModelWithProjection gives them.
type textEncoder struct {
	cfg              text.CLIPConfig
	params           []*autodiff.Param
	words, positions *autodiff.Param
	blocks           []textBlock
	norm             affine
	projection       *autodiff.Param

	tokenizer *tokenizer.Tokenizer
	dir       string // of the tokenizer
}

type textBlock struct {
	norm1, query, key, value, out affine
	norm2, up, down               affine
}

// newTextEncoder returns an encoder with the random weights that CLIP begins with.
func newTextEncoder(cfg text.CLIPConfig, seed uint64) *textEncoder {
	p := &parameters{seed: seed}
	width := cfg.Width
	attention := 1 / math.Sqrt(float64(width))
	output := attention / math.Sqrt(2*float64(cfg.Layers)) // of what is added to the residual stream
	e := &textEncoder{
		cfg:       cfg,
		words:     p.normal("text_model.embeddings.token_embedding.weight", 0.02, cfg.Vocab, width),
		positions: p.normal("text_model.embeddings.position_embedding.weight", 0.01, cfg.Context, width),
	}
	for i := range cfg.Layers {
		name := fmt.Sprintf("text_model.encoder.layers.%d.", i)
		e.blocks = append(e.blocks, textBlock{
			norm1: p.norm(name+"layer_norm1", width),
			query: p.linear(name+"self_attn.q_proj", width, width, attention),
			key:   p.linear(name+"self_attn.k_proj", width, width, attention),
			value: p.linear(name+"self_attn.v_proj", width, width, attention),
			out:   p.linear(name+"self_attn.out_proj", width, width, output),
			norm2: p.norm(name+"layer_norm2", width),
			up:    p.linear(name+"mlp.fc1", cfg.FeedForward, width, 1/math.Sqrt(2*float64(width))),
			down:  p.linear(name+"mlp.fc2", width, cfg.FeedForward, output),
		})
	}
	e.norm = p.norm("text_model.final_layer_norm", width)
	e.projection = p.normal("text_projection.weight", attention, cfg.Embed, width)
	e.params = p.list
	return e
}

func (e *textEncoder) parameters() []*autodiff.Param { return e.params }
func (e *textEncoder) embed() int                    { return e.cfg.Embed }
func (e *textEncoder) write(dir string) error        { return copyText(dir, e.dir) }

func (e *textEncoder) tokens(text string) ([]int32, error) {
	ids, _ := e.tokenizer.Encode(text)
	return ids, nil
}

// config is the config.json of Hugging Face's CLIPTextModelWithProjection.
func (e *textEncoder) config() (json.RawMessage, error) {
	cfg := e.cfg
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

// forward returns a row for each text, given as token ids with the special ones.
func (e *textEncoder) forward(t *autodiff.Tape, texts [][]int32) *autodiff.Value {
	var ids []int32
	ends := make([]int, len(texts))
	lengths := make([]int, len(texts))
	for i, tokens := range texts {
		tokens = tokens[:e.end(tokens)+1] // what follows is not seen from there
		lengths[i] = len(tokens)
		ids = append(ids, tokens...)
		ends[i] = len(ids) - 1
	}
	x := t.Embedding(ids, e.words)
	x = t.Positions(x, lengths, e.positions)
	scale := float32(1 / math.Sqrt(float64(e.cfg.Width/e.cfg.Heads)))
	for i := range e.blocks {
		b := &e.blocks[i]
		h := t.LayerNorm(x, b.norm1.weight, b.norm1.bias, float32(e.cfg.Eps))
		q := t.Linear(h, b.query.weight, b.query.bias)
		k := t.Linear(h, b.key.weight, b.key.bias)
		v := t.Linear(h, b.value.weight, b.value.bias)
		h = t.Attention(q, k, v, e.cfg.Heads, scale, true, lengths)
		x = t.Add(x, t.Linear(h, b.out.weight, b.out.bias))
		h = t.LayerNorm(x, b.norm2.weight, b.norm2.bias, float32(e.cfg.Eps))
		h = t.Activation(t.Linear(h, b.up.weight, b.up.bias), e.cfg.Act)
		x = t.Add(x, t.Linear(h, b.down.weight, b.down.bias))
	}
	x = t.Rows(x, ends)
	x = t.LayerNorm(x, e.norm.weight, e.norm.bias, float32(e.cfg.Eps))
	return t.Linear(x, e.projection, nil)
}

// end returns the place of the end token.
func (e *textEncoder) end(tokens []int32) int {
	for i, id := range tokens {
		if int(id) == e.cfg.EndToken {
			return i
		}
	}
	panic("train: a text without end token")
}
