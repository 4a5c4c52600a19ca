package train

import (
	"bytes"
	"errors"
	"io/fs"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/soundspace/soundspace/internal/nn"
	"github.com/soundspace/soundspace/internal/nn/autodiff"
	"github.com/soundspace/soundspace/internal/nn/optim"
)

// newRun returns a run of n parameters that has not taken a step.
func newRun(n int) *State {
	params := []*autodiff.Param{autodiff.NewParam("weight", true, n/4, 4), autodiff.NewParam("bias", false, 3)}
	for _, p := range params {
		for i := range p.Data {
			p.Data[i] = float32(i%11) - 5
		}
	}
	return &State{
		Params:    params,
		Optimizer: optim.NewAdamW(params, optim.AdamWConfig{WeightDecay: 0.1}),
		Average:   optim.NewEMA(params, 0.99),
		Progress:  Progress{Recipe: HashRecipe([]byte("a recipe")), Seed: 1<<63 + 1},
	}
}

// step takes a step, which depends on nothing but the state.
func (s *State) step(c *nn.Context) {
	s.Step++
	for _, p := range s.Params {
		for i, x := range p.Data {
			p.Grad[i] = x - float32((i+s.Step)%7)
		}
	}
	s.Optimizer.Step(c, 0.01)
	s.Average.Update(c)
	s.History = append(s.History, Record{s.Step, map[string]float64{"loss": 1 / float64(s.Step)}})
	s.Sums.Loss += 0.1 * float64(s.Step)
	s.Sums.Steps++
	if s.Best == nil || s.Step%3 == 0 {
		s.Best = &s.History[len(s.History)-1]
	}
}

// mustBeSame compares all that a state has, bit for bit.
func mustBeSame(t *testing.T, what string, got, want *State) {
	t.Helper()
	if !reflect.DeepEqual(got.Progress, want.Progress) {
		t.Fatalf("%s: progress %+v, want %+v", what, got.Progress, want.Progress)
	}
	g, gotMetadata, err1 := got.encode()
	w, wantMetadata, err2 := want.encode()
	if err1 != nil || err2 != nil || len(g) != len(w) || !reflect.DeepEqual(gotMetadata, wantMetadata) {
		t.Fatalf("%s: %d tensors, %v (%v), want %d, %v (%v)", what, len(g), gotMetadata, err1, len(w), wantMetadata, err2)
	}
	for i, x := range g {
		if x.Name != w[i].Name || !slices.Equal(x.Floats(), w[i].Floats()) {
			t.Fatalf("%s: %s differs", what, x.Name)
		}
	}
}

func TestState(t *testing.T) {
	c := nn.NewContext(1)
	path := filepath.Join(t.TempDir(), "run.safetensors")
	a := newRun(1000)
	if err := LoadState(path, a); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no file: error %v", err)
	}
	for range 2 { // the second replaces the first
		for range 5 {
			a.step(c)
		}
		if err := SaveState(path, a); err != nil {
			t.Fatal(err)
		}
	}
	b := newRun(1000)
	if err := LoadState(path, b); err != nil {
		t.Fatal(err)
	}
	mustBeSame(t, "loaded", b, a)
	for range 5 {
		a.step(c)
		b.step(c)
	}
	mustBeSame(t, "five steps later", b, a)
	if files, _ := os.ReadDir(filepath.Dir(path)); len(files) != 1 {
		t.Errorf("%d files in the folder", len(files))
	}
}

func TestStateRefuses(t *testing.T) {
	path := filepath.Join(t.TempDir(), "run.safetensors")
	if err := SaveState(path, newRun(100)); err != nil {
		t.Fatal(err)
	}
	refuse := func(what string, s *State, want error, text string) {
		t.Helper()
		if err := LoadState(path, s); !errors.Is(err, want) || !strings.Contains(err.Error(), text) || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: error %v, want %v with %q", what, err, want, text)
		}
	}
	other := newRun(100)
	other.Recipe = HashRecipe([]byte("another"))
	refuse("another recipe", other, ErrRecipe, other.Recipe[:12])
	refuse("larger network", newRun(104), ErrState, "parameter weight is [25 4]")
	fewer := newRun(100)
	fewer.Params = fewer.Params[:1]
	refuse("smaller network", fewer, ErrState, "2 parameters, expected 1")
	more := newRun(100)
	more.Params = append(more.Params, autodiff.NewParam("scale", false, 1))
	refuse("larger network", more, ErrState, "no parameter scale")

	negative := newRun(100)
	negative.Step = -1
	if err := SaveState(path, negative); err != nil {
		t.Fatal(err)
	}
	refuse("before the first step", newRun(100), ErrState, "-1 steps")
	if err := SaveState(path, newRun(100)); err != nil {
		t.Fatal(err)
	}

	bad := newRun(100)
	bad.History = []Record{{1, map[string]float64{"loss": math.NaN()}}}
	if err := SaveState(path, bad); err == nil {
		t.Error("a metric that is NaN was saved")
	}
	if err := LoadState(path, newRun(100)); err != nil {
		t.Errorf("after a save that failed: %v", err)
	}
}

