package msclap

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"strings"
	"testing"

	"github.com/soundspace/soundspace/audioclip/internal/params"
	"github.com/soundspace/soundspace/internal/checkpoint"
	"github.com/soundspace/soundspace/internal/nn"
	"github.com/soundspace/soundspace/internal/stream"
	"github.com/soundspace/soundspace/spectrogram/frontend"
)

// golden is what the original made of a recording and of texts: see
// testdata/make.py.
type golden struct {
	Version int
	Audio   []float64
	Texts   [][]int
	Text    [][]float64
	Scale   float64
	Tensors map[string][]int
}

func readGoldens(t *testing.T) (g []golden) {
	t.Helper()
	file, err := os.ReadFile("testdata/golden.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(file, &g); err != nil {
		t.Fatal(err)
	}
	return g
}

// tensors generates the weights of a checkpoint whose names contain part.
func (g *golden) tensors(part string) map[string]*checkpoint.Tensor {
	tensors := map[string]*checkpoint.Tensor{}
	for name, shape := range g.Tensors {
		if strings.Contains(name, "_extractor") || !strings.Contains(name, part) {
			continue
		}
		n := 1
		for _, d := range shape {
			n *= d
		}
		tensors[name] = checkpoint.FromFloats(name, shape, stream.Values(name, shape, stream.Uniform(name, n)))
	}
	return tensors
}

func signal(n, sampleRate int) []float32 {
	x := make([]float32, n)
	for k, u := range stream.Uniform("noise", n) {
		t := float64(k) / float64(sampleRate)
		x[k] = float32(0.5*math.Sin(2*math.Pi*440*t) + 0.25*math.Sin(2*math.Pi*3000*t)*float64(k)/float64(n) + 0.1*(2*u-1))
	}
	return x
}

func near(t *testing.T, what string, got []float32, want []float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: %d values, want %d", what, len(got), len(want))
	}
	var worst, dot, gg, ww float64
	for i, w := range want {
		v := float64(got[i])
		if d := math.Abs(v - w); !(d <= worst) {
			worst = d
		}
		dot, gg, ww = dot+v*w, gg+v*v, ww+w*w
	}
	if cosine := dot / math.Sqrt(gg*ww); !(worst <= 1e-3 && cosine >= 0.99999) {
		t.Errorf("%s: off by %.2g, cosine %.7f", what, worst, cosine)
	}
	t.Logf("%s: off by %.2g", what, worst)
}

func TestGolden(t *testing.T) {
	if testing.Short() {
		t.Skip("makes 80 million weights")
	}
	for _, g := range readGoldens(t) {
		t.Run(fmt.Sprint(g.Version), func(t *testing.T) {
			m, err := Load(g.tensors(""), Options{Audio: true, Text: true})
			if err != nil {
				t.Fatal(err)
			}
			if m.Version != g.Version || math.Abs(m.Scale-g.Scale) > 1e-5 {
				t.Errorf("version %d with scale %g, want %d, %g", m.Version, m.Scale, g.Version, g.Scale)
			}
			fe, err := frontend.NewMSCLAP(frontend.MSCLAPConfig{Version: m.Version})
			if err != nil {
				t.Fatal(err)
			}
			shape := fe.Shape(0)
			x := signal(7*44100, 44100)
			if g.Version == 2022 {
				x = signal(5*44100, 44100)
			}
			spec := nn.NewMatrix(fe.Compute(nil, x), shape.Rows, shape.Cols)
			c := nn.NewContext(2)
			dst := c.Matrix(1, m.Audio.Width())
			m.Audio.Encode(c, dst, []nn.Matrix{spec})
			near(t, "audio", dst.Row(0), g.Audio)

			dst = c.Matrix(len(g.Texts), m.Text.Width())
			m.Text.Encode(c, dst, g.Texts)
			for i, want := range g.Text {
				near(t, "text", dst.Row(i), want)
			}
		})
	}
}

