package optim

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/soundspace/soundspace/internal/checkpoint"
	"github.com/soundspace/soundspace/internal/nn"
	"github.com/soundspace/soundspace/internal/nn/autodiff"
)

type golden struct {
	Rates   []float64   `json:"rates"`
	Norms   []float64   `json:"norms"`
	Weights [][]float64 `json:"weight_every_10"`
	Biases  [][]float64 `json:"bias_every_10"`
	WeightM []float64   `json:"weight_m"`
	WeightV []float64   `json:"weight_v"`
	BiasM   []float64   `json:"bias_m"`
	BiasV   []float64   `json:"bias_v"`
}

func goldens(t *testing.T) (g golden) {
	t.Helper()
	data, err := os.ReadFile("testdata/optim.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, &g); err != nil {
		t.Fatal(err)
	}
	return g
}

// problem is that of testdata/optim.py.
type problem struct {
	weight, bias *autodiff.Param
	params       []*autodiff.Param
	opt          *AdamW
}

func newProblem() *problem {
	p := &problem{weight: autodiff.NewParam("weight", true, 3, 5), bias: autodiff.NewParam("bias", false, 4)}
	for i := range p.weight.Data {
		p.weight.Data[i] = (float32(i) - 7) / 4
	}
	for i := range p.bias.Data {
		p.bias.Data[i] = (float32(i) - 2) / 2
	}
	p.params = []*autodiff.Param{p.weight, p.bias}
	p.opt = NewAdamW(p.params, AdamWConfig{Beta2: 0.98, Eps: 1e-6, WeightDecay: 0.1})
	return p
}

var schedule = Schedule{Peak: 0.05, Warmup: 7, Steps: 60}

// step takes step k and returns the norm of the gradient.
func (p *problem) step(t *testing.T, c *nn.Context, k int) float64 {
	t.Helper()
	factor := []float32{0.25, 1, 4}[k%3]
	for i, x := range p.weight.Data {
		p.weight.Grad[i] = factor * (x - 0.5)
	}
	for i, x := range p.bias.Data {
		p.bias.Grad[i] = factor * (x + 0.25)
	}
	norm, err := ClipNorm(c, p.params, 3)
	if err != nil {
		t.Fatal(err)
	}
	p.opt.Step(c, schedule.Rate(k))
	return norm
}

// AdamW, ClipNorm and Schedule together take the same 60 steps as PyTorch's.
func TestLikePyTorch(t *testing.T) {
	g := goldens(t)
	p, c := newProblem(), nn.NewContext(1)
	near := func(what string, got, want, tolerance float64) {
		t.Helper()
		if !(math.Abs(got-want) <= tolerance*max(1, math.Abs(want))) {
			t.Errorf("%s is %v, want %v", what, got, want)
		}
	}
	all := func(what string, got []float32, want []float64) {
		t.Helper()
		if len(got) != len(want) {
			t.Fatalf("%s: %d values, want %d", what, len(got), len(want))
		}
		for i, w := range want {
			near(what, float64(got[i]), w, 5e-7)
		}
	}
	clipped := 0
	for k := 1; k <= 60; k++ {
		near("rate", schedule.Rate(k), g.Rates[k], 1e-15)
		norm := p.step(t, c, k)
		near("norm", norm, g.Norms[k-1], 1e-6)
		if norm > 3 {
			clipped++
		}
		if k%10 == 0 {
			all("weight", p.weight.Data, g.Weights[k/10-1])
			all("bias", p.bias.Data, g.Biases[k/10-1])
		}
	}
	if clipped < 5 || clipped > 55 {
		t.Errorf("%d steps were clipped", clipped)
	}
	all("moment of weight", p.opt.m.values[0], g.WeightM)
	all("second moment of weight", p.opt.v.values[0], g.WeightV)
	all("moment of bias", p.opt.m.values[1], g.BiasM)
	all("second moment of bias", p.opt.v.values[1], g.BiasV)
}

func TestScheduleWithFloor(t *testing.T) {
	s := Schedule{Peak: 1, Floor: 0.2, Warmup: 4, Steps: 12}
	for k, want := range map[int]float64{0: 0, 1: 0.25, 3: 0.75, 4: 1, 6: 0.2 + 0.4*(1+math.Sqrt2/2), 8: 0.6, 12: 0.2, 99: 0.2} {
		if got := s.Rate(k); math.Abs(got-want) > 1e-15 {
			t.Errorf("step %d: rate %v, want %v", k, got, want)
		}
	}
	if got := (Schedule{Peak: 2, Steps: 10}).Rate(0); got != 2 {
		t.Errorf("without warm-up the rate begins at %v, want 2", got)
	}
}

