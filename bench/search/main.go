//go:build unix

// Command search compares the exact search of internal/nearest with those of faiss
// and usearch.
//
//	go run ./bench/search [-n 200000] [-dim 512] [-k 10] [-data random,clusters] [-write README.md]
//
// All programs search the same vectors of length 1 for the same queries, one at a
// time, on one core and on two: vectors of random directions, and such as encoders
// make, in clusters of very different sizes about a common direction, some nearly
// equal, with dimensions of unequal spread. First every program's hits are compared
// with those of a plain loop in float64. Then the programs run in turn, round after
// round, so that a noisy machine is noisy for all of them; beside them a loop that
// only reads shows what memory allows.
//
// With a million vectors of 512 values the programs that have the float32 values
// need 2 GB each, those of eight bits 0.5 GB, and the vectors 2 GB on disk.
//
// The first run installs faiss and usearch with pip in a virtual environment in the
// cache folder of the user; -venv names one that exists.
package main

import (
	"embed"
	"errors"
	"flag"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/soundspace/soundspace/bench/internal/contest"
	"github.com/soundspace/soundspace/bench/internal/memory"
	"github.com/soundspace/soundspace/bench/internal/peer"
	"github.com/soundspace/soundspace/bench/internal/statistics"
	"github.com/soundspace/soundspace/bench/internal/table"
	"github.com/soundspace/soundspace/bench/internal/venv"
)

//go:embed peers
var peerFiles embed.FS

const requirements = "numpy<2.4 faiss-cpu==1.15.1 usearch==2.26.6"

// program is one that searches. They are started with the folder of the vectors and
// the dimension as their last arguments, and know two requests, of queries by their
// numbers, modulo how many there are:
//
//	check THREADS K FIRST COUNT    → ok ID ID …    (K hits of each)
//	time THREADS K FIRST COUNT     → ok NS NS …    (after a search that is not timed)
type program struct {
	contest.Program
	bytes   float64 // that it reads of a value; 0: not of all
	threads []int
}

const reading = "reading as much as int8"

var programs = []program{
	{contest.Program{Name: reading, Command: contest.Self("reading")}, 1, []int{1, 2}},
	{contest.Program{Name: "soundspace float32", Command: contest.Self("float32")}, 4, []int{1, 2}},
	{contest.Program{Name: "soundspace int8, float32 on disk", Command: contest.Self("int8")}, 1, []int{1, 2}},
	{contest.Program{Name: "faiss IndexFlatIP", Command: contest.Python("faiss_peer.py")}, 4, []int{1}},
	{contest.Program{Name: "faiss IndexFlatIP, two shards", Command: contest.Python("faiss_peer.py", "-shards")}, 4, []int{2}},
	{contest.Program{Name: "usearch exact float32", Command: contest.Python("usearch_peer.py")}, 4, []int{1, 2}},
	{contest.Program{Name: "usearch exact int8", Command: contest.Python("usearch_peer.py", "-i8")}, 1, []int{1, 2}},
	{contest.Program{Name: "usearch HNSW int8", Command: contest.Python("usearch_peer.py", "-hnsw")}, 0, []int{1}},
}

type options struct {
	contest.Options
	data, only string
	n, dim, k  int
	hnsw       bool
}

func main() {
	var o options
	o.AddFlags(40, "queries")
	flag.StringVar(&o.data, "data", "random,clusters", "vectors, of random directions and like those of encoders")
	flag.StringVar(&o.only, "only", "", "run only programs whose names contain one of these words, with commas between")
	flag.IntVar(&o.n, "n", 200_000, "number of vectors")
	flag.IntVar(&o.dim, "dim", 512, "number of dimensions")
	flag.IntVar(&o.k, "k", 10, "number of hits")
	flag.BoolVar(&o.hnsw, "hnsw", false, "build an HNSW index, too, which takes minutes")
	contest.Main(&o.Options, func() error { return compare(o) }, func() error {
		return serve(flag.Arg(0), flag.Arg(1), flag.Arg(2), os.Stdin, os.Stdout)
	})
}

func compare(o options) error {
	if o.n < 1 || o.dim < 1 || o.k < 1 || o.k > o.n {
		return errors.New("-n, -dim and -k must be at least 1, -k at most -n")
	}
	v, err := o.Open(requirements)
	if err != nil {
		return err
	}
	var text strings.Builder
	for _, data := range strings.Split(o.data, ",") {
		b := &bench{options: o, data: data, venv: v}
		if err := b.run(); err != nil {
			return err
		}
		report := b.report()
		fmt.Print(report)
		text.WriteString(report)
	}
	return table.WriteBetween(o.Write, "search", text.String())
}

// bench is the comparison on one kind of vectors.
type bench struct {
	options
	data, dir string
	venv      venv.Venv
	runs      []*run
}

