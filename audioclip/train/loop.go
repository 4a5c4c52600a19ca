package train

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"math"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"github.com/soundspace/soundspace/internal/nn"
	"github.com/soundspace/soundspace/internal/nn/autodiff"
	"github.com/soundspace/soundspace/internal/nn/optim"
)

// Event tells how far a run has come, after each step.
type Event struct {
	Step, Steps int
	Loss, Rate  float64
	Norm        float64       // of the gradient, before it was clipped
	Elapsed     time.Duration // in this process
	Left        time.Duration // at the speed so far
	// Validation is what was measured after this step, nil if nothing was. With it come
	// all History up to here, and whether this is the Best.
	Validation *Record
	History    []Record
	Best       bool
}

// task is what is trained.
type task interface {
	// parameters returns all tensors that make up the model, trained or not.
	parameters() []*autodiff.Param
	// step adds the gradient of a step's batch to the parameters.
	step(ctx context.Context, t *autodiff.Tape, step int) (loss float64, err error)
	// stepped is called after each step of the optimiser.
	stepped()
	// validate evaluates the model as it is. One of the metrics may be the score; if
	// there is nothing to tell models apart by, none is.
	validate(ctx context.Context, c *nn.Context) (metrics map[string]float64, err error)
	// export writes the model as it is, with metadata in the file of its weights.
	export(dir string, metadata map[string]string) error
}

// scoreMetric is the metric that tells which model is the best: the one where it is
// largest. Without, it is the last.
const scoreMetric = "score"

// mostSkipped is the number of steps in a row whose gradient may be infinite or NaN.
const mostSkipped = 20

// loop is what all runs have in common: steps, validations and saved states.
type loop struct {
	task     task
	opt      Optimiser
	seed     uint64
	recipe   []byte // a run is taken up with the same only
	dir      string // of the run
	workers  int
	progress func(Event)

	state   State
	trained []*autodiff.Param
	skipped int // steps, in a row
}

// run trains until the last step, from the last saved state if there is one. When ctx
// ends the state is saved.
func (l *loop) run(ctx context.Context) error {
	params := l.task.parameters()
	for _, p := range params {
		if p.Grad != nil {
			l.trained = append(l.trained, p)
		}
	}
	l.state = State{
		Params:    params,
		Optimizer: optim.NewAdamW(l.trained, optim.AdamWConfig{WeightDecay: l.opt.WeightDecay, Beta2: l.opt.Beta2}),
		Progress:  Progress{Recipe: HashRecipe(l.recipe), Seed: l.seed},
	}
	if l.opt.Average > 0 {
		l.state.Average = optim.NewEMA(params, l.opt.Average)
	}
	if err := LoadState(filepath.Join(l.dir, stateName), &l.state); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	c := nn.NewContext(l.workers)
	tape := autodiff.NewTape(c)
	tape.Train = true
	begin, from := time.Now(), l.state.Step
	for l.state.Step < l.opt.Steps || l.due() {
		var e Event
		var err error
		if l.due() { // it was interrupted after the step
			e = l.event()
		} else {
			e, err = l.step(ctx, tape)
		}
		if err == nil && l.due() {
			err = l.validate(ctx, c, &e)
		}
		if err != nil && ctx.Err() != nil {
			if failed := l.save(); failed != nil {
				return fmt.Errorf("train: interrupted, and the state cannot be saved: %w", failed)
			}
			return ctx.Err()
		}
		if err != nil {
			return err
		}
		if e.Step%l.opt.SaveEvery == 0 || e.Step == l.opt.Steps {
			if err := l.save(); err != nil {
				return err
			}
		}
		if l.progress != nil {
			e.Elapsed = time.Since(begin)
			e.Left = time.Duration(float64(e.Elapsed) / float64(max(e.Step-from, 1)) * float64(e.Steps-e.Step))
			l.progress(e)
		}
	}
	return nil
}

