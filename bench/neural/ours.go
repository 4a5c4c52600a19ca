//go:build unix

package main

import (
	"context"
	"io"
	"path/filepath"
	"slices"

	"github.com/soundspace/soundspace/audio"
	"github.com/soundspace/soundspace/audioclip"
	"github.com/soundspace/soundspace/bench/internal/contest"
	"github.com/soundspace/soundspace/bench/internal/peer"
	"github.com/soundspace/soundspace/internal/nn"
)

// compute runs a case and returns the result.
type compute func() []float32

// ours returns how this library computes a case, and how its results are brought
// into the order that all programs give them in.
func (c *benchCase) ours(dir string, threads int) (run compute, order func([]float32) []float32, err error) {
	a, b, err := c.read(dir)
	if err != nil {
		return nil, nil, err
	}
	n := c.numbers
	order = func(x []float32) []float32 { return x }
	switch c.kind {
	case "gemm":
		run = gemm(a, b, n[0], n[1], n[2], threads)
	case "linear":
		run = linear(a, b, n[0], n[1], n[2], threads)
	case "attention":
		run = attention(a, b, n[0], n[1], n[2], n[3], threads)
	case "conv":
		// Channels are first elsewhere, last here.
		a = transpose(a, n[2], n[0]*n[1])
		order = func(x []float32) []float32 { return transpose(x, len(x)/n[3], n[3]) }
		run = conv(a, b, n, threads)
	case "clap":
		run, err = sound(dir, a, threads)
	default:
		run, err = texts(filepath.Join(dir, c.kind), n[0], threads)
	}
	return run, order, err
}

func (c *benchCase) read(dir string) (a, b []float32, err error) {
	na, nb := c.sizes()
	if na > 0 {
		if a, err = peer.ReadFloats(filepath.Join(dir, c.name+".a.f32")); err != nil {
			return nil, nil, err
		}
	}
	if nb > 0 {
		b, err = peer.ReadFloats(filepath.Join(dir, c.name+".b.f32"))
	}
	return a, b, err
}

func gemm(a, b []float32, m, n, k, threads int) compute {
	ctx, dst := nn.NewContext(threads), nn.NewMatrix(make([]float32, m*n), m, n)
	return func() []float32 {
		nn.Gemm(ctx, dst, nn.NewMatrix(a, m, k), nn.NewMatrix(b, k, n), 1, 0)
		return dst.Data
	}
}

func linear(a, b []float32, m, n, k, threads int) compute {
	ctx, dst := nn.NewContext(threads), nn.NewMatrix(make([]float32, m*n), m, n)
	layer := nn.Linear{Weights: nn.NewWeights(nn.NewMatrix(b, n, k), nn.Float32)}
	return func() []float32 {
		layer.Apply(ctx, dst, nn.NewMatrix(a, m, k))
		return dst.Data
	}
}

// attention has queries, keys and values in the columns of one matrix, as linear
// layers give them, and a bias for each head.
func attention(a, b []float32, sequences, length, heads, width, threads int) compute {
	rows, cols := sequences*length, heads*width
	ctx, dst := nn.NewContext(threads), nn.NewMatrix(make([]float32, rows*cols), rows, cols)
	qkv, bias := nn.NewMatrix(a, rows, 3*cols), nn.NewMatrix(b, heads*length, length)
	lengths := make([]int, sequences)
	for i := range lengths {
		lengths[i] = length
	}
	layer := nn.Attention{Heads: heads, Scale: 0.2}
	of := func(_, head int) nn.Matrix { return bias.RowsOf(head*length, (head+1)*length) }
	return func() []float32 {
		layer.Apply(ctx, dst, qkv.ColsOf(0, cols), qkv.ColsOf(cols, 2*cols), qkv.ColsOf(2*cols, 3*cols), lengths, of)
		return dst.Data
	}
}

func conv(a, b []float32, n []int, threads int) compute {
	ctx := nn.NewContext(threads)
	layer := nn.NewConv2D(b, nil, n[3], n[2], n[4], n[4], nn.ConvConfig{StrideH: n[5], StrideW: n[5], PadH: n[6], PadW: n[6], Groups: n[7]})
	image := nn.Images{Data: a, N: 1, H: n[0], W: n[1], C: n[2]}
	return func() []float32 {
		mark := ctx.Mark()
		y := layer.Apply(ctx, image)
		ctx.Release(mark)
		return y.Data
	}
}

func transpose(x []float32, rows, cols int) []float32 {
	y := make([]float32, len(x))
	for i := range rows {
		for j := range cols {
			y[j*rows+i] = x[i*cols+j]
		}
	}
	return y
}

func sound(dir string, x []float32, threads int) (compute, error) {
	m, err := audioclip.Config{Workers: threads, Towers: audioclip.Audio}.Open(filepath.Join(dir, "clap"))
	if err != nil {
		return nil, err
	}
	clips := []*audio.Clip{{Samples: [][]float32{x}, SampleRate: m.Info().SampleRate}}
	return func() []float32 {
		e, err := m.EncodeAudio(context.Background(), clips, audioclip.AudioConfig{})
		if err != nil {
			panic(err)
		}
		return e.Data
	}, nil
}

func texts(model string, n, threads int) (compute, error) {
	m, err := audioclip.Config{Workers: threads, Towers: audioclip.Text}.Open(model)
	if err != nil {
		return nil, err
	}
	list := sentences(n)
	return func() []float32 {
		e, err := m.EncodeText(context.Background(), list, audioclip.TextConfig{})
		if err != nil {
			panic(err)
		}
		return e.Data
	}, nil
}

// serve makes this process one of the programs, about the cases in a folder.
func serve(dir string, in io.Reader, out io.Writer) error {
	return contest.Serve(in, out, settings, func(name string, s contest.Setting) (*contest.Computation, error) {
		i := slices.IndexFunc(benchCases, func(c benchCase) bool { return c.name == name })
		if i < 0 {
			return nil, nil
		}
		run, order, err := benchCases[i].ours(dir, s.Threads)
		return &contest.Computation{Run: func() { run() }, Result: func() []float32 { return order(run()) }}, err
	})
}
