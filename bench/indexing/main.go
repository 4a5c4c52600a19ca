//go:build unix

// Command indexing measures how fast folders are indexed, and in what memory.
//
//	go run ./bench/indexing [-clips 48] [-rounds 3] [-files 10000] [-hours 5]
//
// First, clips of ten seconds (WAV, 44.1 kHz, stereo) are indexed with CLAP of full size,
// with random weights, and the same is done in Python: librosa decodes, transformers
// makes the log-mel spectrograms and runs the model in PyTorch. The vectors must agree;
// then both run in turn, with one thread and with two, in processes of their own. Then
// folders of many tiny recordings, and one recording of many hours, are indexed with the
// model that ships, each in a process whose largest memory is told.
//
// The first run installs the Python packages with pip (several GB) in a virtual
// environment in the cache folder of the user; -venv names one that exists, and -venv
// none leaves Python out.
package main

import (
	"context"
	"embed"
	"flag"
	"fmt"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/soundspace/soundspace/audioclip"
	"github.com/soundspace/soundspace/audioclip/index"
	"github.com/soundspace/soundspace/audioclip/index/sqlite"
	"github.com/soundspace/soundspace/audioclip/pretrained"
	"github.com/soundspace/soundspace/bench/internal/clap"
	"github.com/soundspace/soundspace/bench/internal/peer"
	"github.com/soundspace/soundspace/bench/internal/recording"
	"github.com/soundspace/soundspace/bench/internal/statistics"
	"github.com/soundspace/soundspace/bench/internal/table"
	"github.com/soundspace/soundspace/bench/internal/venv"
)

//go:embed peers
var peers embed.FS

const (
	requirements = "numpy<2.4 torch==2.11.0 transformers==4.57.6 librosa==0.11.0"
	clipSeconds  = 10
)

type options struct {
	venv.Options
	clips, rounds, files, hours int
}

func main() {
	log.SetFlags(0)
	if len(os.Args) > 1 && os.Args[1] == "index" {
		if err := indexFolder(os.Args[2:]); err != nil {
			log.Fatal(err)
		}
		return
	}
	var o options
	o.AddFlags()
	flag.Lookup("venv").Usage += " (none: no Python)"
	flag.IntVar(&o.clips, "clips", 48, "clips that are indexed with CLAP")
	flag.IntVar(&o.rounds, "rounds", 3, "rounds")
	flag.IntVar(&o.files, "files", 10000, "tiny recordings")
	flag.IntVar(&o.hours, "hours", 5, "length of the long recording")
	flag.Parse()
	if err := run(o); err != nil {
		log.Fatal(err)
	}
}

func run(o options) error {
	dir, err := os.MkdirTemp("", "indexing")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	if o.Dir != "none" {
		if err := compare(o, dir); err != nil {
			return err
		}
	}
	return memory(o, dir)
}

// indexFolder is a process: it indexes a folder with a model (empty: the one that ships)
// into a file, and prints the seconds that it took and the windows.
func indexFolder(args []string) error {
	model, folder, db := args[0], args[1], args[2]
	threads, err := strconv.Atoi(args[3])
	if err != nil {
		return err
	}
	open := pretrained.Open
	if model != "" {
		open = func(cfg audioclip.Config) (*audioclip.Model, error) { return cfg.Open(model) }
	}
	m, err := open(audioclip.Config{Workers: 1, Towers: audioclip.Audio})
	if err != nil {
		return err
	}
	defer m.Close()
	s, err := sqlite.Open(db)
	if err != nil {
		return err
	}
	defer s.Close()
	begin := time.Now()
	r, err := index.Build(context.Background(), s, m, []string{folder}, index.BuildConfig{Workers: threads})
	if err != nil {
		return err
	}
	for _, f := range r.Failures {
		return fmt.Errorf("%s: %w", f.Path, f.Err)
	}
	fmt.Println(time.Since(begin).Seconds(), r.Added, r.Sound.Seconds())
	return s.Close()
}

// result is what a process has printed, and its largest memory in MB.
type result struct {
	seconds float64
	fields  []string
	memory  float64
}

func start(name string, args ...string) (result, error) {
	c := exec.Command(name, args...)
	c.Stderr = os.Stderr
	out, err := c.Output()
	if err != nil {
		return result{}, fmt.Errorf("%s: %w", name, err)
	}
	r := result{fields: strings.Fields(string(out))}
	if len(r.fields) == 0 {
		return r, fmt.Errorf("%s has printed nothing", name)
	}
	r.seconds, err = strconv.ParseFloat(r.fields[0], 64)
	r.memory = float64(c.ProcessState.SysUsage().(*syscall.Rusage).Maxrss) / 1024
	return r, err
}

// ours indexes a folder in another process.
func ours(model, folder, db string, threads int) (result, error) {
	for _, companion := range []string{"", "-wal", "-shm"} {
		os.Remove(db + companion)
	}
	exe, err := os.Executable()
	if err != nil {
		return result{}, err
	}
	return start(exe, "index", model, folder, db, strconv.Itoa(threads))
}