func TestClipNormNotFinite(t *testing.T) {
	c := nn.NewContext(1)
	for _, bad := range []float32{float32(math.NaN()), float32(math.Inf(1)), float32(math.Inf(-1))} {
		p := newProblem()
		for i := range p.weight.Grad {
			p.weight.Grad[i] = 100
		}
		p.bias.Grad[2] = bad
		norm, err := ClipNorm(c, p.params, 1)
		if err == nil || !strings.Contains(err.Error(), "bias") || norm-norm == 0 {
			t.Errorf("%v: norm %v, error %v", bad, norm, err)
		}
		if p.weight.Grad[0] != 100 {
			t.Errorf("%v: the other gradients were changed", bad)
		}
	}
	// Squares that float32 cannot hold are no reason to leave out a step.
	p := newProblem()
	p.bias.Grad[0], p.bias.Grad[1] = 3e38, 2e38
	norm, err := ClipNorm(c, p.params, 1)
	if want := math.Sqrt(13) * 1e38; err != nil || math.Abs(norm/want-1) > 1e-6 || math.Abs(float64(p.bias.Grad[0])-3/math.Sqrt(13)) > 1e-6 {
		t.Errorf("norm %v, error %v, gradient %v", norm, err, p.bias.Grad[0])
	}
}

func TestEMA(t *testing.T) {
	c := nn.NewContext(1)
	p := autodiff.NewParam("p", true, 2)
	p.Data[0], p.Data[1] = 1, -2
	e := NewEMA([]*autodiff.Param{p}, 0.75)
	want := []float64{1, -2}
	for n := range 40 {
		p.Data[0] += 0.5
		p.Data[1] *= 0.9
		e.Update(c)
		d := min(0.75, (1+float64(n))/(10+float64(n)))
		for i, x := range p.Data {
			want[i] = d*want[i] + (1-d)*float64(x)
		}
	}
	x := slices.Clone(p.Data)
	e.Swap()
	for i, w := range want {
		if math.Abs(float64(p.Data[i])-w) > 2e-6*math.Abs(w) {
			t.Errorf("average %d is %v, want %v", i, p.Data[i], w)
		}
	}
	e.Swap()
	if !slices.Equal(p.Data, x) {
		t.Errorf("parameters are %v after an evaluation, were %v", p.Data, x)
	}
}

// A run that is saved and goes on elsewhere ends with the same bits.
func TestRestore(t *testing.T) {
	c := nn.NewContext(1)
	p := newProblem()
	e := NewEMA(p.params, 0.99)
	var path string
	var saved [][]float32
	for k := 1; k <= 60; k++ {
		p.step(t, c, k)
		e.Update(c)
		if k == 23 {
			path = writeState(t, p.opt, e)
			saved = [][]float32{slices.Clone(p.weight.Data), slices.Clone(p.bias.Data)}
		}
	}
	f, err := checkpoint.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	q := newProblem()
	copy(q.weight.Data, saved[0])
	copy(q.bias.Data, saved[1])
	other := NewEMA(q.params, 0.99)
	if err := q.opt.Restore(f); err != nil {
		t.Fatal(err)
	}
	if err := other.Restore(f); err != nil {
		t.Fatal(err)
	}
	if q.opt.Steps() != 23 {
		t.Fatalf("%d steps, want 23", q.opt.Steps())
	}
	for k := 24; k <= 60; k++ {
		q.step(t, c, k)
		other.Update(c)
	}
	for range 2 { // the parameters, then their averages
		if !slices.Equal(p.weight.Data, q.weight.Data) || !slices.Equal(p.bias.Data, q.bias.Data) {
			t.Errorf("other values after the run was taken up again")
		}
		e.Swap()
		other.Swap()
	}
}

func writeState(t *testing.T, o *AdamW, e *EMA) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "state.safetensors")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	tensors, metadata := o.State()
	more, of := e.State()
	metadata["ema.updates"] = of["ema.updates"]
	if err := checkpoint.WriteSafetensors(f, append(tensors, more...), metadata); err != nil {
		t.Fatal(err)
	}
	return path
}

