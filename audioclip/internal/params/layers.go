package params

import (
	"slices"

	"github.com/soundspace/soundspace/internal/checkpoint"
	"github.com/soundspace/soundspace/internal/nn"
)

// Linear returns the layer of name.weight [out, in] and name.bias [out].
func (s *Set) Linear(name string, out, in int, act nn.Activation) *nn.Linear {
	l := s.LinearNoBias(name, out, in)
	l.Bias, l.Act = s.Floats(name+".bias", out), act
	return l
}

// LinearNoBias returns the layer of name.weight [out, in].
func (s *Set) LinearNoBias(name string, out, in int) *nn.Linear {
	return s.LinearOf([]*checkpoint.Tensor{s.Tensor(name+".weight", out, in)}, nil)
}

// LinearOf returns one layer of several weight matrices [out, in] one above the
// other, such as those of queries, keys and values, and their biases (nil: none).
func (s *Set) LinearOf(weights []*checkpoint.Tensor, biases [][]float32) *nn.Linear {
	in := weights[0].Shape[1]
	parts := make([][]float32, len(weights))
	for i, w := range weights {
		parts[i] = w.Floats()
	}
	all := parts[0]
	if len(parts) > 1 {
		all = slices.Concat(parts...)
	}
	var bias []float32
	for _, b := range biases {
		bias = append(bias, b...)
	}
	l := &nn.Linear{
		Weights: nn.NewWeights(nn.NewMatrix(all, len(all)/in, in), s.shared.storage(weights[0].DType)),
		Bias:    bias,
	}
	for _, w := range weights {
		w.Release()
	}
	return l
}

// LinearTransposed returns the layer of a tensor [in, out] without bias, such as
// CLIP's text_projection.
func (s *Set) LinearTransposed(name string, in, out int) *nn.Linear {
	w := s.Tensor(name, in, out)
	l := &nn.Linear{Weights: nn.NewWeights(nn.NewMatrix(w.Floats(), in, out).T(), s.shared.storage(w.DType))}
	w.Release()
	return l
}

// LayerNorm returns the layer of name.weight and name.bias.
func (s *Set) LayerNorm(name string, n int, eps float64) *nn.LayerNorm {
	return &nn.LayerNorm{Weight: s.Floats(name+".weight", n), Bias: s.Floats(name+".bias", n), Eps: float32(eps)}
}

// BatchNorm returns the layer of name.weight, .bias, .running_mean and .running_var.
func (s *Set) BatchNorm(name string, n int, eps float64) *nn.BatchNorm {
	s.Ignore(name + ".num_batches_tracked")
	return nn.NewBatchNorm(s.Floats(name+".weight", n), s.Floats(name+".bias", n),
		s.Floats(name+".running_mean", n), s.Floats(name+".running_var", n), eps)
}

// Conv2D returns the convolution of name.weight [out, in/groups, kh, kw], and of
// name.bias if there is one, followed by a batch normalisation if norm is not nil.
func (s *Set) Conv2D(name string, out, in, kh, kw int, cfg nn.ConvConfig, norm *nn.BatchNorm) *nn.Conv2D {
	t := s.Tensor(name+".weight", out, in/max(cfg.Groups, 1), kh, kw)
	w := t.Floats()
	var b []float32
	if s.Has(name + ".bias") {
		b = s.Floats(name+".bias", out)
	}
	if norm != nil {
		w, b = norm.Fold(w, b)
	}
	cfg.Storage = s.shared.storage(t.DType)
	conv := nn.NewConv2D(w, b, out, in, kh, kw, cfg)
	t.Release()
	return conv
}

// Embedding returns the table of name.weight [rows, width].
func (s *Set) Embedding(name string, rows, width int) *Embedding {
	return &Embedding{table: s.Tensor(name+".weight", rows, width), Rows: rows, Width: width}
}

// Embedding is a table of vectors, which stays in the checkpoint's memory.
type Embedding struct {
	table       *checkpoint.Tensor
	Rows, Width int
}

// NewEmbedding returns the table of a tensor [rows, width].
func NewEmbedding(t *checkpoint.Tensor) *Embedding {
	return &Embedding{table: t, Rows: t.Shape[0], Width: t.Shape[1]}
}

// Row copies row i to dst, which has Width values.
func (e *Embedding) Row(dst []float32, i int) {
	if i < 0 || i >= e.Rows {
		panic("params: embedding of an unknown token")
	}
	e.table.Row(dst, i)
}
