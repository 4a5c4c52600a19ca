package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/soundspace/soundspace/audioclip/train"
	"github.com/soundspace/soundspace/internal/aside"
	"github.com/soundspace/soundspace/internal/command"
	"github.com/soundspace/soundspace/plot"
)

// runFlags are those of the commands that train.
type runFlags struct {
	recipe, data, out, cache string
	threads                  int
}

func (f *runFlags) define(cmd *cobra.Command) {
	s := cmd.Flags()
	s.StringVar(&f.recipe, "recipe", "", "`FILE` that says what is trained, and how")
	s.StringVar(&f.data, "data", "", "`FOLDER` of the data that the recipe names")
	s.StringVarP(&f.out, "out", "o", "", "`FOLDER` of the run, which goes on if it was interrupted")
	s.StringVar(&f.cache, "cache", "", "`FOLDER` for what can be made again (default: cache in the folder of the run)")
	s.IntVar(&f.threads, "threads", runtime.GOMAXPROCS(0), "number of threads; the result does not depend on it")
}

// open reads the recipe, and returns where the run is done.
func (f *runFlags) open(cmd *cobra.Command) (*train.Recipe, runConfig, error) {
	usage := func(format string, args ...any) (*train.Recipe, runConfig, error) {
		return nil, runConfig{}, command.UsageError{Err: fmt.Errorf(cmd.Name()+": "+format, args...)}
	}
	switch {
	case f.recipe == "":
		return usage("no recipe: --recipe FILE is missing")
	case f.out == "":
		return usage("where to? -o DIR is missing")
	case f.threads < 1 || f.threads > 4096:
		return usage("--threads %d: allowed are 1 to 4096", f.threads)
	}
	if f.data != "" {
		if st, err := os.Stat(f.data); err != nil {
			return nil, runConfig{}, err
		} else if !st.IsDir() {
			return nil, runConfig{}, fmt.Errorf("%s: not a folder", f.data)
		}
	}
	if err := checkOut(f.out); err != nil {
		return nil, runConfig{}, err
	}
	recipe, err := train.ReadRecipe(f.recipe, f.data)
	if err != nil {
		return nil, runConfig{}, err
	}
	cache := f.cache
	if cache == "" {
		cache = filepath.Join(f.out, "cache")
	}
	cfg := runConfig{Config: train.Config{Cache: cache, Workers: f.threads}, stderr: cmd.ErrOrStderr()}
	return recipe, cfg.in(f.out), nil
}

// checkOut finds out before anything is done that a folder cannot be written.
func checkOut(folder string) error {
	if st, err := os.Stat(folder); err == nil && !st.IsDir() {
		return fmt.Errorf("%s: not a folder", folder)
	} else if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// runConfig is where a run is done, and how it tells of its progress.
type runConfig struct {
	train.Config
	stderr io.Writer
}

// in returns c for another folder.
func (c runConfig) in(dir string) runConfig {
	r := &runReport{w: c.stderr, dir: dir, live: isTerminal(c.stderr)}
	c.Dir, c.Log, c.Prepared, c.Progress = dir, r.line, r.prepared, r.step
	return c
}

// goesOn is the error of a run; that of one that was interrupted says what to do.
func goesOn(err error) error {
	if errors.Is(err, context.Canceled) {
		return errors.New("interrupted; the run goes on with the same command")
	}
	return err
}

// runReport tells how a run goes on: a line for each validation and, on a terminal,
// one that is written over in between; and the learning curves as a picture.
type runReport struct {
	w     io.Writer
	dir   string
	live  bool
	shown time.Time
	err   error
}

const clearLine = "\r\x1b[K"

func (r *runReport) line(text string) {
	if r.live {
		fmt.Fprint(r.w, clearLine)
	}
	fmt.Fprintln(r.w, text)
}

// over shows text until the next one.
func (r *runReport) over(text string) {
	if now := time.Now(); r.live && now.Sub(r.shown) > 200*time.Millisecond {
		r.shown = now
		fmt.Fprint(r.w, clearLine, text)
	}
}

func (r *runReport) prepared(what string, done, total int) {
	r.over(fmt.Sprintf("%s: %d of %d", what, done, total))
}

func (r *runReport) step(e train.Event) {
	text := fmt.Sprintf("step %d of %d, loss %.4f, rate %.2g, %v left", e.Step, e.Steps, e.Loss, e.Rate, e.Left.Round(time.Second))
	if e.Validation == nil {
		r.over(text)
		return
	}
	text = fmt.Sprintf("step %d of %d, loss %.4f", e.Step, e.Steps, e.Validation.Values["loss"])
	for _, name := range measured(*e.Validation) {
		text += fmt.Sprintf(", %s %.4f", name, e.Validation.Values[name])
	}
	if e.Best {
		text += " (best)"
	}
	r.line(fmt.Sprintf("%s, %v left", text, e.Left.Round(time.Second)))
	if err := r.draw(e.History); err != nil && r.err == nil {
		r.err = err
		r.line("curves.png: " + err.Error())
	}
}

// notMeasured are values of a record that validation does not measure.
var notMeasured = []string{"loss", "norm", "rate", "scale", "score"}

// measured lists the metrics of validation.
func measured(r train.Record) []string {
	return slices.DeleteFunc(slices.Sorted(maps.Keys(r.Values)), func(name string) bool { return slices.Contains(notMeasured, name) })
}

// draw writes the learning curves: the loss, what validation measured, the scale of
// cosines if there is one, and the rate.
func (r *runReport) draw(history []train.Record) error {
	series := func(name string, best plot.Best) plot.Series {
		s := plot.Series{Name: name, Best: best}
		for _, h := range history {
			v, ok := h.Values[name]
			if !ok {
				v = math.NaN()
			}
			s.X, s.Y = append(s.X, float64(h.Step)), append(s.Y, v)
		}
		return s
	}
	chart := func(title, name string) plot.LineChart {
		s := series(name, plot.NoBest)
		s.Name = "" // the axis tells
		return plot.LineChart{XAxis: "step", YAxis: title, Series: []plot.Series{s}}
	}
	last := history[len(history)-1]
	charts := []plot.LineChart{chart("loss", "loss")}
	quality := plot.LineChart{XAxis: "step", YAxis: "on sources not trained on"}
	for _, name := range measured(last) {
		quality.Series = append(quality.Series, series(name, plot.Highest))
	}
	if quality.Series != nil {
		charts = append(charts, quality)
	}
	if _, ok := last.Values["scale"]; ok {
		charts = append(charts, chart("scale of cosines", "scale"))
	}
	figure, err := plot.LearningCurves(append(charts, chart("learning rate", "rate")), plot.Config{})
	if err != nil {
		return err
	}
	return aside.Write(filepath.Join(r.dir, "curves.png"), nil, figure.WritePNG)
}
