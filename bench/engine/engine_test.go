//go:build unix

package main

import (
	"bytes"
	"fmt"
	"math"
	"path/filepath"
	"strings"
	"testing"

	"github.com/soundspace/soundspace/bench/internal/contest"
	"github.com/soundspace/soundspace/bench/internal/peer"
)

// TestServe talks to our own program as the command does, about short sounds.
func TestServe(t *testing.T) {
	dir := t.TempDir()
	if err := writeCases(dir, benchCases, 1); err != nil {
		t.Fatal(err)
	}
	for _, c := range benchCases {
		reference, err := c.reference(c.signal(1))
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range settings {
			file := filepath.Join(dir, "a result")
			requests := fmt.Sprintf("check %s %d %s %s\ntime %[1]s %d %s 2\ncheck %[1]s 99 %[3]s x\n", c.name, s.Threads, s.Mode, file)
			var out bytes.Buffer
			if err := serve(dir, strings.NewReader(requests), &out); err != nil {
				t.Fatal(err)
			}
			lines := strings.Split(strings.TrimSpace(out.String()), "\n")
			if len(lines) != 4 || lines[1] != "ok" || len(strings.Fields(lines[2])) != 3 || lines[3] != "none" {
				t.Errorf("%s, %v: answers %q", c.name, s, lines)
			}
			got, err := peer.ReadFloats(file)
			if err != nil {
				t.Fatal(err)
			}
			if len(got) != len(reference) {
				t.Fatalf("%s: %d values, want %d", c.name, len(got), len(reference))
			}
			if d := c.distance(got, reference); !(d <= c.tolerance()) {
				t.Errorf("%s, %v: off by %g", c.name, s, d)
			}
		}
	}
}

func TestDistanceSeesNaN(t *testing.T) {
	for _, c := range benchCases {
		got := []float32{1, float32(math.NaN()), 2}
		if d := c.distance(got, []float64{1, 1, 2}); d <= c.tolerance() {
			t.Errorf("%s: distance %g", c.name, d)
		}
	}
}

func TestCaseTable(t *testing.T) {
	c := &benchCase{title: "Case", rate: 10, hop: 1} // 11 frames in a second
	reused := settings[0]
	results := []result{
		{1e-7, map[contest.Setting][]float64{reused: {2200, 1100, 3300}}},
		{2e-7, map[contest.Setting][]float64{reused: {5500}}},
	}
	for brief, want := range map[bool]string{
		false: `
| Case  | 1 thread, reused | ratio | 1 thread, fresh | ratio | 2 threads, reused | ratio | 2 threads, fresh | ratio | × real time | rel. RMS error |
|-------|-----------------:|------:|----------------:|------:|------------------:|------:|-----------------:|------:|------------:|---------------:|
| ours  |        100 (200) |  1.00 |               – |     – |                 – |     – |                – |     – |      909091 |        1.0e-07 |
| other |        500 (500) |  5.00 |               – |     – |                 – |     – |                – |     – |      181818 |        2.0e-07 |
`,
		true: `
| Case  | 1 thread, reused | 1 thread, fresh | 2 threads, reused | 2 threads, fresh | × real time | rel. RMS error |
|-------|-----------------:|----------------:|------------------:|-----------------:|------------:|---------------:|
| ours  |              100 |               – |                 – |                – |      909091 |        1.0e-07 |
| other |       500 (5.0×) |               – |                 – |                – |      181818 |        2.0e-07 |
`,
	} {
		if got := "\n" + caseTable(c, []string{"ours", "other"}, results, 1, brief); got != want {
			t.Errorf("got%s\nwant%s", got, want)
		}
	}
}
