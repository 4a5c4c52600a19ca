//go:build unix

package main

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"

	"github.com/soundspace/soundspace/bench/internal/peer"
)

// layer is a layer of a network. All convolutions but those of "pooled" have no bias
// and are followed by a batch normalisation.
//
//	conv        convolution, ReLU
//	basic       residual block of two convolutions, the first by stride; where sizes
//	            change, what goes past them is averaged over stride × stride pixels
//	            and then goes through a convolution of 1×1
//	bottleneck  residual block of 1×1, kernel × kernel by stride in groups, and 1×1
//	pooled      convolution with a bias, maximum of 2×2, ReLU
//	mean        mean over all pixels
//	meanmax     mean plus maximum over the rows of what is averaged over the columns
//	linear      linear map with a bias
type layer struct {
	Op     string `json:"op"`
	In     int    `json:"in,omitempty"`
	Out    int    `json:"out,omitempty"`
	Kernel int    `json:"kernel,omitempty"`
	Stride int    `json:"stride,omitempty"`
	Groups int    `json:"groups,omitempty"`
}

// benchCase is a network that every program trains, on pictures of one channel.
type benchCase struct {
	Name   string  `json:"name"`
	Batch  int     `json:"batch"`
	H      int     `json:"h"`
	W      int     `json:"w"`
	Layers []layer `json:"layers"`

	title string
}

var benchCases = []benchCase{
	{Name: "shipped", title: "the shipped model's audio encoder, 5 s", Batch: 32, H: 251, W: 64, Layers: []layer{
		{"conv", 1, 16, 3, 2, 1}, {"conv", 16, 24, 3, 2, 1},
		{"basic", 24, 48, 3, 2, 1}, {"basic", 48, 112, 3, 2, 1}, {"basic", 112, 256, 3, 2, 1},
		{"conv", 256, 512, 1, 1, 1},
		{Op: "meanmax"}, {Op: "linear", In: 512, Out: 384},
	}},
	{Name: "grouped", title: "grouped residual, 250×64", Batch: 32, H: 250, W: 64, Layers: []layer{
		{"conv", 1, 16, 3, 2, 1}, {"conv", 16, 32, 3, 2, 2},
		{"bottleneck", 32, 80, 3, 2, 5}, {"bottleneck", 80, 80, 3, 1, 5},
		{"bottleneck", 80, 160, 3, 2, 10}, {"bottleneck", 160, 160, 3, 1, 10},
		{"bottleneck", 160, 320, 3, 2, 20}, {"bottleneck", 320, 320, 3, 1, 20},
		{Op: "meanmax"}, {Op: "linear", In: 320, Out: 384},
	}},
	{Name: "cnn", title: "five convolutions, 64×500", Batch: 32, H: 64, W: 500, Layers: []layer{
		{"pooled", 1, 16, 3, 1, 1}, {"pooled", 16, 32, 3, 1, 1}, {"pooled", 32, 64, 3, 1, 1}, {"pooled", 64, 128, 3, 1, 1}, {"pooled", 128, 128, 3, 1, 1},
		{Op: "mean"}, {Op: "linear", In: 128, Out: 50},
	}},
}

// tensor is a parameter: its shape and the values that it begins with are normal
// with deviation √(gain/inputs), or ones or zeros if inputs is 0.
type tensor struct {
	name   string
	shape  []int
	inputs int
	fill   float32
}

// tensors returns the parameters in the order in which all programs have them.
func (c *benchCase) tensors() []tensor {
	var list []tensor
	conv := func(out, in, kernel, groups int) {
		list = append(list, tensor{"conv", []int{out, in / groups, kernel, kernel}, in / groups * kernel * kernel, 0},
			tensor{"norm.weight", []int{out}, 0, 1}, tensor{"norm.bias", []int{out}, 0, 0})
	}
	for _, l := range c.Layers {
		switch l.Op {
		case "conv":
			conv(l.Out, l.In, l.Kernel, l.Groups)
		case "basic":
			conv(l.Out, l.In, l.Kernel, l.Groups)
			conv(l.Out, l.Out, l.Kernel, l.Groups)
		case "bottleneck":
			conv(l.Out, l.In, 1, 1)
			conv(l.Out, l.Out, l.Kernel, l.Groups)
			conv(l.Out, l.Out, 1, 1)
		case "pooled":
			list = append(list, tensor{"conv", []int{l.Out, l.In, l.Kernel, l.Kernel}, l.In * l.Kernel * l.Kernel, 0}, tensor{"bias", []int{l.Out}, 0, 0})
		case "linear":
			list = append(list, tensor{"linear", []int{l.Out, l.In}, l.In, 0}, tensor{"bias", []int{l.Out}, 0, 0})
		}
		if l.past() {
			conv(l.Out, l.In, 1, 1)
		}
	}
	return list
}

// past tells whether a block has something on the way past its convolutions.
func (l layer) past() bool {
	return (l.Op == "basic" || l.Op == "bottleneck") && (l.In != l.Out || l.Stride > 1)
}

func (t tensor) size() int {
	n := 1
	for _, d := range t.shape {
		n *= d
	}
	return n
}

// out returns the length of the vectors that a network makes of pictures.
func (c *benchCase) out() int { return c.Layers[len(c.Layers)-1].Out }

// writeCases writes what the programs read: the networks as JSON, and for each one
// the parameters, the pictures and what the results are multiplied with in the
// loss, as little-endian float32.
func writeCases(dir string) error {
	data, err := json.Marshal(benchCases)
	if err != nil {
		return err
	}
	for i := range benchCases {
		c := &benchCases[i]
		rng := rand.New(rand.NewPCG(uint64(i), 1))
		normal := func(n int, scale float64) []float32 {
			x := make([]float32, n)
			for j := range x {
				x[j] = float32(scale * rng.NormFloat64())
			}
			return x
		}
		var params []float32
		for _, t := range c.tensors() {
			if t.inputs > 0 {
				params = append(params, normal(t.size(), math.Sqrt(2/float64(t.inputs)))...)
				continue
			}
			for range t.size() {
				params = append(params, t.fill)
			}
		}
		for what, x := range map[string][]float32{
			"params": params,
			"x":      normal(c.Batch*c.H*c.W, 1),
			"target": normal(c.Batch*c.out(), 1/float64(c.Batch)),
		} {
			if err := peer.WriteFloats(filepath.Join(dir, c.Name+"."+what+".f32"), x); err != nil {
				return err
			}
		}
	}
	return os.WriteFile(filepath.Join(dir, "cases.json"), data, 0o666)
}
