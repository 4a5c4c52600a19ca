package autodiff

import (
	"encoding/json"
	"os"
	"testing"

	"github.com/soundspace/soundspace/internal/nn"
	"github.com/soundspace/soundspace/internal/stream"
)

// residual is a small residual network.
type residual struct {
	params map[string]*Param
	norms  map[string]*BatchNorm
}

func newResidual(shapes map[string][]int) *residual {
	m := &residual{map[string]*Param{}, map[string]*BatchNorm{}}
	for name, shape := range shapes {
		p := NewParam(name, len(shape) > 1, shape...)
		copy(p.Data, stream.Values(name, shape, stream.Uniform(name, len(p.Data))))
		m.params[name] = p
	}
	return m
}

// conv is a convolution with its normalisation.
func (m *residual) conv(t *Tape, x *Value, name string, stride, groups int, normalise func(*Value, *BatchNorm) *Value) *Value {
	w := m.params[name+".conv.weight"]
	if m.norms[name] == nil {
		m.norms[name] = NewBatchNorm(name, w.Shape[0])
		m.norms[name].Weight, m.norms[name].Bias = m.params[name+".norm.weight"], m.params[name+".norm.bias"]
	}
	pad := w.Shape[2] / 2
	return normalise(t.Conv2D(x, w, nil, nn.ConvConfig{StrideH: stride, StrideW: stride, PadH: pad, PadW: pad, Groups: groups}), m.norms[name])
}

func (m *residual) block(t *Tape, x *Value, name string, stride, groups int) *Value {
	past := x
	if stride > 1 {
		past = m.conv(t, t.AvgPool2D(x, stride, stride), name+".past", 1, 1, t.BatchNorm)
	}
	y := m.conv(t, x, name+".a", stride, groups, t.BatchNormReLU)
	return m.conv(t, y, name+".b", 1, groups, func(x *Value, n *BatchNorm) *Value { return t.BatchNormAddReLU(x, n, past) })
}

func (m *residual) encode(t *Tape, x nn.Images) *Value {
	y := m.conv(t, t.InputImages(x), "stem", 2, 1, t.BatchNormReLU)
	y = m.block(t, y, "block1", 2, 2)
	y = m.block(t, y, "block2", 1, 1)
	y = t.GlobalMeanMax(t.AvgPool2D(y, 1, y.W))
	return t.Linear(y, m.params["head.weight"], m.params["head.bias"])
}

// A whole network has the gradients that torch computes: see testdata/residual.py.
func TestResidual(t *testing.T) {
	data, err := os.ReadFile("testdata/residual.json")
	if err != nil {
		t.Fatal(err)
	}
	var golden struct {
		Shapes  map[string][]int
		Tensors map[string][]float64
	}
	if err := json.Unmarshal(data, &golden); err != nil {
		t.Fatal(err)
	}
	values := func(name string, shape ...int) []float32 {
		n := 1
		for _, d := range shape {
			n *= d
		}
		return stream.Values(name, shape, stream.Uniform(name, n))
	}
	x := nn.Images{Data: values("pictures", 3, 13, 10), N: 3, H: 13, W: 10, C: 1}
	dy := nn.NewMatrix(values("gradient", 3, 5), 3, 5)
	for _, workers := range []int{1, 3} {
		m := newResidual(golden.Shapes)
		tape := NewTape(nn.NewContext(workers))
		tape.Train = true
		y := m.encode(tape, x)
		near(t, "result", y.Data, golden.Tensors["result"], 1e-5)
		tape.Backward([]*Value{y}, []nn.Matrix{dy})
		for name, p := range m.params {
			near(t, name, p.Grad, golden.Tensors[name], 1e-5)
		}
		for name, n := range m.norms {
			near(t, name+" mean", n.Mean, golden.Tensors[name+".norm.running_mean"], 1e-6)
			near(t, name+" variance", n.Variance, golden.Tensors[name+".norm.running_var"], 1e-6)
		}
	}
}