// run is a program on so many threads.
type run struct {
	program
	peer    *peer.Peer
	threads int
	ns      []float64
	recall  float64
	memory  int64
}

func (b *bench) run() (err error) {
	if b.dir, err = os.MkdirTemp("", "bench-search-"); err != nil {
		return err
	}
	defer os.RemoveAll(b.dir)
	if err := os.CopyFS(b.dir, peerFiles); err != nil {
		return err
	}
	truth, err := writeData(b.dir, b.data, b.n, b.dim, b.k)
	if err != nil {
		return err
	}
	defer func() {
		for _, r := range b.runs {
			r.peer.Stop()
		}
	}()
	if err := b.start(); err != nil {
		return err
	}
	for _, r := range b.runs {
		if r.recall, err = r.check(truth, b.k); err != nil {
			return err
		}
		r.memory = memory.Of(r.peer.PID(), memory.Private)
	}
	for round := range b.Rounds {
		err := contest.InTurn(round, b.runs, func(r *run) error {
			ns, err := r.peer.Times(b.Repeats, "time", r.threads, b.k, round*b.Repeats, b.Repeats)
			r.ns = append(r.ns, ns...)
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func (b *bench) start() error {
	for _, p := range programs {
		if !b.chosen(p.Name) {
			continue
		}
		begin := time.Now()
		started, err := p.Start(b.venv, b.dir, strconv.Itoa(b.dim))
		if err != nil {
			return err
		}
		fmt.Fprintf(os.Stderr, "%s, %s: ready after %.1f s\n", b.data, p.Name, time.Since(begin).Seconds())
		for _, threads := range p.threads {
			b.runs = append(b.runs, &run{program: p, peer: started, threads: threads})
		}
	}
	return nil
}

func (b *bench) chosen(name string) bool {
	if !b.hnsw && strings.Contains(name, "HNSW") {
		return false
	}
	return b.only == "" || slices.ContainsFunc(strings.Split(b.only, ","), func(word string) bool { return strings.Contains(name, word) })
}

// check returns the share of the true hits that a program finds.
func (r *run) check(truth [][]int, k int) (float64, error) {
	if r.Name == reading {
		return 0, nil
	}
	answer, err := r.peer.Ask("check", r.threads, k, 0, len(truth))
	if err != nil {
		return 0, err
	}
	ids := strings.Fields(answer)
	if len(ids) != len(truth)*k {
		return 0, fmt.Errorf("%s: %d hits, want %d", r.Name, len(ids), len(truth)*k)
	}
	found := 0
	for i, text := range ids {
		id, err := strconv.Atoi(text)
		if err != nil {
			return 0, fmt.Errorf("%s: %w", r.Name, err)
		}
		if slices.Contains(truth[i/k], id) {
			found++
		}
	}
	return float64(found) / float64(len(ids)), nil
}

// report returns the table and what is needed to read it, as Markdown.
func (b *bench) report() string {
	title := map[string]string{"random": "random directions", "clusters": "clusters, as of an encoder"}[b.data]
	rows := [][]string{{title, "threads", "p50, ms", "p99, ms", "GB/s", "recall", "MB"}}
	var peers []*peer.Peer
	for _, r := range b.runs {
		p50 := statistics.Percentile(r.ns, 50)
		speed, recall := "–", "–"
		if r.bytes > 0 {
			speed = fmt.Sprintf("%.1f", r.bytes*float64(b.n)*float64(b.dim)/p50)
		}
		if r.Name != reading {
			recall = fmt.Sprintf("%.3f", r.recall)
		}
		text := fmt.Sprintf("%.2f", p50/1e6)
		if flat := b.faiss(r.threads); flat != nil && r != flat && r.Name != reading {
			text += fmt.Sprintf(" (%.2f×)", statistics.Percentile(flat.ns, 50)/p50)
		}
		rows = append(rows, []string{r.Name, strconv.Itoa(r.threads), text, fmt.Sprintf("%.2f", statistics.Percentile(r.ns, 99)/1e6), speed, recall, fmt.Sprintf("%.0f", float64(r.memory)/1e6)})
		peers = append(peers, r.peer)
	}
	return table.Markdown(rows) + fmt.Sprintf("\n%d vectors of %d values, the %d best, one query at a time, %d queries in %d rounds in turn (× as fast as faiss on as many threads); recall against a plain loop in float64; memory without that of files; %s. %s. Command: `go run ./bench/search -n %d -dim %d`\n\n",
		b.n, b.dim, b.k, b.Rounds*b.Repeats, b.Rounds, table.Machine(), peer.Versions(peers), b.n, b.dim)
}

func (b *bench) faiss(threads int) *run {
	for _, r := range b.runs {
		if strings.HasPrefix(r.Name, "faiss") && r.threads == threads {
			return r
		}
	}
	return nil
}
