package autodiff

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"testing"

	"github.com/soundspace/soundspace/internal/nn"
	"github.com/soundspace/soundspace/internal/stream"
)

// transformer is a CLIP-style text tower: pre-normalised, causal, the last token of
// a sequence stands for it.
type transformer struct {
	heads, layers int
	params        map[string]*Param
}

func newTransformer(vocabulary, context, width, heads, layers, out int) *transformer {
	m := &transformer{heads: heads, layers: layers, params: map[string]*Param{}}
	add := func(name string, shape ...int) {
		m.params[name+".weight"] = NewParam(name+".weight", true, shape...)
	}
	both := func(name string, shape ...int) {
		add(name, shape...)
		m.params[name+".bias"] = NewParam(name+".bias", false, shape[0])
	}
	add("token_embedding", vocabulary, width)
	add("position_embedding", context, width)
	for i := range layers {
		layer := fmt.Sprintf("layers.%d.", i)
		both(layer+"ln_1", width)
		for _, name := range []string{"q", "k", "v", "o"} {
			both(layer+name, width, width)
		}
		both(layer+"ln_2", width)
		both(layer+"fc", 4*width, width)
		both(layer+"proj", width, 4*width)
	}
	both("ln_final", width)
	add("projection", out, width)
	return m
}

func (m *transformer) linear(t *Tape, x *Value, name string) *Value {
	return t.Linear(x, m.params[name+".weight"], m.params[name+".bias"])
}

func (m *transformer) norm(t *Tape, x *Value, name string) *Value {
	return t.LayerNorm(x, m.params[name+".weight"], m.params[name+".bias"], 1e-5)
}

func (m *transformer) encode(t *Tape, ids []int32, lengths []int) *Value {
	x := t.Embedding(ids, m.params["token_embedding.weight"])
	x = t.Positions(x, lengths, m.params["position_embedding.weight"])
	scale := float32(1 / math.Sqrt(float64(x.Cols/m.heads)))
	for i := range m.layers {
		layer := fmt.Sprintf("layers.%d.", i)
		h := m.norm(t, x, layer+"ln_1")
		q, k, v := m.linear(t, h, layer+"q"), m.linear(t, h, layer+"k"), m.linear(t, h, layer+"v")
		h = t.Attention(q, k, v, m.heads, scale, true, lengths)
		x = t.Add(x, m.linear(t, h, layer+"o"))
		h = m.linear(t, m.norm(t, x, layer+"ln_2"), layer+"fc")
		x = t.Add(x, m.linear(t, t.Activation(h, nn.GELU), layer+"proj"))
	}
	ends := make([]int, len(lengths))
	at := -1
	for i, n := range lengths {
		at += n
		ends[i] = at
	}
	return m.linear(t, m.norm(t, t.Rows(x, ends), "ln_final"), "projection")
}

// A whole model has the gradients that torch computes: see testdata/transformer.py.
func TestTransformer(t *testing.T) {
	data, err := os.ReadFile("testdata/transformer.json")
	if err != nil {
		t.Fatal(err)
	}
	var golden struct {
		IDs     [][]int32
		Tensors map[string][]float64
	}
	if err := json.Unmarshal(data, &golden); err != nil {
		t.Fatal(err)
	}
	m := newTransformer(11, 6, 12, 3, 2, 5)
	for name, p := range m.params {
		copy(p.Data, stream.Values(name, p.Shape, stream.Uniform(name, len(p.Data))))
	}
	var lengths []int
	for _, s := range golden.IDs {
		lengths = append(lengths, len(s))
	}
	dy := nn.NewMatrix(stream.Values("gradient", []int{3, 5}, stream.Uniform("gradient", 15)), 3, 5)
	for _, workers := range []int{1, 3} {
		tape := NewTape(nn.NewContext(workers))
		tape.Train = true
		y := tape.NormalizeL2(m.encode(tape, slices.Concat(golden.IDs...), lengths), 1e-12)
		near(t, "result", y.Data, golden.Tensors["result"], 2e-6)
		tape.Backward([]*Value{y}, []nn.Matrix{dy})
		for name, p := range m.params {
			near(t, name, p.Grad, golden.Tensors[name], 1e-5)
			clear(p.Grad)
		}
	}
}

// BenchmarkTransformer measures a training step: testdata/transformer.py --time does so
// for torch.
func BenchmarkTransformer(b *testing.B) {
	const vocabulary, length, sequences, width = 8192, 16, 256, 256
	for _, workers := range []int{1, 2} {
		b.Run(fmt.Sprintf("workers=%d", workers), func(b *testing.B) {
			rng := rand.New(rand.NewPCG(1, 1))
			m := newTransformer(vocabulary, length, width, 4, 4, width)
			for _, p := range m.params {
				for i := range p.Data {
					p.Data[i] = float32(0.05 * rng.NormFloat64())
				}
			}
			ids, lengths := make([]int32, sequences*length), make([]int, sequences)
			for i := range ids {
				ids[i] = rng.Int32N(vocabulary)
			}
			for i := range lengths {
				lengths[i] = length
			}
			dy := randomMatrix(rng, sequences, width)
			tape := NewTape(nn.NewContext(workers))
			tape.Train = true
			b.ReportAllocs()
			for b.Loop() {
				for _, p := range m.params {
					clear(p.Grad)
				}
				tape.Backward([]*Value{m.encode(tape, ids, lengths)}, []nn.Matrix{dy})
				tape.Reset()
			}
			b.ReportMetric(float64(tape.Context().Bytes())/(1<<20), "MiB")
		})
	}
}
