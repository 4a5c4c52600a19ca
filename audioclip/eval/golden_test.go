package eval

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"testing"

	"github.com/soundspace/soundspace/audioclip"
)

// golden is testdata/golden.json, written by testdata/golden.py with scikit-learn,
// pytrec_eval and NumPy.
type golden struct {
	Classification struct {
		Items, Labels             [][]float32
		Truth, Support            []int
		Top1, Top5, Macro, MAP    float64
		Precision, Recall, F1, AP []float64
		Confusion                 [][]int
	}
	Retrieval []struct {
		Queries, Candidates            [][]float32
		Right                          [][]int
		R1, R5, R10, MAP10, MedianRank float64
	}
	Interval struct {
		Values    []float64
		Sources   []string
		Low, High float64
	}
}

func readGolden(t *testing.T) *golden {
	t.Helper()
	data, err := os.ReadFile("testdata/golden.json")
	if err != nil {
		t.Fatal(err)
	}
	g := new(golden)
	if err := json.Unmarshal(data, g); err != nil {
		t.Fatal(err)
	}
	return g
}

func matrixOf(rows [][]float32) audioclip.Matrix {
	m := audioclip.NewMatrix(len(rows), len(rows[0]))
	for i, row := range rows {
		copy(m.Row(i), row)
	}
	return m
}

func near(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tolerance) {
		t.Errorf("%s: %v, want %v", what, got, want)
	}
}

func TestClassifyGolden(t *testing.T) {
	g := readGolden(t).Classification
	names := make([]string, len(g.Labels))
	for i := range names {
		names[i] = fmt.Sprint("class ", i)
	}
	c, err := Classify(matrixOf(g.Items), matrixOf(g.Labels), names, g.Truth)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "top 1", c.Top1, g.Top1, 1e-9)
	near(t, "top 5", c.Top5, g.Top5, 1e-9)
	near(t, "macro", c.Macro, g.Macro, 1e-9)
	near(t, "mAP", c.MAP, g.MAP, 1e-9)
	for j, k := range c.Classes {
		near(t, k.Label+" precision", k.Precision, g.Precision[j], 1e-9)
		near(t, k.Label+" recall", k.Recall, g.Recall[j], 1e-9)
		near(t, k.Label+" F1", k.F1, g.F1[j], 1e-9)
		near(t, k.Label+" AP", k.AP, g.AP[j], 1e-9)
		if k.Support != g.Support[j] {
			t.Errorf("%s: support %d, want %d", k.Label, k.Support, g.Support[j])
		}
	}
	if got, want := fmt.Sprint(c.Confusion), fmt.Sprint(g.Confusion); got != want {
		t.Errorf("confusion\n%s, want\n%s", got, want)
	}
}

func TestRetrieveGolden(t *testing.T) {
	for i, g := range readGolden(t).Retrieval {
		r, err := Retrieve(matrixOf(g.Queries), matrixOf(g.Candidates), g.Right)
		if err != nil {
			t.Fatal(err)
		}
		what := fmt.Sprintf("case %d: ", i)
		near(t, what+"R@1", r.R1, g.R1, 1e-9)
		near(t, what+"R@5", r.R5, g.R5, 1e-9)
		near(t, what+"R@10", r.R10, g.R10, 1e-9)
		near(t, what+"mAP@10", r.MAP10, g.MAP10, 1e-9)
		near(t, what+"median rank", r.MedianRank, g.MedianRank, 0)
	}
}

func TestBootstrapGolden(t *testing.T) {
	g := readGolden(t).Interval
	for seed := range uint64(5) {
		got, err := BootstrapMean(g.Values, g.Sources, seed)
		if err != nil {
			t.Fatal(err)
		}
		near(t, "low end", got.Low, g.Low, 0.012)
		near(t, "high end", got.High, g.High, 0.012)
	}
}