// One side can be loaded alone, of a checkpoint as it is published: in a dictionary,
// beside other things.
func TestLoadText(t *testing.T) {
	for _, g := range readGoldens(t) {
		published := map[string]*checkpoint.Tensor{}
		for name, tensor := range g.tensors("caption_encoder") {
			published["model."+name] = tensor
		}
		mark := audioBase + "conv_block1.conv1.weight"
		if g.Version == 2023 {
			mark = htsatBase + "patch_embed.proj.weight"
		}
		published["model."+mark] = checkpoint.FromFloats(mark, []int{1}, []float32{0})
		published["epoch"] = checkpoint.FromFloats("epoch", nil, []float32{0})
		tensors := params.Unwrap(published)
		m, err := Load(tensors, Options{Text: true})
		if err != nil {
			t.Fatal(err)
		}
		if m.Version != g.Version || m.Audio != nil || m.Scale != 0 {
			t.Errorf("version %d, audio %v, scale %g", m.Version, m.Audio, m.Scale)
		}
		if want := 12; m.Text.MaxTokens() != want {
			t.Errorf("%d tokens, want %d", m.Text.MaxTokens(), want)
		}
		dst := nn.NewMatrix(make([]float32, m.Text.Width()), 1, m.Text.Width())
		m.Text.Encode(nn.NewContext(1), dst, g.Texts[1:])
		near(t, "text", dst.Row(0), g.Text[1])

		for _, name := range []string{"caption_encoder.projection.linear1.weight", "caption_encoder.projection.linear2.weight"} {
			was := tensors[name]
			tensors[name] = checkpoint.FromFloats(name, []int{2, 3}, make([]float32, 6))
			if _, err := Load(tensors, Options{Text: true}); err == nil || !strings.Contains(err.Error(), name[strings.LastIndex(name, "linear"):]) {
				t.Errorf("misshapen %s: error %v", name, err)
			}
			delete(tensors, name)
			if _, err := Load(tensors, Options{Text: true}); err == nil || !strings.Contains(err.Error(), name[strings.LastIndex(name, "linear"):]) {
				t.Errorf("without %s: error %v", name, err)
			}
			tensors[name] = was
		}
	}
	if _, err := Load(map[string]*checkpoint.Tensor{"x": checkpoint.FromFloats("x", nil, []float32{1})}, Options{}); err == nil {
		t.Error("a stranger was taken for MS-CLAP")
	}
}

// msclap pads texts to a length, but does not cut longer ones.
func TestMaxTokens(t *testing.T) {
	for _, g := range readGoldens(t) {
		table, text, audio := "embeddings.position_embeddings.weight", 100, "conv_block1.conv1.weight"
		if g.Version == 2023 {
			table, text, audio = "wpe.weight", 77, "htsat.patch_embed.proj.weight"
		}
		shape := []int{2 * text, g.Tensors[textBase+table][1]}
		g.Tensors[textBase+table] = shape
		tensors := g.tensors("caption_encoder")
		tensors[audioBase+audio] = checkpoint.FromFloats(audio, []int{1}, []float32{0})
		m, err := Load(tensors, Options{Text: true})
		if err != nil {
			t.Fatal(err)
		}
		if got := m.Text.MaxTokens(); got != shape[0] {
			t.Errorf("version %d: %d tokens, want %d", g.Version, got, shape[0])
		}
	}
}

// The filter bank is handed out, and the transform before it looked at.
func TestMelW(t *testing.T) {
	filters := make([]float32, 513*64)
	for i := range filters {
		filters[i] = float32(i)
	}
	transform := make([]float32, 513*1024)
	for i := range 1024 {
		transform[i] = float32(math.Pow(math.Sin(math.Pi*float64(i)/1024), 2))
	}
	set := func() *params.Set {
		return params.New(params.Map{
			"logmel_extractor.melW":                       checkpoint.FromFloats("", []int{513, 64}, filters),
			"spectrogram_extractor.stft.conv_real.weight": checkpoint.FromFloats("", []int{513, 1, 1024}, transform),
		}, nil)
	}
	got, err := melW(set())
	if err != nil || len(got) != len(filters) || got[1000] != 1000 {
		t.Errorf("%d values, %v", len(got), err)
	}
	transform[512] = 0.5
	if _, err := melW(set()); err == nil {
		t.Error("another window was taken")
	}
}
