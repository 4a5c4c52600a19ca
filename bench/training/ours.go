//go:build unix

package main

import (
	"fmt"
	"io"
	"path/filepath"
	"slices"

	"github.com/soundspace/soundspace/bench/internal/contest"
	"github.com/soundspace/soundspace/bench/internal/peer"
	"github.com/soundspace/soundspace/internal/nn"
	"github.com/soundspace/soundspace/internal/nn/autodiff"
	"github.com/soundspace/soundspace/internal/nn/optim"
)

// training trains a network.
type training struct {
	c         *benchCase
	params    []*autodiff.Param
	norms     []*autodiff.BatchNorm
	x         nn.Images
	target    nn.Matrix
	optimiser *optim.AdamW

	ctx  *nn.Context
	tape *autodiff.Tape

	nextParam, nextNorm int // of a step
}

func newTraining(dir string, c *benchCase, threads int) (*training, error) {
	t := &training{c: c}
	read := func(what string) ([]float32, error) {
		return peer.ReadFloats(filepath.Join(dir, c.Name+"."+what+".f32"))
	}
	values, err := read("params")
	if err != nil {
		return nil, err
	}
	tensors := c.tensors()
	for i, s := range tensors {
		p := autodiff.NewParam(fmt.Sprint(i, " ", s.name), len(s.shape) > 1, s.shape...)
		switch s.name {
		case "norm.weight":
			n := autodiff.NewBatchNorm(fmt.Sprint(i), s.shape[0])
			p = n.Weight
			t.norms = append(t.norms, n)
		case "norm.bias":
			p = t.norms[len(t.norms)-1].Bias
		}
		copy(p.Data, values)
		values = values[len(p.Data):]
		t.params = append(t.params, p)
	}
	x, err := read("x")
	if err != nil {
		return nil, err
	}
	t.x = nn.Images{Data: x, N: c.Batch, H: c.H, W: c.W, C: 1}
	target, err := read("target")
	if err != nil {
		return nil, err
	}
	t.target = nn.NewMatrix(target, c.Batch, c.out())
	t.ctx = nn.NewContext(threads)
	t.tape = autodiff.NewTape(t.ctx)
	t.tape.Train = true
	t.optimiser = optim.NewAdamW(t.params, optim.AdamWConfig{WeightDecay: 0.01})
	return t, nil
}

// param returns the next parameter.
func (t *training) param() *autodiff.Param {
	t.nextParam++
	return t.params[t.nextParam-1]
}

// conv is a convolution and its normalisation; then comes a ReLU if relu is true,
// and before that the residual is added if there is one.
func (t *training) conv(x *autodiff.Value, kernel, stride, groups int, relu bool, residual *autodiff.Value) *autodiff.Value {
	cfg := nn.ConvConfig{StrideH: stride, StrideW: stride, PadH: kernel / 2, PadW: kernel / 2, Groups: groups}
	x = t.tape.Conv2D(x, t.param(), nil, cfg)
	n := t.norms[t.nextNorm]
	t.nextNorm++
	t.nextParam += 2
	switch {
	case residual != nil:
		return t.tape.BatchNormAddReLU(x, n, residual)
	case relu:
		return t.tape.BatchNormReLU(x, n)
	}
	return t.tape.BatchNorm(x, n)
}

func (t *training) layer(x *autodiff.Value, l layer) *autodiff.Value {
	past := func() *autodiff.Value {
		if !l.past() {
			return x
		}
		y := x
		if l.Stride > 1 {
			y = t.tape.AvgPool2D(x, l.Stride, l.Stride)
		}
		return t.conv(y, 1, 1, 1, false, nil)
	}
	switch l.Op {
	case "conv":
		return t.conv(x, l.Kernel, l.Stride, l.Groups, true, nil)
	case "basic", "bottleneck":
		return t.block(x, l, past)
	case "pooled":
		cfg := nn.ConvConfig{StrideH: l.Stride, StrideW: l.Stride, PadH: l.Kernel / 2, PadW: l.Kernel / 2}
		w := t.param()
		return t.tape.Activation(t.tape.MaxPool2D(t.tape.Conv2D(x, w, t.param(), cfg), 2, 2, 0), nn.ReLU)
	case "mean":
		return t.tape.GlobalMean(x)
	case "meanmax":
		return t.tape.GlobalMeanMax(t.tape.AvgPool2D(x, 1, x.W))
	}
	w := t.param()
	return t.tape.Linear(x, w, t.param())
}

// block is a residual block. The parameters of what goes past are the last ones.
func (t *training) block(x *autodiff.Value, l layer, past func() *autodiff.Value) *autodiff.Value {
	param, norm := t.nextParam, t.nextNorm
	convs := 2
	if l.Op == "bottleneck" {
		convs = 3
	}
	t.nextParam, t.nextNorm = param+3*convs, norm+convs
	residual := past()
	afterParam, afterNorm := t.nextParam, t.nextNorm
	t.nextParam, t.nextNorm = param, norm
	if l.Op == "basic" {
		x = t.conv(x, l.Kernel, l.Stride, l.Groups, true, nil)
		x = t.conv(x, l.Kernel, 1, l.Groups, true, residual)
	} else {
		x = t.conv(x, 1, 1, 1, true, nil)
		x = t.conv(x, l.Kernel, l.Stride, l.Groups, true, nil)
		x = t.conv(x, 1, 1, 1, true, residual)
	}
	t.nextParam, t.nextNorm = afterParam, afterNorm
	return x
}

// gradients computes those of the loss, the sum of the results times the target,
// and returns the results.
func (t *training) gradients() nn.Matrix {
	for _, p := range t.params {
		clear(p.Grad)
	}
	t.tape.Reset()
	t.nextParam, t.nextNorm = 0, 0
	y := t.tape.InputImages(t.x)
	for _, l := range t.c.Layers {
		y = t.layer(y, l)
	}
	t.tape.Backward([]*autodiff.Value{y}, []nn.Matrix{t.target})
	return y.Matrix
}

func (t *training) step() {
	t.gradients()
	t.optimiser.Step(t.ctx, 1e-4)
}

// check returns the results and all gradients.
func (t *training) check() []float32 {
	x := slices.Clone(t.gradients().Data)
	for _, p := range t.params {
		x = append(x, p.Grad...)
	}
	return x
}

// serve makes this process one of the programs, about the cases in a folder.
func serve(dir string, in io.Reader, out io.Writer) error {
	return contest.Serve(in, out, settings, func(name string, s contest.Setting) (*contest.Computation, error) {
		i := slices.IndexFunc(benchCases, func(c benchCase) bool { return c.Name == name })
		if i < 0 {
			return nil, nil
		}
		t, err := newTraining(dir, &benchCases[i], s.Threads)
		if err != nil {
			return nil, err
		}
		return &contest.Computation{Run: t.step, Result: t.check}, nil
	})
}