// A file that ends early, and one with a bit of any byte changed, is refused.
func TestDamagedState(t *testing.T) {
	path := filepath.Join(t.TempDir(), "run.safetensors")
	s := newRun(16)
	s.step(nn.NewContext(1))
	if err := SaveState(path, s); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	try := func(what string, at int, data []byte) {
		t.Helper()
		if err := os.WriteFile(path, data, 0o666); err != nil {
			t.Fatal(err)
		}
		err := LoadState(path, newRun(16))
		if err == nil || !errors.Is(err, ErrState) && !errors.Is(err, ErrRecipe) {
			t.Errorf("%s byte %d: error %v", what, at, err)
		}
	}
	for at := range whole {
		if testing.Short() && at%5 != 0 {
			continue
		}
		if at%10 == 0 {
			try("cut at", at, whole[:at])
		}
		damaged := bytes.Clone(whole)
		damaged[at] ^= 1
		try("changed", at, damaged)
	}
	try("added", len(whole), append(bytes.Clone(whole), 0))
}

const saveLoop = "SOUNDSPACE_TEST_SAVE_LOOP"

// TestSaveLoop is no test but what TestKilled runs and kills: a run that goes on from
// where it was and saves each step.
func TestSaveLoop(t *testing.T) {
	path := os.Getenv(saveLoop)
	if path == "" {
		t.Skip("part of TestKilled")
	}
	s, c := newRun(1<<17), nn.NewContext(1)
	if err := LoadState(path, s); err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	for range 10_000 {
		s.step(c)
		if err := SaveState(path, s); err != nil {
			t.Fatal(err)
		}
	}
}

// A run that is killed again and again has, whenever it is looked at, come as far as
// a run that was never killed.
func TestKilled(t *testing.T) {
	path := filepath.Join(t.TempDir(), "run.safetensors")
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	want, c := newRun(1<<17), nn.NewContext(1)
	kills := 12
	if testing.Short() {
		kills = 4
	}
	for i := range kills {
		before := want.Step
		cmd := exec.Command(self, "-test.run=^TestSaveLoop$")
		cmd.Env = append(os.Environ(), saveLoop+"="+path)
		var output bytes.Buffer
		cmd.Stdout, cmd.Stderr = &output, &output
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		// Until it has saved, and then some time that is another for each.
		for start := time.Now(); time.Since(start) < time.Minute; time.Sleep(time.Millisecond) {
			if s := newRun(1 << 17); LoadState(path, s) == nil && s.Step > before {
				break
			}
		}
		time.Sleep(time.Duration(i*7919%61) * time.Millisecond)
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		cmd.Wait()
		got := newRun(1 << 17)
		if err := LoadState(path, got); err != nil {
			t.Fatalf("kill %d: %v\n%s", i, err, &output)
		}
		if got.Step <= before {
			t.Fatalf("kill %d: at step %d, was at %d\n%s", i, got.Step, before, &output)
		}
		for want.Step < got.Step {
			want.step(c)
		}
		mustBeSame(t, "killed", got, want)
	}
	t.Logf("killed %d times, at step %d", kills, want.Step)
}

// Five million parameters, with moments and averages: 80 MB.
func BenchmarkState(b *testing.B) {
	path := filepath.Join(b.TempDir(), "run.safetensors")
	s := newRun(5_000_000)
	b.Run("Save", func(b *testing.B) {
		for b.Loop() {
			if err := SaveState(path, s); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("Load", func(b *testing.B) {
		for b.Loop() {
			if err := LoadState(path, s); err != nil {
				b.Fatal(err)
			}
		}
	})
}
