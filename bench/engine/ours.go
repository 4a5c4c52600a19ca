//go:build unix

package main

import (
	"bufio"
	"fmt"
	"io"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"time"

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

// serve makes this process a peer: see there for the protocol.
func serve(cases []benchCase, dir string, in io.Reader, out io.Writer) error {
	type key struct {
		name    string
		threads int
	}
	plans := map[key]compute{}
	for i := range cases {
		c := &cases[i]
		x, err := peer.ReadFloats(filepath.Join(dir, c.name+".x.f32"))
		if err != nil {
			return err
		}
		for _, s := range settings {
			if plans[key{c.name, s.threads}], err = ours(c, s.threads, x); err != nil {
				return err
			}
		}
	}
	fmt.Fprintln(out, "ready", runtime.Version())
	for lines := bufio.NewScanner(in); lines.Scan(); {
		request := strings.SplitN(lines.Text(), " ", 5)
		if len(request) != 5 {
			return fmt.Errorf("request %q: want five words", lines.Text())
		}
		threads, err := strconv.Atoi(request[2])
		if err != nil {
			return err
		}
		run := plans[key{request[1], threads}]
		if run == nil {
			fmt.Fprintln(out, "none")
			continue
		}
		// The garbage collector, too, has no more than these threads.
		runtime.GOMAXPROCS(threads)
		reply, err := serveOne(run, request[0], request[3] == "fresh", request[4])
		if err != nil {
			return err
		}
		fmt.Fprintln(out, reply)
	}
	return nil
}

func serveOne(run compute, request string, fresh bool, rest string) (reply string, err error) {
	if request == "check" {
		return "ok", peer.WriteFloats(rest, run(fresh))
	}
	repeats, err := strconv.Atoi(rest)
	if err != nil {
		return "", err
	}
	run(fresh)
	reply = "ok"
	for range repeats {
		begin := time.Now()
		run(fresh)
		reply += fmt.Sprint(" ", time.Since(begin).Nanoseconds())
	}
	return reply, nil
}
