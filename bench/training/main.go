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
	"math"
	"os"

	"github.com/soundspace/soundspace/bench/internal/contest"
	"github.com/soundspace/soundspace/bench/internal/peer"
	"github.com/soundspace/soundspace/bench/internal/statistics"
	"github.com/soundspace/soundspace/bench/internal/table"
)

//go:embed peers
var peerFiles embed.FS

const (
	requirements = "numpy<2.4 torch==2.11.0"
	ourName      = "soundspace"
)

// The results of programs are those of the network, and then all gradients.
var programs = []contest.Program{
	{Name: ourName, Command: contest.Self()},
	{Name: "PyTorch", Command: contest.Python("torch_peer.py")},
	{Name: "PyTorch, channels last", Command: contest.Python("torch_peer.py", "-channels-last")},
}

var settings = contest.Threads(1, 2)

type options struct {
	contest.Options
	cases string
}

func main() {
	var o options
	o.AddFlags(3, "steps")
	flag.StringVar(&o.cases, "cases", "", "run only these cases, by the beginnings of their names")
	contest.Main(&o.Options, func() error { return compare(o) }, func() error { return serve(flag.Arg(0), os.Stdin, os.Stdout) })
}

func compare(o options) error {
	v, err := o.Open(requirements)
	if err != nil {
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
	b := &bench{Contest: contest.Contest{Options: o.Options, Venv: v, Dir: dir, Programs: programs, Settings: settings}}
	for _, c := range benchCases {
		if contest.Begins(c.Name, o.cases) {
			b.cases = append(b.cases, c)
			b.Cases = append(b.Cases, contest.Case{Name: c.Name, Distance: c.difference, Memory: true})
		}
	}
	if err := b.Run(); err != nil {
		return err
	}
	report := b.report()
	fmt.Print(report)
	return table.WriteBetween(o.Write, "training", report)
}

// bench is one comparison.
type bench struct {
	contest.Contest
	cases []benchCase
}

// tolerance is how far results and gradients may be apart, tensor by tensor, in
// relation to the norm of the tensor. It is not smaller because where two values
// that a maximum is taken of are nearly equal, or one is nearly 0 before a ReLU,
// rounding decides which way a gradient goes: PyTorch's two layouts differ by up to
// 1e-2 here.
const tolerance = 5e-2

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

// report returns the table and what is needed to read it, as Markdown: the median
// time of a step of each program, its ratio to ours, and memory.
func (b *bench) report() string {
	rows := [][]string{{"ms of a step"}}
	for _, p := range b.Peers {
		for _, s := range settings {
			rows[0] = append(rows[0], fmt.Sprint(p.Name, ", ", s))
		}
		rows[0] = append(rows[0], "MB")
	}
	for _, c := range b.cases {
		parameters := 0
		for _, t := range c.tensors() {
			parameters += t.size()
		}
		row := []string{fmt.Sprintf("%s, %.2f M parameters", c.title, float64(parameters)/1e6)}
		for _, p := range b.Peers {
			for _, s := range settings {
				ns := statistics.Median(b.Result(p.Name, c.Name, s).NS)
				text := fmt.Sprintf("%.1f", ns/1e6)
				if p.Name != ourName {
					text += fmt.Sprintf(" (%.2f×)", ns/statistics.Median(b.Result(ourName, c.Name, s).NS))
				}
				row = append(row, text)
			}
			row = append(row, fmt.Sprintf("%.0f", float64(b.Result(p.Name, c.Name, settings[0]).Memory)/1e6))
		}
		rows = append(rows, row)
	}
	return table.Markdown(rows) + fmt.Sprintf("\nForward, backward and AdamW of a batch of 32; median of %d rounds of %d steps in turn (× ours); the largest memory of a process that trains on one thread; %s. %s. Command: `go run ./bench/training`\n",
		b.Rounds, b.Repeats, table.Machine(), peer.Versions(b.Peers))
}