// due tells whether a validation comes before the next step.
func (l *loop) due() bool {
	s := &l.state
	done := len(s.History) > 0 && s.History[len(s.History)-1].Step == s.Step
	return s.Step > 0 && !done && (s.Step%l.opt.ValidateEvery == 0 || s.Step == l.opt.Steps)
}

func (l *loop) save() error { return SaveState(filepath.Join(l.dir, stateName), &l.state) }

// event describes the step that was taken last.
func (l *loop) event() Event {
	schedule := optim.Schedule{Peak: l.opt.Rate, Floor: l.opt.FloorRate, Warmup: l.opt.Warmup, Steps: l.opt.Steps}
	return Event{Step: l.state.Step, Steps: l.opt.Steps, Rate: schedule.Rate(l.state.Step)}
}

// step takes a step. It changes nothing if it could not be begun because ctx has ended.
func (l *loop) step(ctx context.Context, tape *autodiff.Tape) (Event, error) {
	if err := ctx.Err(); err != nil {
		return Event{}, err
	}
	tape.Reset()
	for _, p := range l.trained {
		clear(p.Grad)
	}
	loss, err := l.task.step(ctx, tape, l.state.Step)
	if err != nil {
		return Event{}, err
	}
	c, limit := tape.Context(), math.Inf(1)
	if l.opt.ClipNorm > 0 {
		limit = l.opt.ClipNorm
	}
	norm, err := optim.ClipNorm(c, l.trained, limit)
	l.state.Step++
	e := l.event()
	e.Loss, e.Norm = loss, norm
	if err != nil {
		if l.skipped++; l.skipped > mostSkipped {
			return e, fmt.Errorf("train: step %d, the %dth in a row: %w", e.Step, l.skipped, err)
		}
		return e, nil
	}
	l.skipped = 0
	l.state.Optimizer.Step(c, e.Rate)
	l.task.stepped()
	if l.state.Average != nil {
		l.state.Average.Update(c)
	}
	l.state.Sums.add(loss, norm)
	return e, nil
}

// validate evaluates the averaged weights, and keeps the model if it is the best. Of
// metrics that are NaN or infinite nothing is kept: they are an error.
func (l *loop) validate(ctx context.Context, c *nn.Context, e *Event) error {
	if l.state.Average != nil {
		l.state.Average.Swap()
		defer l.state.Average.Swap()
	}
	metrics, err := l.task.validate(ctx, c)
	if err != nil {
		return err
	}
	r := Record{Step: e.Step, Values: map[string]float64{"rate": e.Rate}}
	maps.Copy(r.Values, metrics)
	r.Values["loss"], r.Values["norm"] = l.state.Sums.means()
	for _, name := range slices.Sorted(maps.Keys(r.Values)) {
		if v := r.Values[name]; math.IsNaN(v) || math.IsInf(v, 0) {
			return fmt.Errorf("train: after step %d, %s is %v", e.Step, name, v)
		}
	}
	score, ok := r.Values[scoreMetric]
	e.Best = !ok || l.state.Best == nil || score > l.state.Best.Values[scoreMetric]
	if e.Best {
		err := l.task.export(filepath.Join(l.dir, modelName), map[string]string{
			"format": "pt", "recipe_sha256": l.state.Recipe, "step": strconv.Itoa(e.Step),
		})
		if err != nil {
			return err
		}
		l.state.Best = &r
	}
	l.state.Sums = Sums{}
	l.state.History = append(l.state.History, r)
	e.Validation, e.History = &r, l.state.History
	return writeJSON(filepath.Join(l.dir, historyName), history{l.state.Best, l.state.History})
}

// history is what is written of what was measured.
type history struct {
	Best    *Record  `json:"best"`
	Records []Record `json:"records"`
}

// Sums are what has been added up since the last validation.
type Sums struct {
	Loss, Norm float64
	Steps      int
}

func (s *Sums) add(loss, norm float64) {
	s.Loss, s.Norm, s.Steps = s.Loss+loss, s.Norm+norm, s.Steps+1
}

func (s *Sums) means() (loss, norm float64) {
	n := float64(max(s.Steps, 1))
	return s.Loss / n, s.Norm / n
}
