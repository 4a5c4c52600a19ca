package cnn14

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"testing"

	"github.com/soundspace/soundspace/audioclip/internal/params"
	"github.com/soundspace/soundspace/internal/nn"
	"github.com/soundspace/soundspace/internal/stream"
)

// Vectors of msclap's Cnn14 with generated weights: see testdata/make.py.
func TestGolden(t *testing.T) {
	if testing.Short() {
		t.Skip("makes 80 million weights")
	}
	file, err := os.ReadFile("testdata/golden.json")
	if err != nil {
		t.Fatal(err)
	}
	var golden []struct {
		Frames int
		Vector []float64
	}
	if err := json.Unmarshal(file, &golden); err != nil {
		t.Fatal(err)
	}
	set := params.New(stream.Source{Without: []string{"conv1.bias", "conv2.bias"}}, nil)
	m, c := New(set), nn.NewContext(2)
	if err := set.Err(); err != nil {
		t.Fatal(err)
	}
	var specs []nn.Matrix
	for _, g := range golden {
		name := fmt.Sprintf("input.%d", g.Frames)
		x := stream.Values(name, []int{1, 1, g.Frames, Bands}, stream.Uniform(name, g.Frames*Bands))
		for i := range x {
			x[i] *= 10
		}
		specs = append(specs, nn.NewMatrix(x, g.Frames, Bands))
	}
	dst := c.Matrix(len(specs), m.Width())
	m.Encode(c, dst, specs)
	for i, g := range golden {
		var worst, dot, gg, ww float64
		for j, w := range g.Vector {
			v := float64(dst.Row(i)[j])
			worst = max(worst, math.Abs(v-w))
			dot, gg, ww = dot+v*w, gg+v*v, ww+w*w
		}
		if cosine := dot / math.Sqrt(gg*ww); !(worst <= 1e-3 && cosine >= 0.99999) {
			t.Errorf("%d frames: off by %.2g, cosine %.7f", g.Frames, worst, cosine)
		}
		t.Logf("%d frames: off by %.2g", g.Frames, worst)
	}
}
