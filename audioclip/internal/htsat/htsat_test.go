package htsat

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

// summary is what a golden says about an array.
type summary struct {
	N             int
	Mean, Std     float64
	First8, Last4 []float64
}

// difference returns the largest difference of values from their summary.
func (s summary) difference(t *testing.T, values []float32) float64 {
	t.Helper()
	if len(values) != s.N {
		t.Fatalf("%d values, want %d", len(values), s.N)
	}
	var mean, square float64
	for _, v := range values {
		mean += float64(v)
		square += float64(v) * float64(v)
	}
	mean /= float64(s.N)
	worst := math.Max(math.Abs(mean-s.Mean), math.Abs(math.Sqrt(square/float64(s.N)-mean*mean)-s.Std))
	for i, want := range s.First8 {
		worst = math.Max(worst, math.Abs(float64(values[i])-want))
	}
	for i, want := range s.Last4 {
		worst = math.Max(worst, math.Abs(float64(values[s.N-4+i])-want))
	}
	return worst
}

type golden struct {
	Config struct {
		SpecSize int   `json:"spec_size"`
		Mels     int   `json:"num_mel_bins"`
		Width    int   `json:"patch_embeds_hidden_size"`
		Depths   []int `json:"depths"`
		Heads    []int `json:"num_attention_heads"`
		Fusion   bool  `json:"enable_fusion"`
		Frames   int
		Longer   bool `json:"is_longer"`
	}
	Input     summary
	Bands     summary `json:"after_batch_norm"`
	Image     summary
	Patches   summary   `json:"patch_embed_normed"`
	Block0    summary   `json:"layer0.block0"`
	Block1    summary   `json:"layer0.block1"`
	Stage0    summary   `json:"after_stage0"`
	Stage1    summary   `json:"after_stage1"`
	Pooled    []float64 `json:"pooler_output"`
	Projected summary   `json:"projected_l2"`
}

func (g *golden) config() Config {
	c := g.Config
	return Config{SpecSize: c.SpecSize, Mels: c.Mels, Width: c.Width, Depths: c.Depths, Heads: c.Heads,
		Window: 8, Eps: 1e-5, Fusion: c.Fusion, FusionWidth: c.Width / 4}
}

// input returns the recording of a golden, and all its values.
func (g *golden) input() (Input, []float32) {
	channels := 1
	if g.Config.Fusion {
		channels = 4
	}
	size := g.Config.Frames * g.Config.Mels
	values := make([]float32, channels*size)
	for i, u := range stream.Uniform("input.mini", len(values)) {
		values[i] = float32(-100 + 130*u)
	}
	in := Input{Longer: g.Config.Longer}
	for i := range channels {
		in.Planes = append(in.Planes, nn.NewMatrix(values[i*size:(i+1)*size], g.Config.Frames, g.Config.Mels))
	}
	return in, values
}

// tolerance is that of float32: torch rounds the places of frames when it stretches
// a spectrogram, which moves values of a few units by up to 1e-4.
const tolerance = 1e-4

