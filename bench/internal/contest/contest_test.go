//go:build unix

package contest

import (
	"errors"
	"fmt"
	"math"
	"os"
	"runtime"
	"strings"
	"testing"

	"github.com/soundspace/soundspace/bench/internal/peer"
	"github.com/soundspace/soundspace/bench/internal/venv"
)

var testSettings = []Setting{{1, "warm"}, {2, "warm"}, {1, "cold"}}

// TestMain makes this program one of those in the contests of the tests: "right" and "wrong"
// have a case "pi", "right" a case "one", too.
func TestMain(m *testing.M) {
	if len(os.Args) < 3 || os.Args[1] != "-serve" {
		os.Exit(m.Run())
	}
	err := Serve(os.Stdin, os.Stdout, testSettings, func(name string, s Setting) (*Computation, error) {
		values := map[string][]float32{"pi": {math.Pi, float32(s.Threads)}, "one": {1}}[name]
		wrong := os.Args[2] == "wrong"
		if values == nil || s.Mode == "cold" || wrong && name != "pi" {
			return nil, nil
		}
		if wrong {
			values[0] = 3
		}
		return &Computation{Run: func() {}, Result: func() []float32 { return values }}, nil
	})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func distance(tolerance float64) func(got, want []float32) (float64, error) {
	return func(got, want []float32) (float64, error) {
		d := math.Abs(float64(got[0] - want[0]))
		if len(got) != len(want) || d > tolerance {
			return 0, fmt.Errorf("off by %g", d)
		}
		return d, nil
	}
}

func newContest(t *testing.T, tolerance float64) *Contest {
	missing := func(venv.Venv, string) ([]string, error) { return nil, errors.New("cannot be had") }
	return &Contest{
		Options: Options{Rounds: 3, Repeats: 2},
		Dir:     t.TempDir(),
		Programs: []Program{
			{Name: "ours", Command: Self("right")},
			{Name: "missing", Command: missing},
			{Name: "other", Command: Self("wrong")},
			{Name: "unwanted", Command: Self("right")},
		},
		Only:     "MISS,oth",
		Settings: testSettings,
		Cases:    []Case{{"pi", distance(tolerance), true}, {"one", distance(tolerance), false}, {"unknown", distance(tolerance), true}},
	}
}

func TestContest(t *testing.T) {
	c := newContest(t, 0.2)
	if err := c.Run(); err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, p := range c.Peers {
		names = append(names, p.Name)
	}
	if got := strings.Join(names, " "); got != "ours other" {
		t.Errorf("programs %q", got)
	}
	for _, program := range append(names, "missing", "unwanted") {
		for _, of := range c.Cases {
			for _, s := range testSettings {
				r := c.Result(program, of.Name, s)
				has := s.Mode == "warm" && (program == "ours" && of.Name != "unknown" || program == "other" && of.Name == "pi")
				if has != (r != nil) {
					t.Errorf("%s, %s, %v: %v", program, of.Name, s, r)
				}
				if r == nil {
					continue
				}
				if len(r.NS) != 6 {
					t.Errorf("%s, %s, %v: %d times", program, of.Name, s, len(r.NS))
				}
				if takes := of.Memory && s == testSettings[0]; runtime.GOOS == "linux" && takes != (r.Memory > 0) {
					t.Errorf("%s, %s, %v: memory of %d bytes", program, of.Name, s, r.Memory)
				}
			}
		}
	}
	// The other one is the reference where it has the case.
	if d := c.Result("ours", "pi", testSettings[1]).Distance; math.Abs(d-(math.Pi-3)) > 1e-6 {
		t.Errorf("ours is off by %g", d)
	}
	if d := c.Result("ours", "one", testSettings[0]).Distance; d != 0 {
		t.Errorf("ours alone is off by %g", d)
	}
}

func TestContestSeesWrongResult(t *testing.T) {
	err := newContest(t, 0.1).Run()
	if err == nil || !strings.HasPrefix(err.Error(), "ours disagrees on pi (1 thread, warm): off by 0.14") {
		t.Errorf("error %v", err)
	}
}

func TestInTurn(t *testing.T) {
	var got string
	for round := range 4 {
		InTurn(round, []string{"a", "b", "c"}, func(s string) error { got += s; return nil })
	}
	if got != "abcbcacababc" {
		t.Errorf("%q", got)
	}
	if err := InTurn(0, []int{1, 2}, func(int) error { return peer.ErrNone }); !errors.Is(err, peer.ErrNone) {
		t.Errorf("error %v", err)
	}
}

func TestBegins(t *testing.T) {
	for _, c := range []struct {
		name, list string
		want       bool
	}{{"FFTW in C", "", true}, {"FFTW in C", "sci,fft", true}, {"FFTW in C", "C", false}} {
		if got := Begins(c.name, c.list); got != c.want {
			t.Errorf("%q in %q: %v", c.name, c.list, got)
		}
	}
}

func TestSettingString(t *testing.T) {
	for s, want := range map[Setting]string{{1, ""}: "1 thread", {2, ""}: "2 threads", {1, "fresh"}: "1 thread, fresh", {4, "reused"}: "4 threads, reused"} {
		if got := s.String(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