// The state of other parameters is refused by name and nothing is changed.
func TestRestoreRefuses(t *testing.T) {
	c := nn.NewContext(1)
	p := newProblem()
	p.step(t, c, 1)
	f, err := checkpoint.Open(writeState(t, p.opt, NewEMA(p.params, 0.9)))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for _, test := range []struct {
		param *autodiff.Param
		want  string
	}{
		{autodiff.NewParam("weight", true, 5, 3), "weight is [3 5]"},
		{autodiff.NewParam("gain", true, 4), "no tensor"},
	} {
		params := []*autodiff.Param{p.bias, test.param}
		o := NewAdamW(params, AdamWConfig{})
		if err := o.Restore(f); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("optimiser: error %v, want one with %q", err, test.want)
		}
		if o.Steps() != 0 || o.m.values[0][0] != 0 {
			t.Error("the optimiser was changed")
		}
		if err := NewEMA(params, 0.9).Restore(f); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("average: error %v, want one with %q", err, test.want)
		}
	}
}

// The assembly computes what the Go form does, and nothing beyond the end.
func TestAssembly(t *testing.T) {
	if !useAVX2 {
		t.Skip("no assembly")
	}
	u := update{keep: 0.999, rate1: 0.1, beta2: 0.98, rate2: 0.02, unbias: 1.5, eps: 1e-6, size: 0.01}
	const n = 61
	var x, y [4][]float32 // x, g, m, v
	for k := range x {
		x[k] = make([]float32, n+8)
		for i := range x[k] {
			x[k][i] = float32((i*7919+k*104729)%1009)/500 - 1
		}
		if k == 3 {
			for i, v := range x[k] {
				x[k][i] = v * v
			}
		}
		y[k] = slices.Clone(x[k])
	}
	u.apply(x[0][:n], x[1][:n], x[2][:n], x[3][:n])
	u.applyGo(y[0][:n], y[1][:n], y[2][:n], y[3][:n])
	for k := range x {
		for i, want := range y[k] {
			if math.Abs(float64(x[k][i]-want)) > 1e-6*max(1, math.Abs(float64(want))) || i >= n && x[k][i] != want {
				t.Errorf("slice %d: value %d is %v, want %v", k, i, x[k][i], want)
			}
		}
	}
}

// Tensors of many grains and frozen ones: all workers come to the same.
func TestWorkers(t *testing.T) {
	run := func(workers int) (x []float32, norm float64) {
		c := nn.NewContext(workers)
		p, frozen := autodiff.NewParam("p", true, 5*grain+3), autodiff.NewParam("frozen", true, 2)
		frozen.Freeze()
		frozen.Data[0] = 1
		params := []*autodiff.Param{frozen, p}
		for i := range p.Grad {
			p.Data[i], p.Grad[i] = float32(i%17), float32(i%13)-5
		}
		norm, err := ClipNorm(c, params, 1)
		if err != nil {
			t.Fatal(err)
		}
		o, e := NewAdamW(params, AdamWConfig{WeightDecay: 0.1}), NewEMA(params, 0.9)
		o.Step(c, 0.1)
		e.Update(c)
		e.Swap()
		if frozen.Data[0] != 1 {
			t.Error("a frozen parameter was changed")
		}
		return p.Data, norm
	}
	x, norm := run(1)
	for _, workers := range []int{2, 3} {
		if y, n := run(workers); n != norm || !slices.Equal(x, y) {
			t.Errorf("%d workers: other values", workers)
		}
	}
	var sum float64
	for i := range 5*grain + 3 {
		v := float64(i%13) - 5
		sum += v * v
	}
	if math.Abs(norm-math.Sqrt(sum)) > 1e-9*norm {
		t.Errorf("norm %v, want %v", norm, math.Sqrt(sum))
	}
}

// A million parameters.
func BenchmarkStep(b *testing.B) {
	c := nn.NewContext(1)
	params := []*autodiff.Param{autodiff.NewParam("p", true, 1<<20)}
	for i := range params[0].Grad {
		params[0].Grad[i] = float32(i%13) - 5
	}
	o, e := NewAdamW(params, AdamWConfig{WeightDecay: 0.1}), NewEMA(params, 0.999)
	b.Run("AdamW", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			o.Step(c, 1e-3)
		}
	})
	b.Run("ClipNorm", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := ClipNorm(c, params, 1e9); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("EMA", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			e.Update(c)
		}
	})
}
