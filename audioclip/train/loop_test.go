package train

import (
	"context"
	"errors"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/soundspace/soundspace/internal/nn"
	"github.com/soundspace/soundspace/internal/nn/autodiff"
	"github.com/soundspace/soundspace/internal/nn/optim"
)

// toyTask has the gradient x - step.
type toyTask struct {
	x         *autodiff.Param
	bad       func(step int) bool
	validated func()
	scores    []float64 // by validation; without, none is given
	exported  []string  // the step of each
}

func newToyTask() *toyTask { return &toyTask{x: autodiff.NewParam("x", true, 3)} }

func (k *toyTask) parameters() []*autodiff.Param { return []*autodiff.Param{k.x} }
func (k *toyTask) stepped()                      {}

func (k *toyTask) step(_ context.Context, _ *autodiff.Tape, step int) (float64, error) {
	for i, x := range k.x.Data {
		k.x.Grad[i] = x - float32(step)
		if k.bad != nil && k.bad(step) {
			k.x.Grad[i] = float32(math.NaN())
		}
	}
	return float64(step), nil
}

func (k *toyTask) validate(ctx context.Context, _ *nn.Context) (map[string]float64, error) {
	if k.validated != nil {
		k.validated()
	}
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	m := map[string]float64{"x": float64(k.x.Data[0])}
	if len(k.scores) > 0 {
		m[scoreMetric], k.scores = k.scores[0], k.scores[1:]
	}
	return m, nil
}

func (k *toyTask) export(_ string, metadata map[string]string) error {
	k.exported = append(k.exported, metadata["step"])
	return nil
}

func newLoop(k *toyTask, dir string) *loop {
	return &loop{task: k, dir: dir, seed: 1, recipe: []byte("toy"), workers: 1, opt: Optimiser{
		Steps: 30, Batch: 1, Warmup: 3, Rate: 0.1, WeightDecay: 0.1, Average: 0.9, ValidateEvery: 7, SaveEvery: 100,
	}}
}

// Interrupted in a validation, a run goes on with that validation.
func TestLoopInterruptedInValidation(t *testing.T) {
	want := t.TempDir()
	if err := newLoop(newToyTask(), want).run(t.Context()); err != nil {
		t.Fatal(err)
	}
	got := t.TempDir()
	for i := range 5 { // after 7, 14, 21, 28 and 30 steps
		ctx, cancel := context.WithCancel(t.Context())
		k := newToyTask()
		validations := 0
		k.validated = func() {
			if validations++; validations == 2 || i == 0 {
				cancel()
			}
		}
		l := newLoop(k, got)
		if err := l.run(ctx); !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
		if want := min(7*(i+1), 30); l.state.Step != want {
			t.Errorf("interrupted at step %d, want %d", l.state.Step, want)
		}
	}
	if err := newLoop(newToyTask(), got).run(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{stateName, historyName} {
		g, err1 := os.ReadFile(filepath.Join(got, name))
		w, err2 := os.ReadFile(filepath.Join(want, name))
		if err1 != nil || err2 != nil || string(g) != string(w) {
			t.Errorf("%s differs (%v, %v)", name, err1, err2)
		}
	}
}

func TestLoopKeepsTheBest(t *testing.T) {
	k := newToyTask()
	k.scores = []float64{0.5, 0.4, 0.7, 0.7, 0.6} // of two that are equal, the first
	l := newLoop(k, t.TempDir())
	if err := l.run(t.Context()); err != nil {
		t.Fatal(err)
	}
	if len(k.exported) != 2 || k.exported[1] != "21" || l.state.Best.Step != 21 {
		t.Errorf("kept %v, best %v", k.exported, l.state.Best)
	}
	// Without a score, the last.
	k = newToyTask()
	if err := newLoop(k, t.TempDir()).run(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := len(k.exported); n != 5 || k.exported[4] != "30" {
		t.Errorf("kept %v", k.exported)
	}
}

// A score that is NaN ends the run: no other would ever be better.
func TestLoopRefusesNaN(t *testing.T) {
	k := newToyTask()
	k.scores = []float64{0.5, math.NaN()}
	l := newLoop(k, t.TempDir())
	err := l.run(t.Context())
	if err == nil || !strings.Contains(err.Error(), "after step 14, score is NaN") {
		t.Errorf("error %v", err)
	}
	if len(k.exported) != 1 || len(l.state.History) != 1 {
		t.Errorf("kept models %v, records %v", k.exported, l.state.History)
	}
}

// A step whose gradient is not finite is left out, but not too many of them.
func TestLoopSkipsSteps(t *testing.T) {
	k := newToyTask()
	k.bad = func(step int) bool { return step%2 == 0 }
	l := newLoop(k, t.TempDir())
	if err := l.run(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := l.state.Optimizer.Steps(); n != 15 {
		t.Errorf("%d steps of the optimiser, want 15", n)
	}
	k.bad = func(int) bool { return true }
	if err := newLoop(k, t.TempDir()).run(t.Context()); !errors.Is(err, optim.ErrNotFinite) {
		t.Errorf("no gradient was finite, and the run ended with %v", err)
	}
}