// The original implementation with weights generated from names, step by step: see
// testdata/models.
func TestSteps(t *testing.T) {
	file, err := os.ReadFile("../../../testdata/models/htsat_mini.json")
	if err != nil {
		t.Fatal(err)
	}
	var goldens map[string]*golden
	if err := json.Unmarshal(file, &goldens); err != nil {
		t.Fatal(err)
	}
	for name, g := range goldens {
		t.Run(name, func(t *testing.T) {
			set := params.New(stream.Source{Without: []string{"qkv"}}, nil)
			e := New(set.Sub("audio_model.audio_encoder."), g.config())
			linear1 := set.Linear("audio_projection.linear1", 512, e.cfg.Dim(), nn.ReLU)
			linear2 := set.Linear("audio_projection.linear2", 512, 512, nn.Identity)
			if err := set.Err(); err != nil {
				t.Fatal(err)
			}
			check := func(step string, s summary, values []float32) {
				t.Helper()
				if d := s.difference(t, values); !(d <= tolerance) {
					t.Errorf("%s differs by %g", step, d)
				}
			}
			c := nn.NewContext(2)
			in, values := g.input()
			check("input", g.Input, values)

			var bands []float32
			for _, plane := range in.Planes {
				x := c.Matrix(plane.Rows, plane.Cols)
				copy(x.Data, plane.Data)
				e.patches.bands.Apply(c, x)
				bands = append(bands, x.Data...)
			}
			check("bands", g.Bands, bands)

			stretched := e.patches.stretch(c, in.Planes[0])
			grid := e.cfg.grid(0)
			image := make([]float32, e.cfg.SpecSize*e.cfg.SpecSize)
			pixels := c.Matrix(grid, patchSize*patchSize)
			for y := range grid {
				e.patches.unfold(pixels, stretched, y, patchSize)
				for x := range grid {
					for i, v := range pixels.Row(x) {
						image[(y*patchSize+i/patchSize)*e.cfg.SpecSize+x*patchSize+i%patchSize] = v
					}
				}
			}
			check("image", g.Image, image)

			x := c.Matrix(grid*grid, e.cfg.Width)
			e.patches.apply(c, x, in)
			check("patches", g.Patches, x.Data)
			e.stages[0].blocks[0].apply(c, x)
			check("block 0", g.Block0, x.Data)
			e.stages[0].blocks[1].apply(c, x)
			check("block 1", g.Block1, x.Data)
			merged := c.Matrix(x.Rows/4, 2*x.Cols)
			e.stages[0].merge.apply(c, merged, x)
			check("stage 0", g.Stage0, merged.Data)
			for _, b := range e.stages[1].blocks {
				b.apply(c, merged)
			}
			check("stage 1", g.Stage1, merged.Data)

			pooled := c.Matrix(1, e.cfg.Dim())
			e.Encode(c, pooled, []Input{in})
			for i, want := range g.Pooled {
				if d := math.Abs(float64(pooled.Data[i]) - want); !(d <= tolerance) {
					t.Fatalf("pooled value %d differs by %g", i, d)
				}
			}
			inner, projected := c.Matrix(1, 512), c.Matrix(1, 512)
			linear1.Apply(c, inner, pooled)
			linear2.Apply(c, projected, inner)
			nn.NormalizeL2(projected.Data)
			check("projection", g.Projected, projected.Data)
		})
	}
}

// small returns an encoder whose last stage is one window.
func small(t testing.TB, fusion bool) *Encoder {
	t.Helper()
	set := params.New(stream.Source{Without: []string{"qkv"}}, nil)
	cfg := Config{SpecSize: 64, Mels: 16, Width: 12, Depths: []int{3, 2, 2}, Heads: []int{2, 4, 8}, Window: 4, Eps: 1e-5,
		Fusion: fusion, FusionWidth: 3}
	e := New(set.Sub("audio_model.audio_encoder."), cfg)
	if err := set.Err(); err != nil {
		t.Fatal(err)
	}
	return e
}

func noise(name string, planes, frames, mels int, longer bool) Input {
	in := Input{Longer: longer}
	for p := range planes {
		x := nn.NewMatrix(make([]float32, frames*mels), frames, mels)
		for i, u := range stream.Uniform(fmt.Sprint(name, p), len(x.Data)) {
			x.Data[i] = float32(-100 + 130*u)
		}
		in.Planes = append(in.Planes, x)
	}
	return in
}

// A recording's vector is the same to the last bit in any batch, with any number
// of workers.
func TestBatch(t *testing.T) {
	e := small(t, true)
	var inputs []Input
	for i := range itemsAtOnce + 3 {
		inputs = append(inputs, noise(fmt.Sprint("recording", i), 4, 100+10*i, 16, i%3 == 0))
	}
	encode := func(workers int, inputs []Input) nn.Matrix {
		dst := nn.NewMatrix(make([]float32, len(inputs)*e.cfg.Dim()), len(inputs), e.cfg.Dim())
		e.Encode(nn.NewContext(workers), dst, inputs)
		return dst
	}
	want := encode(1, inputs)
	for _, workers := range []int{1, 2, 3, 7} {
		all := encode(workers, inputs)
		for i := range inputs {
			one := encode(workers, inputs[i:i+1])
			for j, v := range want.Row(i) {
				if all.Row(i)[j] != v || one.Data[j] != v {
					t.Fatalf("%d workers: recording %d: %g in the batch, %g alone, want %g", workers, i, all.Row(i)[j], one.Data[j], v)
				}
			}
		}
	}
}

func TestFramesMean(t *testing.T) {
	e := small(t, false)
	in := noise("frames", 1, 200, 16, false)
	c := nn.NewContext(1)
	whole, frames := c.Matrix(1, e.cfg.Dim()), c.Matrix(e.Steps(), e.cfg.Dim())
	e.Encode(c, whole, []Input{in})
	e.Frames(c, frames, in)
	mean := make([]float32, e.cfg.Dim())
	meanOfRows(mean, frames)
	for i, v := range whole.Data {
		if d := math.Abs(float64(v - mean[i])); !(d <= 1e-5) {
			t.Fatalf("mean of the frames differs by %g", d)
		}
	}
}
