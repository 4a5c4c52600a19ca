package transformer

import (
	"github.com/soundspace/soundspace/audioclip/internal/params"
	"github.com/soundspace/soundspace/internal/checkpoint"
	"github.com/soundspace/soundspace/internal/nn"
)

// Names say where a checkpoint keeps the tensors of a block.
type Names struct {
	Block        string // prefix of block %d
	Norm1, Norm2 string
	// Query, Key and Value are separate layers, or QKV is what "weight" and "bias"
	// of all three in one, in this order, are appended to.
	Query, Key, Value, QKV string
	Out, Up, Down          string
	// Transposed tells that weights are [in, out] instead of [out, in].
	Transposed bool
}

// The layouts there are.
var (
	// OpenAI is that of OpenAI's CLIP and of OpenCLIP.
	OpenAI = Names{
		Block: "transformer.resblocks.%d.",
		Norm1: "ln_1", QKV: "attn.in_proj_", Out: "attn.out_proj",
		Norm2: "ln_2", Up: "mlp.c_fc", Down: "mlp.c_proj",
	}
	// HuggingFace is that of CLIPModel in Hugging Face's transformers.
	HuggingFace = Names{
		Block: "encoder.layers.%d.",
		Norm1: "layer_norm1", Query: "self_attn.q_proj", Key: "self_attn.k_proj", Value: "self_attn.v_proj",
		Out: "self_attn.out_proj", Norm2: "layer_norm2", Up: "mlp.fc1", Down: "mlp.fc2",
	}
	// BERT is that of BertModel and RobertaModel there.
	BERT = Names{
		Block: "encoder.layer.%d.",
		Query: "attention.self.query", Key: "attention.self.key", Value: "attention.self.value",
		Out: "attention.output.dense", Norm1: "attention.output.LayerNorm",
		Up: "intermediate.dense", Down: "output.dense", Norm2: "output.LayerNorm",
	}
	// GPT2 is that of GPT2Model there.
	GPT2 = Names{
		Block: "h.%d.",
		Norm1: "ln_1", QKV: "attn.c_attn.", Out: "attn.c_proj",
		Norm2: "ln_2", Up: "mlp.c_fc", Down: "mlp.c_proj", Transposed: true,
	}
)

func (n *Names) linear(set *params.Set, name string, out, in int, act nn.Activation) *nn.Linear {
	if !n.Transposed {
		return set.Linear(name, out, in, act)
	}
	l := set.LinearTransposed(name+".weight", in, out)
	l.Bias, l.Act = set.Floats(name+".bias", out), act
	return l
}

func (n *Names) qkv(set *params.Set, width int) *nn.Linear {
	switch {
	case n.QKV == "":
		var weights []*checkpoint.Tensor
		var biases [][]float32
		for _, name := range []string{n.Query, n.Key, n.Value} {
			weights = append(weights, set.Tensor(name+".weight", width, width))
			biases = append(biases, set.Floats(name+".bias", width))
		}
		return set.LinearOf(weights, biases)
	case n.Transposed:
		l := set.LinearTransposed(n.QKV+"weight", width, 3*width)
		l.Bias = set.Floats(n.QKV+"bias", 3*width)
		return l
	default:
		return set.LinearOf([]*checkpoint.Tensor{set.Tensor(n.QKV+"weight", 3*width, width)},
			[][]float32{set.Floats(n.QKV+"bias", 3*width)})
	}
}
