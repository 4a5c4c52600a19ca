//go:build unix

package main

import (
	"fmt"
	"math"
	"os"
	"path/filepath"

	"github.com/soundspace/soundspace/bench/internal/peer"
)

// The programs are started with the folder of the cases as their last argument,
// and know two requests:
//
//	check CASE THREADS FILE      → ok            (the result is in FILE, float32)
//	time CASE THREADS REPEATS    → ok NS NS …    (after a run that is not timed)

// result returns what a program computes.
func result(p *peer.Peer, c *benchCase, threads int, dir string) ([]float32, error) {
	file := filepath.Join(dir, "result.f32")
	defer os.Remove(file)
	if _, err := p.Ask("check", c.name, threads, file); err != nil {
		return nil, err
	}
	return peer.ReadFloats(file)
}

// difference returns the largest difference of two results.
func difference(got, want []float32) (float64, error) {
	if len(got) != len(want) {
		return 0, fmt.Errorf("%d values, want %d", len(got), len(want))
	}
	var largest float64
	for i := range got {
		largest = math.Max(largest, math.Abs(float64(got[i])-float64(want[i]))) // NaN if any is
	}
	return largest, nil
}
