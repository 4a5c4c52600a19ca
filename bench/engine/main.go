//go:build unix

// Command engine compares the spectral engine with the best of other languages:
// FFTW and MKL in a C program, PyTorch, torchaudio, SciPy, pyFFTW and librosa, and
// at last specgen with sox and ffmpeg, by bench/specgen.
//
//	go run ./bench/engine [-rounds 5] [-reps 3] [-only FFTW,SciPy] [-write README.md]
//
// All programs compute the same three spectrograms of the same 60 s of sound,
// and must agree on them before anything is timed. Then they run in turn, round
// after round, so that a noisy machine is noisy for all of them; with one thread
// and two, into memory that is used again and into new memory. It prints the
// least and the median time of a frame, and writes the same to a file between
// the lines <!-- bench:engine --> and <!-- /bench:engine -->.
//
// The first run installs the Python programs and MKL with pip (several GB), in a
// virtual environment in the cache folder of the user; -venv names one that
// exists. It needs cc, FFTW 3, sox and ffmpeg, which it installs on Debian if it may.
// Programs that cannot be had are named and left out.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"strings"

	"github.com/soundspace/soundspace/bench/internal/contest"
	"github.com/soundspace/soundspace/bench/internal/peer"
	"github.com/soundspace/soundspace/bench/internal/table"
)

// settings are the ways in which a case is run. With reused output a program writes to
// the same memory at every call; with fresh output every call allocates what it returns,
// and lets go of what the call before it returned.
var settings = []contest.Setting{{Threads: 1, Mode: "reused"}, {Threads: 1, Mode: "fresh"}, {Threads: 2, Mode: "reused"}, {Threads: 2, Mode: "fresh"}}

type options struct {
	contest.Options
	only    string
	seconds int
}

func main() {
	var o options
	o.AddFlags(3, "repetitions")
	flag.StringVar(&o.only, "only", "", "run only these programs beside ours, by the beginnings of their names: FFTW,Sci; no pictures")
	flag.IntVar(&o.seconds, "seconds", 60, "length of the sound")
	contest.Main(&o.Options, func() error { return compare(o) }, func() error { return serve(flag.Arg(0), os.Stdin, os.Stdout) })
}

func compare(o options) error {
	if o.seconds < 1 {
		return errors.New("-seconds must be at least 1")
	}
	dir, err := os.MkdirTemp("", "bench-engine-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	if err := os.CopyFS(dir, peerFiles); err != nil {
		return err
	}
	if err := writeCases(dir, benchCases, o.seconds); err != nil {
		return err
	}
	installPackages()
	v, err := o.Open("")
	if err != nil {
		return err
	}
	b := &bench{seconds: o.seconds, Contest: contest.Contest{
		Options: o.Options, Venv: v, Dir: dir, Programs: programs, Only: o.only, Settings: settings,
	}}
	for i := range benchCases {
		c := &benchCases[i]
		reference, err := c.reference(c.signal(o.seconds))
		if err != nil {
			return err
		}
		b.Cases = append(b.Cases, contest.Case{Name: c.name, Distance: func(got, _ []float32) (float64, error) { return c.check(got, reference) }})
	}
	if err := b.Run(); err != nil {
		return err
	}
	fmt.Print(b.report(false))
	pictures := ""
	if o.only == "" {
		out, err := exec.Command("go", "run", "./bench/specgen").Output()
		if err != nil {
			return fmt.Errorf("bench/specgen: %w", err)
		}
		pictures = "\n" + string(out)
		fmt.Print(pictures)
	}
	return table.WriteBetween(o.Write, "engine", b.report(true)+pictures)
}

// bench is one comparison.
type bench struct {
	contest.Contest
	seconds int // of sound
}

// results returns those of all programs with a case.
func (b *bench) results(name string) []result {
	var results []result
	for _, p := range b.Peers {
		r := result{ns: map[contest.Setting][]float64{}}
		for _, s := range settings {
			if one := b.Result(p.Name, name, s); one != nil {
				r.distance = max(r.distance, one.Distance)
				r.ns[s] = one.NS
			}
		}
		results = append(results, r)
	}
	return results
}

// report returns the tables and what is needed to read them, as Markdown.
func (b *bench) report(brief bool) string {
	var text strings.Builder
	var names []string
	for _, p := range b.Peers {
		names = append(names, p.Name)
	}
	for i := range benchCases {
		c := &benchCases[i]
		text.WriteString(caseTable(c, names, b.results(c.name), b.seconds, brief))
		text.WriteByte('\n')
	}
	what := "least (median), and the ratio of the least to ours"
	if brief {
		what = "least of all runs (× ours)"
	}
	fmt.Fprintf(&text, "ns per frame, %s; %d s of sound, %d rounds of %d runs in turn; %s. ", what, b.seconds, b.Rounds, b.Repeats, table.Machine())
	fmt.Fprintf(&text, "A dash: the program has no such setting. %s. Command: `go run ./bench/engine`\n", peer.Versions(b.Peers))
	return text.String()
}
