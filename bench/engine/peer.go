//go:build unix

package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/soundspace/soundspace/bench/internal/peer"
)

// setting is a way in which a case is run. With reused output a program writes
// to the same memory at every call; with fresh output every call allocates what
// it returns, and lets go of what the call before it returned.
type setting struct {
	threads int
	mode    string // "reused" or "fresh"
}

func (s setting) String() string {
	if s.threads == 1 {
		return "1 thread, " + s.mode
	}
	return fmt.Sprintf("%d threads, %s", s.threads, s.mode)
}

var settings = []setting{{1, "reused"}, {1, "fresh"}, {2, "reused"}, {2, "fresh"}}

// The programs are started with the folder of the cases as their last argument,
// and know two requests:
//
//	check CASE THREADS MODE FILE      → ok HOW        (the result is in FILE, float32, frame-major)
//	time CASE THREADS MODE REPEATS    → ok NS NS …    (after a run that is not timed)

// check compares the program's result with the reference, and returns how far it
// is from it and how the program computed it.
func check(p *peer.Peer, c *benchCase, s setting, reference []float64, dir string) (distance float64, how string, err error) {
	file := filepath.Join(dir, "result.f32")
	defer os.Remove(file)
	if how, err = p.Ask("check", c.name, s.threads, s.mode, file); err != nil {
		return 0, "", err
	}
	got, err := peer.ReadFloats(file)
	if err != nil {
		return 0, "", err
	}
	if len(got) != len(reference) {
		return 0, "", fmt.Errorf("%s disagrees on %s: %d values, want %d", p.Name, c.name, len(got), len(reference))
	}
	distance = c.distance(got, reference)
	if !(distance <= c.tolerance()) {
		return 0, "", fmt.Errorf("%s disagrees on %s (%v): off by %g, want at most %g", p.Name, c.name, s, distance, c.tolerance())
	}
	return distance, how, nil
}
