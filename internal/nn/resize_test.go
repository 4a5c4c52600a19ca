package nn

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
)

func resize(x Matrix, rows int, kind Interpolation, alignCorners bool) Matrix {
	dst := NewMatrix(make([]float32, rows*x.Cols), rows, x.Cols)
	ResizeRows(NewContext(2), dst, x, kind, alignCorners)
	return dst
}

func TestResizeRows(t *testing.T) {
	x, long := goldenMatrix(t, "rows"), goldenMatrix(t, "bicubic_1001")
	vectorForms(t, func(t *testing.T) {
		for _, rows := range []int{1, 5, 13, 29} {
			for kind, name := range map[Interpolation]string{Bilinear: "bilinear", Bicubic: "bicubic"} {
				compare(t, fmt.Sprintf("%s to %d rows", name, rows), resize(x, rows, kind, false).Data, goldenMatrix(t, fmt.Sprintf("%s_%d_False", name, rows)).Data, 2e-6)
				compare(t, fmt.Sprintf("%s to %d rows, aligned", name, rows), resize(x, rows, kind, true).Data, goldenMatrix(t, fmt.Sprintf("%s_%d_True", name, rows)).Data, 2e-6)
			}
		}
		compare(t, "1001 to 1024 rows", resize(long, 1024, Bicubic, true).Data, goldenMatrix(t, "bicubic_1001_result").Data, 2e-6)
		compare(t, "1001 to 700 rows", resize(long, 700, Bilinear, false).Data, goldenMatrix(t, "bilinear_700_False").Data, 2e-6)
	})
}

// The golden of the models has been made independently of layers.py, with another
// version of PyTorch.
func TestResizeRowsOfModels(t *testing.T) {
	data, err := os.ReadFile("../../testdata/models/frontends_and_losses.json")
	if err != nil {
		t.Fatal(err)
	}
	var goldens struct {
		Bicubic struct {
			At map[string]float32 `json:"at"`
		} `json:"bicubic_1001_1024"`
	}
	if err := json.Unmarshal(data, &goldens); err != nil {
		t.Fatal(err)
	}
	if len(goldens.Bicubic.At) == 0 {
		t.Fatal("no values")
	}
	got := resize(goldenMatrix(t, "bicubic_1001"), 1024, Bicubic, true)
	for at, want := range goldens.Bicubic.At {
		i, err := strconv.Atoi(at)
		if err != nil {
			t.Fatal(err)
		}
		compare(t, "row "+at, got.Row(i), []float32{want}, 1e-5)
	}
}

func BenchmarkResizeRows(b *testing.B) {
	x := random(rand.New(rand.NewPCG(1, 1)), 1001, 64, 0, false)
	dst, c := NewMatrix(make([]float32, 1024*64), 1024, 64), NewContext(1)
	for kind, name := range map[Interpolation]string{Bilinear: "bilinear", Bicubic: "bicubic"} {
		b.Run(name, func(b *testing.B) {
			for range b.N {
				ResizeRows(c, dst, x, kind, true)
			}
			perValue(b, len(dst.Data))
		})
	}
}
