//go:build unix

// Command training compares a training step with PyTorch's.
//
//	go run ./bench/training [-rounds 5] [-reps 3] [-cases shipped] [-write README.md]
//
// A step is the forward pass of a batch in training mode, the backward pass and
// AdamW. All programs train the same networks from the same parameters on the same
// pictures; results and gradients must agree before anything is timed. Then the
// programs run in turn, round after round, with one thread and with two, so that a
// noisy machine is noisy for all of them. At last each one trains in a new process,
// of which the largest memory is taken. PyTorch runs in both layouts that it has.
//
// The first run installs PyTorch with pip (several GB) in a virtual environment in
// the cache folder of the user; -venv names one that exists.
package main

import (
	"embed"
	"errors"
	"flag"
	"fmt"
	"log"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/soundspace/soundspace/bench/internal/peer"
	"github.com/soundspace/soundspace/bench/internal/table"
	"github.com/soundspace/soundspace/bench/internal/venv"
)

//go:embed peers
var peerFiles embed.FS

const (
	requirements = "numpy<2.4 torch==2.11.0"
	ourName      = "soundspace"
)

// programs are started with the folder of the cases as their last argument, and know
// two requests:
//
//	check CASE THREADS FILE      → ok            (results and gradients are in FILE, float32)
//	time CASE THREADS REPEATS    → ok NS NS …    (after a step that is not timed)
var programs = []struct {
	name string
	args []string
}{
	{ourName, nil},
	{"PyTorch", []string{"torch_peer.py"}},
	{"PyTorch, channels last", []string{"torch_peer.py", "-channels-last"}},
}

var threadCounts = []int{1, 2}

type options struct {
	cache, python, venv string
	cases, write        string
	rounds, repeats     int
}

func main() {
	log.SetFlags(0)
	var o options
	flag.StringVar(&o.cache, "cache", "", "folder of what is installed and made (default soundspace-bench in the user's cache folder)")
	flag.StringVar(&o.python, "python", "", "Python interpreter, 3.12 or newer (default: from PATH)")
	flag.StringVar(&o.venv, "venv", "", "use this virtual environment, install nothing")
	flag.StringVar(&o.cases, "cases", "", "run only these cases, by their names")
	flag.StringVar(&o.write, "write", "", "write the table between the marks in this file, too")
	flag.IntVar(&o.rounds, "rounds", 5, "rounds")
	flag.IntVar(&o.repeats, "reps", 3, "steps in a round")
	asPeer := flag.Bool("serve", false, "be one of the programs (this command starts itself so)")
	flag.Parse()
	run := func() error { return compare(o) }
	if *asPeer {
		run = func() error { return serve(flag.Arg(0), os.Stdin, os.Stdout) }
	}
	if err := run(); err != nil {
		log.Fatal(err)
	}
}

func compare(o options) error {
	if o.rounds < 1 || o.repeats < 1 {
		return errors.New("-rounds and -reps must be at least 1")
	}
	v, err := venv.New(o.venv, o.cache, o.python)
	if err != nil {
		return err
	}
	if err := v.Install(requirements); err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "bench-training-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	if err := os.CopyFS(dir, peerFiles); err != nil {
		return err
	}
	if err := writeCases(dir); err != nil {
		return err
	}
	b := &bench{options: o, dir: dir, venv: v, results: map[key]*measurement{}}
	for _, c := range benchCases {
		if o.cases == "" || slices.Contains(strings.Split(o.cases, ","), c.Name) {
			b.cases = append(b.cases, c)
		}
	}
	if err := b.run(); err != nil {
		return err
	}
	report := b.report()
	fmt.Print(report)
	if o.write == "" {
		return nil
	}
	return table.WriteBetween(o.write, "training", report)
}

// bench is one comparison.
type bench struct {
	options
	dir     string
	venv    venv.Venv
	cases   []benchCase
	peers   []*peer.Peer
	results map[key]*measurement
}

// key names a measurement.
type key struct {
	program, name string
	threads       int
}

type measurement struct {
	ns    []float64
	bytes int64 // the largest memory of a process that trains; 0: not taken
}

func (b *bench) run() error {
	defer func() {
		for _, p := range b.peers {
			p.Stop()
		}
	}()
	for i := range programs {
		p, err := b.start(i)
		if err != nil {
			return err
		}
		b.peers = append(b.peers, p)
	}
	if err := b.check(); err != nil {
		return err
	}
	if err := b.measure(); err != nil {
		return err
	}
	return b.memory()
}

// start starts program i.
func (b *bench) start(i int) (*peer.Peer, error) {
	p := programs[i]
	if p.args == nil {
		path, err := os.Executable()
		if err != nil {
			return nil, err
		}
		return peer.Start(p.name, path, "-serve", b.dir)
	}
	args := []string{b.venv.Python(), "-B", "-W", "ignore", filepath.Join(b.dir, "peers", p.args[0])}
	return peer.Start(p.name, append(append(args, p.args[1:]...), b.dir)...)
}

// tolerance is how far results and gradients may be apart, tensor by tensor, in
// relation to the norm of the tensor. It is not smaller because where two values
// that a maximum is taken of are nearly equal, or one is nearly 0 before a ReLU,
// rounding decides which way a gradient goes: PyTorch's two layouts differ by up to
// 1e-2 here.
const tolerance = 5e-2

