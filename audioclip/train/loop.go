package train

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"math"
	"path/filepath"
	"time"

	"github.com/soundspace/soundspace/internal/nn"
	"github.com/soundspace/soundspace/internal/nn/autodiff"
	"github.com/soundspace/soundspace/internal/nn/optim"
)

// Optimiser says how a network is trained: by AdamW, at a rate that rises linearly to
// Rate in Warmup steps and falls along a cosine to FloorRate.
type Optimiser struct {
	Steps       int     `json:"steps"`
	Batch       int     `json:"batch"`
	Warmup      int     `json:"warmup"`
	Rate        float64 `json:"rate"`
	FloorRate   float64 `json:"floor_rate"`
	WeightDecay float64 `json:"weight_decay"`
	Beta2       float64 `json:"beta2"` // 0: 0.999
	// ClipNorm limits the norm of the gradient (0: no limit).
	ClipNorm float64 `json:"clip_norm"`
	// Average is the decay of the moving average of the weights, which is what is
	// evaluated and kept (0: the weights themselves).
	Average float64 `json:"average"`
	// ValidateEvery and SaveEvery are numbers of steps.
	ValidateEvery int `json:"validate_every"`
	SaveEvery     int `json:"save_every"`
}

func (o Optimiser) validate() error {
	switch {
	case o.Steps < 1 || o.Batch < 1 || o.ValidateEvery < 1 || o.SaveEvery < 1:
		return fmt.Errorf("train: steps %d, batch %d, validate_every %d and save_every %d must be positive", o.Steps, o.Batch, o.ValidateEvery, o.SaveEvery)
	case o.Warmup < 0 || o.Warmup > o.Steps:
		return fmt.Errorf("train: a warmup of %d of %d steps", o.Warmup, o.Steps)
	case !(o.Rate > 0) || !(o.FloorRate >= 0 && o.FloorRate <= o.Rate) || !(o.WeightDecay >= 0) || math.IsInf(o.Rate+o.WeightDecay, 0):
		return fmt.Errorf("train: rate %g, floor_rate %g, weight_decay %g", o.Rate, o.FloorRate, o.WeightDecay)
	case !(o.Beta2 >= 0 && o.Beta2 < 1) || !(o.Average >= 0 && o.Average < 1) || !(o.ClipNorm >= 0):
		return fmt.Errorf("train: beta2 %g, average %g, clip_norm %g", o.Beta2, o.Average, o.ClipNorm)
	}
	return nil
}

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
	// validate evaluates the model as it is. One of the metrics is the score.
	validate(ctx context.Context, c *nn.Context) (metrics map[string]float64, err error)
	// export writes the model as it is.
	export(dir string) error
}

// scoreMetric is the metric that tells which model is the best: the one where it is
// largest.
const scoreMetric = "score"

// mostSkipped is the number of steps in a row whose gradient may be infinite or NaN.
const mostSkipped = 20

// loop is a run of training.
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

// The files of a run.
const (
	stateName = "state.safetensors"
	modelName = "model"
)

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
	for l.state.Step < l.opt.Steps {
		if err := ctx.Err(); err != nil {
			return errors.Join(err, l.save())
		}
		e, err := l.step(ctx, tape)
		if err != nil {
			return err
		}
		if e.Step%l.opt.ValidateEvery == 0 || e.Step == l.opt.Steps {
			if err := l.validate(ctx, c, &e); err != nil {
				return err // if ctx ended: the run goes on from before this step
			}
		}
		if e.Step%l.opt.SaveEvery == 0 || e.Step == l.opt.Steps {
			if err := l.save(); err != nil {
				return err
			}
		}
		if l.progress != nil {
			e.Elapsed = time.Since(begin)
			e.Left = time.Duration(float64(e.Elapsed) / float64(e.Step-from) * float64(e.Steps-e.Step))
			l.progress(e)
		}
	}
	return nil
}

func (l *loop) save() error { return SaveState(filepath.Join(l.dir, stateName), &l.state) }

// step takes a step.
func (l *loop) step(ctx context.Context, tape *autodiff.Tape) (Event, error) {
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
	schedule := optim.Schedule{Peak: l.opt.Rate, Floor: l.opt.FloorRate, Warmup: l.opt.Warmup, Steps: l.opt.Steps}
	e := Event{Step: l.state.Step, Steps: l.opt.Steps, Loss: loss, Norm: norm, Rate: schedule.Rate(l.state.Step)}
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

// validate evaluates the averaged weights, and keeps the model if it is the best.
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
	l.state.Sums = Sums{}
	l.state.History = append(l.state.History, r)
	e.Best = l.state.Best == nil || r.Values[scoreMetric] > l.state.Best.Values[scoreMetric]
	e.Validation, e.History = &r, l.state.History
	if !e.Best {
		return nil
	}
	l.state.Best = &r
	return l.task.export(filepath.Join(l.dir, modelName))
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
