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
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/soundspace/soundspace/bench/internal/peer"
	"github.com/soundspace/soundspace/bench/internal/table"
	"github.com/soundspace/soundspace/bench/internal/venv"
)

type options struct {
	cache, python, venv      string
	only, write              string
	seconds, rounds, repeats int
}

func main() {
	log.SetFlags(0)
	var o options
	flag.StringVar(&o.cache, "cache", "", "folder of what is installed (default soundspace-bench in the user's cache folder)")
	flag.StringVar(&o.python, "python", "", "Python interpreter, 3.12 or newer (default: from PATH)")
	flag.StringVar(&o.venv, "venv", "", "use this virtual environment, install nothing")
	flag.StringVar(&o.only, "only", "", "run only these programs beside ours, by the beginnings of their names: FFTW,Sci; no pictures")
	flag.StringVar(&o.write, "write", "", "write the tables between the marks in this file, too")
	flag.IntVar(&o.seconds, "seconds", 60, "length of the sound")
	flag.IntVar(&o.rounds, "rounds", 5, "rounds")
	flag.IntVar(&o.repeats, "reps", 3, "repetitions in a round")
	asPeer := flag.Bool("serve", false, "be one of the programs (this command starts itself so)")
	flag.Parse()
	run := func() error { return compare(o) }
	if *asPeer {
		run = func() error { return serve(benchCases, flag.Arg(0), os.Stdin, os.Stdout) }
	}
	if err := run(); err != nil {
		log.Fatal(err)
	}
}

func compare(o options) error {
	if o.seconds < 1 || o.rounds < 1 || o.repeats < 1 {
		return errors.New("-seconds, -rounds and -reps must be at least 1")
	}
	dir, err := os.MkdirTemp("", "bench-engine-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	if err := writeCases(dir, benchCases, o.seconds); err != nil {
		return err
	}
	installPackages()
	v, err := venv.New(o.venv, o.cache, o.python)
	if err != nil {
		return err
	}
	peers, err := startAll(dir, v, o.only)
	if err != nil {
		return err
	}
	defer func() {
		for _, p := range peers {
			p.Stop()
		}
	}()
	results, err := measure(peers, dir, o)
	if err != nil {
		return err
	}
	fmt.Print(report(peers, results, o, false))
	pictures := ""
	if o.only == "" {
		out, err := exec.Command("go", "run", "./bench/specgen").Output()
		if err != nil {
			return fmt.Errorf("bench/specgen: %w", err)
		}
		pictures = "\n" + string(out)
		fmt.Print(pictures)
	}
	if o.write == "" {
		return nil
	}
	return table.WriteBetween(o.write, "engine", report(peers, results, o, true)+pictures)
}

// startAll starts ours and the peers, and names those that cannot be had.
func startAll(dir string, v venv.Venv, only string) ([]*peer.Peer, error) {
	all, err := programs(dir, v)
	if err != nil {
		return nil, err
	}
	var peers []*peer.Peer
	for _, p := range all {
		if !wanted(p.name, only) {
			continue
		}
		started, err := p.start(dir, v)
		switch {
		case err == nil:
			peers = append(peers, started)
		case p.name == ourName:
			return nil, err
		default:
			fmt.Fprintf(os.Stderr, "left out: %v\n", err)
		}
	}
	return peers, nil
}

func wanted(name, only string) bool {
	if only == "" || name == ourName {
		return true
	}
	for _, prefix := range strings.Split(only, ",") {
		if strings.HasPrefix(strings.ToLower(name), strings.ToLower(prefix)) {
			return true
		}
	}
	return false
}

// measure returns the results of each case and peer.
func measure(peers []*peer.Peer, dir string, o options) ([][]result, error) {
	results := make([][]result, len(benchCases))
	for i := range benchCases {
		c := &benchCases[i]
		x, err := peer.ReadFloats(filepath.Join(dir, c.name+".x.f32"))
		if err != nil {
			return nil, err
		}
		reference, err := c.reference(x)
		if err != nil {
			return nil, err
		}
		for _, p := range peers {
			r := result{ns: map[setting][]float64{}}
			var hows []string
			for _, s := range settings {
				distance, how, err := check(p, c, s, reference, dir)
				if errors.Is(err, peer.ErrNone) {
					continue
				}
				if err != nil {
					return nil, err
				}
				r.distance = max(r.distance, distance)
				r.ns[s] = []float64{}
				if how != "" && !slices.Contains(hows, how) {
					hows = append(hows, how)
				}
			}
			fmt.Fprintf(os.Stderr, "%s: %s agrees to %.1e  %s\n", c.name, p.Name, r.distance, strings.Join(hows, " or "))
			results[i] = append(results[i], r)
		}
	}
	for round := range o.rounds {
		for i := range benchCases {
			for _, s := range settings {
				for j := range peers {
					// Another program begins each round.
					k := (round + j) % len(peers)
					r := results[i][k]
					if r.ns[s] == nil {
						continue
					}
					// The idle threads of BLAS and OpenMP spin before they sleep.
					time.Sleep(25 * time.Millisecond)
					ns, err := peers[k].Times(o.repeats, "time", benchCases[i].name, s.threads, s.mode, o.repeats)
					if err != nil {
						return nil, err
					}
					r.ns[s] = append(r.ns[s], ns...)
				}
			}
		}
	}
	return results, nil
}

// report returns the tables and what is needed to read them, as Markdown.
func report(peers []*peer.Peer, results [][]result, o options, brief bool) string {
	var b strings.Builder
	names, versions := []string{}, []string{}
	for _, p := range peers {
		names = append(names, p.Name)
		for _, v := range strings.Split(p.Versions, ", ") {
			if !slices.Contains(versions, v) {
				versions = append(versions, v)
			}
		}
	}
	for i := range benchCases {
		b.WriteString(caseTable(&benchCases[i], names, results[i], o.seconds, brief))
		b.WriteByte('\n')
	}
	what := "least (median), and the ratio of the least to ours"
	if brief {
		what = "least of all runs (× ours)"
	}
	fmt.Fprintf(&b, "ns per frame, %s; %d s of sound, %d rounds of %d runs in turn; %s, %d CPUs, %s/%s, %s. ",
		what, o.seconds, o.rounds, o.repeats, table.CPUName(), runtime.NumCPU(), runtime.GOOS, runtime.GOARCH, time.Now().Format(time.DateOnly))
	fmt.Fprintf(&b, "A dash: the program has no such setting. %s. Command: `go run ./bench/engine`\n", strings.Join(versions, ", "))
	return b.String()
}
