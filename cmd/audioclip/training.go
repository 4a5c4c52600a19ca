package main

import (
	"fmt"
	"io"
	"maps"
	"math"
	"path/filepath"
	"runtime"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/soundspace/soundspace/audioclip/train"
	"github.com/soundspace/soundspace/internal/aside"
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
	for _, name := range []string{"recipe", "out"} {
		cmd.MarkFlagRequired(name)
	}
}

// config returns where a run is done, and how it tells of its progress.
func (f *runFlags) config(stderr io.Writer) train.Config {
	cache := f.cache
	if cache == "" {
		cache = filepath.Join(f.out, "cache")
	}
	r := &runReport{w: stderr, dir: f.out, live: isTerminal(stderr)}
	return train.Config{
		Dir: f.out, Cache: cache, Workers: f.threads,
		Log: r.line, Prepared: r.prepared, Progress: r.step,
	}
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
	for _, name := range slices.Sorted(maps.Keys(e.Validation.Values)) {
		if !slices.Contains([]string{"loss", "norm", "rate", "score"}, name) {
			text += fmt.Sprintf(", %s %.4f", name, e.Validation.Values[name])
		}
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

// draw writes the learning curves: the loss, what validation measured, and the rate.
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
	measured := plot.LineChart{XAxis: "step", YAxis: "on sources not trained on"}
	for _, name := range slices.Sorted(maps.Keys(history[len(history)-1].Values)) {
		if !slices.Contains([]string{"loss", "norm", "rate", "score"}, name) {
			measured.Series = append(measured.Series, series(name, plot.Highest))
		}
	}
	figure, err := plot.LearningCurves([]plot.LineChart{
		{XAxis: "step", YAxis: "loss", Series: []plot.Series{series("loss", plot.NoBest)}},
		measured,
		{XAxis: "step", YAxis: "learning rate", Series: []plot.Series{series("rate", plot.NoBest)}},
	}, plot.Config{})
	if err != nil {
		return err
	}
	return aside.Write(filepath.Join(r.dir, "curves.png"), nil, figure.WritePNG)
}