// compare indexes clips with CLAP, in Go and in Python.
func compare(o options, dir string) error {
	v, err := o.Open(requirements)
	if err != nil {
		return err
	}
	scripts := filepath.Join(dir, "scripts")
	if err := os.CopyFS(scripts, peers); err != nil {
		return err
	}
	model, clips := filepath.Join(dir, "clap"), filepath.Join(dir, "clips")
	if err := clap.Make(v, model); err != nil {
		return err
	}
	if err := os.Mkdir(clips, 0o777); err != nil {
		return err
	}
	for i := range o.clips {
		if err := recording.WriteTone(filepath.Join(clips, fmt.Sprintf("%04d.wav", i)), clipSeconds, 44100, 2, uint64(i)); err != nil {
			return err
		}
	}
	vectors, db := filepath.Join(dir, "vectors.f32"), filepath.Join(dir, "clips.db")
	programs := []struct {
		name string
		run  func(threads int) (result, error)
	}{
		{"soundspace", func(threads int) (result, error) { return ours(model, clips, db, threads) }},
		{"librosa, transformers, PyTorch", func(threads int) (result, error) {
			return start(v.Python(), filepath.Join(scripts, "peers", "index.py"), model, clips, strconv.Itoa(threads), vectors)
		}},
	}
	rows := [][]string{{fmt.Sprintf("%d clips of %d s, CLAP", o.clips, clipSeconds), "1 thread", "2 threads", "memory"}}
	times := make([][2][]float64, len(programs))
	largest := make([]float64, len(programs))
	for range o.rounds {
		for t := range 2 {
			for i, p := range programs {
				r, err := p.run(t + 1)
				if err != nil {
					return err
				}
				times[i][t] = append(times[i][t], r.seconds)
				largest[i] = max(largest[i], r.memory)
			}
			if err := agree(db, vectors); err != nil {
				return err
			}
		}
	}
	for i, p := range programs {
		row := []string{p.name}
		for t := range 2 {
			row = append(row, fmt.Sprintf("%.1f × real time", float64(o.clips*clipSeconds)/statistics.Median(times[i][t])))
		}
		rows = append(rows, append(row, fmt.Sprintf("%.0f MB", largest[i])))
	}
	fmt.Println(table.CPUName())
	fmt.Println(table.Markdown(rows))
	return nil
}

// agree checks the vectors of both programs.
func agree(db, vectors string) error {
	want, err := peer.ReadFloats(vectors)
	if err != nil {
		return err
	}
	s, err := sqlite.OpenReadOnly(db)
	if err != nil {
		return err
	}
	defer s.Close()
	for f, err := range s.Files(context.Background()) {
		if err != nil {
			return err
		}
		e, err := s.Get(context.Background(), f.ID())
		if err != nil {
			return err
		}
		v := e.Windows[0].Vector
		if len(e.Windows) != 1 || len(want) < len(v) {
			return fmt.Errorf("%s: %d windows", f.Path, len(e.Windows))
		}
		cosine := 0.0
		for i, x := range v {
			cosine += float64(x) * float64(want[i])
		}
		if want = want[len(v):]; !(cosine > 0.9995) {
			return fmt.Errorf("%s: the cosine of both vectors is %g", f.Path, cosine)
		}
	}
	return nil
}

// memory indexes much with little.
func memory(o options, dir string) error {
	rows := [][]string{{"model that ships", "time", "× real time", "memory", "index"}}
	db := filepath.Join(dir, "memory.db")
	add := func(what, folder string) error {
		r, err := ours("", folder, db, 2)
		if err != nil {
			return err
		}
		sound, err := strconv.ParseFloat(r.fields[2], 64)
		if err != nil {
			return err
		}
		st, err := os.Stat(db)
		if err != nil {
			return err
		}
		rows = append(rows, []string{what, fmt.Sprintf("%.1f s", r.seconds), fmt.Sprintf("%.0f", sound/r.seconds), fmt.Sprintf("%.0f MB", r.memory), fmt.Sprintf("%.1f MB", float64(st.Size())/1e6)})
		return nil
	}
	for _, n := range []int{o.files / 100, o.files / 10, o.files} {
		folder := filepath.Join(dir, fmt.Sprintf("tiny-%d", n))
		if err := os.Mkdir(folder, 0o777); err != nil {
			return err
		}
		for i := range n {
			if err := recording.WriteTone(filepath.Join(folder, fmt.Sprintf("%06d.wav", i)), 0.2, 8000, 1, uint64(i)); err != nil {
				return err
			}
		}
		if err := add(fmt.Sprintf("%d recordings of 0.2 s", n), folder); err != nil {
			return err
		}
	}
	if o.hours > 0 {
		long := filepath.Join(dir, "long.wav")
		if err := recording.Write(long, 3600*o.hours, 1); err != nil {
			return err
		}
		if err := add(fmt.Sprintf("a recording of %d h", o.hours), long); err != nil {
			return err
		}
	}
	fmt.Println(table.Markdown(rows))
	return nil
}