// check compares the results and gradients of all programs with those of PyTorch.
func (b *bench) check() error {
	file := filepath.Join(b.dir, "result.f32")
	for i := range b.cases {
		c := &b.cases[i]
		for _, threads := range threadCounts {
			var reference []float32
			for j := range b.peers {
				p := b.peers[(j+1)%len(b.peers)]
				if _, err := p.Ask("check", c.Name, threads, file); err != nil {
					return fmt.Errorf("%s: %w", c.Name, err)
				}
				got, err := peer.ReadFloats(file)
				if err != nil {
					return err
				}
				b.results[key{p.Name, c.Name, threads}] = &measurement{}
				if reference == nil {
					reference = got
					continue
				}
				d, err := c.difference(got, reference)
				if err != nil {
					return fmt.Errorf("%s disagrees on %s: %w", p.Name, c.Name, err)
				}
				fmt.Fprintf(os.Stderr, "%s, %d threads: %s agrees to %.1e\n", c.Name, threads, p.Name, d)
			}
		}
	}
	return nil
}

// difference returns the largest norm of a difference of two tensors, in relation to
// the norm of the tensor.
func (c *benchCase) difference(got, want []float32) (float64, error) {
	tensors := append([]tensor{{name: "results", shape: []int{c.Batch, c.out()}}}, c.tensors()...)
	worst := 0.0
	for i, t := range tensors {
		n := t.size()
		if len(got) < n || len(want) < n {
			return 0, errors.New("too few values")
		}
		var norm, difference float64
		for j, w := range want[:n] {
			d := float64(got[j]) - float64(w)
			norm += float64(w) * float64(w)
			difference += d * d
		}
		off := math.Sqrt(difference / norm)
		if !(off <= tolerance) {
			return 0, fmt.Errorf("tensor %d, %s: off by %g of its norm", i, t.name, off)
		}
		worst = max(worst, off)
		got, want = got[n:], want[n:]
	}
	return worst, nil
}

func (b *bench) measure() error {
	for round := range b.rounds {
		for i := range b.cases {
			for _, threads := range threadCounts {
				for j := range b.peers {
					p := b.peers[(round+j)%len(b.peers)] // another program begins each round
					// The idle threads of OpenMP spin before they sleep.
					time.Sleep(50 * time.Millisecond)
					ns, err := p.Times(b.repeats, "time", b.cases[i].Name, threads, b.repeats)
					if err != nil {
						return err
					}
					m := b.results[key{p.Name, b.cases[i].Name, threads}]
					m.ns = append(m.ns, ns...)
				}
			}
		}
	}
	return nil
}

// memory has every program train in a process of its own.
func (b *bench) memory() error {
	for i := range b.cases {
		for j, program := range programs {
			p, err := b.start(j)
			if err != nil {
				return err
			}
			_, err = p.Times(3, "time", b.cases[i].Name, 1, 3)
			b.results[key{program.name, b.cases[i].Name, 1}].bytes = peakMemory(p.PID())
			p.Stop()
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// peakMemory returns the most memory that a process has had so far, 0 if the system
// does not tell.
func peakMemory(pid int) int64 {
	data, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	var kB int64
	for line := range strings.Lines(string(data)) {
		if rest, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			fmt.Sscan(rest, &kB)
		}
	}
	return kB << 10
}

// report returns the table and what is needed to read it, as Markdown: the median
// time of a step of each program, its ratio to ours, and memory.
func (b *bench) report() string {
	rows := [][]string{{"ms of a step"}}
	var versions []string
	for _, p := range b.peers {
		for _, threads := range threadCounts {
			unit := " threads"
			if threads == 1 {
				unit = " thread"
			}
			rows[0] = append(rows[0], fmt.Sprint(p.Name, ", ", threads, unit))
		}
		rows[0] = append(rows[0], "MB")
		if !slices.Contains(versions, p.Versions) {
			versions = append(versions, p.Versions)
		}
	}
	for _, c := range b.cases {
		parameters := 0
		for _, t := range c.tensors() {
			parameters += t.size()
		}
		row := []string{fmt.Sprintf("%s, %.2f M parameters", c.title, float64(parameters)/1e6)}
		for _, p := range b.peers {
			for _, threads := range threadCounts {
				ours := median(b.results[key{ourName, c.Name, threads}].ns)
				ns := median(b.results[key{p.Name, c.Name, threads}].ns)
				text := fmt.Sprintf("%.1f", ns/1e6)
				if p.Name != ourName {
					text += fmt.Sprintf(" (%.2f×)", ns/ours)
				}
				row = append(row, text)
			}
			row = append(row, fmt.Sprintf("%.0f", float64(b.results[key{p.Name, c.Name, 1}].bytes)/1e6))
		}
		rows = append(rows, row)
	}
	return table.Markdown(rows) + fmt.Sprintf("\nForward, backward and AdamW of a batch of 32; median of %d rounds of %d steps in turn (× ours); the largest memory of a process that trains on one thread; %s, %d CPUs, %s/%s, %s. %s. Command: `go run ./bench/training`\n",
		b.rounds, b.repeats, table.CPUName(), runtime.NumCPU(), runtime.GOOS, runtime.GOARCH, time.Now().Format(time.DateOnly), strings.Join(versions, ", "))
}

func median(x []float64) float64 {
	x = slices.Sorted(slices.Values(x))
	return (x[(len(x)-1)/2] + x[len(x)/2]) / 2
}
