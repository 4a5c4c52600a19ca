//go:build unix

package main

import (
	"io"
	"path/filepath"

	"github.com/soundspace/soundspace/bench/internal/contest"
	"github.com/soundspace/soundspace/bench/internal/peer"
	"github.com/soundspace/soundspace/spectrogram"
	"github.com/soundspace/soundspace/stft"
)

// compute runs a case on x; with fresh, into new memory.
type compute func(fresh bool) []float32

// ours returns how this library computes a case.
func ours(c *benchCase, threads int, x []float32) (compute, error) {
	cfg := c.stft()
	cfg.Workers = threads
	if c.bands == 0 {
		p, err := stft.New(cfg)
		if err != nil {
			return nil, err
		}
		var dst []float32
		return func(fresh bool) []float32 {
			if fresh {
				dst = nil
			}
			dst = p.Magnitude(dst, x)
			return dst
		}, nil
	}
	mel := c.mel()
	p, err := spectrogram.New(spectrogram.Config{SampleRate: c.rate, STFT: cfg, Mel: &mel, Unit: spectrogram.Log10})
	if err != nil {
		return nil, err
	}
	var dst spectrogram.Spectrogram
	channels := [][]float32{x}
	return func(fresh bool) []float32 {
		if fresh {
			dst.Data = nil
		}
		if err := p.ComputeInto(&dst, channels); err != nil {
			panic(err)
		}
		return dst.Data
	}, nil
}

// serve makes this process one of the programs, about the cases in a folder.
func serve(dir string, in io.Reader, out io.Writer) error {
	type key struct {
		name    string
		threads int
	}
	plans := map[key]compute{}
	for i := range benchCases {
		c := &benchCases[i]
		x, err := peer.ReadFloats(filepath.Join(dir, c.name+".x.f32"))
		if err != nil {
			return err
		}
		for _, s := range settings {
			if plans[key{c.name, s.Threads}], err = ours(c, s.Threads, x); err != nil {
				return err
			}
		}
	}
	return contest.Serve(in, out, settings, func(name string, s contest.Setting) (*contest.Computation, error) {
		plan, fresh := plans[key{name, s.Threads}], s.Mode == "fresh"
		if plan == nil {
			return nil, nil
		}
		return &contest.Computation{Run: func() { plan(fresh) }, Result: func() []float32 { return plan(fresh) }}, nil
	})
}
