package resnet

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/soundspace/soundspace/audioclip/internal/params"
	"github.com/soundspace/soundspace/internal/checkpoint"
	"github.com/soundspace/soundspace/internal/nn"
	"github.com/soundspace/soundspace/internal/stream"
	"github.com/soundspace/soundspace/spectrogram/frontend"
)

// summary is what a golden keeps of many values.
type summary struct {
	N      int
	Mean   float64
	Std    float64
	First8 []float64
	Last4  []float64
}

func (s summary) check(t *testing.T, what string, got []float32, tolerance float64) {
	t.Helper()
	if len(got) != s.N {
		t.Fatalf("%s: %d values, want %d", what, len(got), s.N)
	}
	var sum, squares float64
	for _, v := range got {
		sum += float64(v)
	}
	mean := sum / float64(s.N)
	for _, v := range got {
		squares += (float64(v) - mean) * (float64(v) - mean)
	}
	near(t, what+": mean and standard deviation", []float32{float32(mean), float32(math.Sqrt(squares / float64(s.N)))},
		[]float64{s.Mean, s.Std}, tolerance)
	near(t, what, got[:8], s.First8, tolerance)
	near(t, what, got[s.N-4:], s.Last4, tolerance)
}

func near(t *testing.T, what string, got []float32, want []float64, tolerance float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: %d values, want %d", what, len(got), len(want))
	}
	worst := 0.0
	var dot, gg, ww float64
	for i, w := range want {
		g := float64(got[i])
		if d := math.Abs(g - w); !(d <= worst) {
			worst = d
		}
		dot, gg, ww = dot+g*w, gg+g*g, ww+w*w
	}
	if !(worst <= tolerance) {
		t.Errorf("%s: off by %.2g", what, worst)
	}
	if cosine := dot / math.Sqrt(gg*ww); !(cosine >= 0.99999) {
		t.Errorf("%s: cosine %.7f", what, cosine)
	}
	t.Logf("%s: off by %.2g", what, worst)
}

func readGolden(t *testing.T, name string, golden any) {
	t.Helper()
	file, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(file, golden); err != nil {
		t.Fatal(err)
	}
}

// signal is the signal of the goldens: see testdata/models.
func signal(n, sampleRate int) []float32 {
	x := make([]float32, n)
	for k, u := range stream.Uniform("noise", n) {
		t := float64(k) / float64(sampleRate)
		x[k] = float32(0.5*math.Sin(2*math.Pi*440*t) + 0.25*math.Sin(2*math.Pi*3000*t)*float64(k)/float64(n) + 0.1*(2*u-1))
	}
	return x
}

// withoutBias lists the biases that the networks do not have.
var withoutBias = []string{"conv1.bias", "conv2.bias", "conv3.bias", "downsample.0.bias"}

func newWav2CLIP() *Wav2CLIP {
	return NewWav2CLIP(params.New(stream.Source{Without: withoutBias}, nil))
}

func TestWav2CLIPGolden(t *testing.T) {
	var golden struct {
		Clip struct {
			Encoder   summary
			Transform summary `json:"audio_transform"`
		} `json:"wav2clip_16000"`
	}
	readGolden(t, "../../../testdata/models/wav2clip_audioclip.json", &golden)
	fe, err := frontend.NewWav2CLIP()
	if err != nil {
		t.Fatal(err)
	}
	x := signal(16000, 16000)
	shape := fe.Shape(len(x))
	spec := nn.NewMatrix(fe.Compute(nil, x), shape.Rows, shape.Cols)

	m, c := newWav2CLIP(), nn.NewContext(2)
	golden.Clip.Encoder.check(t, "ResNet", m.encode(c, spec), 1e-3)
	dst := nn.NewMatrix(make([]float32, 2*m.Width()), 2, m.Width())
	m.Encode(c, dst, []nn.Matrix{spec.RowsOf(0, 1), spec})
	golden.Clip.Transform.check(t, "vector", dst.Row(1), 1e-3)
}

// newAudioCLIP returns AudioCLIP's encoder with the weights of the golden.
var newAudioCLIP = sync.OnceValue(func() *AudioCLIP {
	special := func(name string, u []float64) []float32 {
		var value func(k int) float64
		switch strings.TrimPrefix(name, "audio.") {
		case "fbsp.m":
			value = func(k int) float64 { return 0.5 + 1.5*u[k] }
		case "fbsp.fb":
			value = func(k int) float64 { return 1 + 0.5*u[k] }
		case "fbsp.fc":
			value = func(k int) float64 { return float64(k) + 0.2*(2*u[k]-1) }
		case "window": // periodic, of four terms after Blackman and Harris
			value = func(k int) float64 {
				x := 2 * math.Pi * float64(k) / float64(len(u))
				return 0.35875 - 0.48829*math.Cos(x) + 0.14128*math.Cos(2*x) - 0.01168*math.Cos(3*x)
			}
		default:
			return nil
		}
		values := make([]float32, len(u))
		for k := range values {
			values[k] = float32(value(k))
		}
		return values
	}
	return NewAudioCLIP(params.New(stream.Source{Prefix: "audio.", Without: withoutBias, Special: special}, nil))
})

func TestAudioCLIPGolden(t *testing.T) {
	var golden struct {
		Clip struct {
			DB      summary   `json:"db"`
			Band0   []float64 `json:"db_frame5_band0_first8"`
			Band2   []float64 `json:"db_frame5_band2_first8"`
			Reduced summary
			FC      summary
			L2      []float64 `json:"l2_first16"`
		} `json:"audioclip_22050"`
	}
	readGolden(t, "../../../testdata/models/wav2clip_audioclip.json", &golden)
	x := signal(22050, 44100)
	for i, v := range x {
		x[i] = float32(math.Round(float64(v)*20000)) / 32768
	}
	m, c := newAudioCLIP(), nn.NewContext(2)

	image := m.transform.Image(c, x)
	planes := make([]float32, len(image.Data)) // as PyTorch has them
	for i, v := range image.Data {
		planes[i%image.C*image.H*image.W+i/image.C] = v
	}
	golden.Clip.DB.check(t, "spectrogram", planes, 1e-3)
	for band, want := range map[int][]float64{0: golden.Clip.Band0, 2: golden.Clip.Band2} {
		got := make([]float32, len(want))
		for k := range got {
			got[k] = planes[(band*image.H+k)*image.W+5]
		}
		near(t, "frame 5", got, want, 1e-3)
	}
	golden.Clip.Reduced.check(t, "features", m.features(c, image), 3e-3) // up to 30
	dst := nn.NewMatrix(make([]float32, m.Width()), 1, m.Width())
	m.Encode(c, dst, [][][]float32{{x}})
	golden.Clip.FC.check(t, "vector", dst.Row(0), 2e-3) // up to 15
	nn.NormalizeL2(dst.Data)
	near(t, "vector of unit length", dst.Row(0)[:16], golden.Clip.L2, 3e-5)
}

// goldens are vectors of torchvision's, openai-clip's and open_clip's networks:
// see testdata/make.py.
type goldens struct {
	Wav2CLIP []struct {
		Frames int
		Vector []float64
	}
	AudioCLIP []struct {
		Frames   int
		Features []float64
	}
	CLIP struct {
		Blocks             [4]int
		Width, Size, Embed int
		Vectors            [][]float64
	}
}

func readGoldens(t *testing.T) (g goldens) {
	readGolden(t, "testdata/goldens.json", &g)
	return g
}

// input returns an image of the goldens, times scale, plus offset.
func input(name string, n, ch, h, w int, scale, offset float32) nn.Images {
	values := stream.Values(name, []int{n, ch, h, w}, stream.Uniform(name, n*ch*h*w))
	x := nn.Images{Data: make([]float32, len(values)), N: n, H: h, W: w, C: ch}
	for i := range n {
		for c := range ch {
			for p := range h * w {
				x.Data[(i*h*w+p)*ch+c] = values[(i*ch+c)*h*w+p]*scale + offset
			}
		}
	}
	return x
}

// The encoder takes the tensors of the original. The golden lists those outside of
// the stages and of each stage's first block.
func TestAudioCLIPTensors(t *testing.T) {
	var golden struct {
		Keys map[string][]int `json:"audioclip_keys"`
	}
	readGolden(t, "../../../testdata/models/wav2clip_audioclip.json", &golden)
	r := recorder{stream.Source{Without: withoutBias}, params.Map{}}
	NewAudioCLIP(params.New(r, nil))
	for name, want := range golden.Keys {
		if strings.HasSuffix(name, "num_batches_tracked") {
			continue
		}
		if got := r.tensors[name]; got == nil || !slices.Equal(got.Shape, want) {
			t.Errorf("tensor %s %v was not taken", name, want)
		}
	}
	for name := range r.tensors {
		if parts := strings.Split(name, "."); strings.HasPrefix(name, "layer") && parts[1] != "0" {
			continue
		}
		if golden.Keys[name] == nil {
			t.Errorf("tensor %s was taken", name)
		}
	}

	// The original would add a bias of the filters, which no checkpoint has.
	r.tensors["fbsp.bias"] = checkpoint.FromFloats("fbsp.bias", []int{1025, 2}, make([]float32, 2050))
	delete(r.tensors, "att3.bn.bias")
	set := params.New(r.tensors, nil)
	NewAudioCLIP(set)
	if err := set.Err(); err == nil || !strings.Contains(err.Error(), "fbsp.bias") || !strings.Contains(err.Error(), "att3.bn.bias") {
		t.Errorf("a bias of the filters, and one that is missing: %v", err)
	}
}

func TestWav2CLIP(t *testing.T) {
	want := readGoldens(t).Wav2CLIP
	m, c := newWav2CLIP(), nn.NewContext(2)
	var specs []nn.Matrix
	for _, w := range want {
		x := input(fmt.Sprintf("input.wav2clip.%d", w.Frames), 1, 1, Bins, w.Frames, 1, 0)
		spec := nn.NewMatrix(make([]float32, len(x.Data)), w.Frames, Bins)
		for i, v := range x.Data {
			spec.Data[i%w.Frames*Bins+i/w.Frames] = v
		}
		specs = append(specs, spec)
	}
	dst := c.Matrix(len(specs), m.Width())
	m.Encode(c, dst, specs)
	for i, w := range want {
		near(t, fmt.Sprintf("%d frames", w.Frames), dst.Row(i), w.Vector, 1e-3)
	}
}

func TestAudioCLIPFeatures(t *testing.T) {
	m, c := newAudioCLIP(), nn.NewContext(2)
	for _, w := range readGoldens(t).AudioCLIP {
		x := input(fmt.Sprintf("input.audioclip.%d", w.Frames), 1, 3, 341, w.Frames, 17, -40)
		near(t, fmt.Sprintf("%d frames", w.Frames), m.features(c, x), w.Features, 1e-3)
	}
}

// The features of channels are summed before the last layer, which is linear.
func TestAudioCLIPStereo(t *testing.T) {
	m, c := newAudioCLIP(), nn.NewContext(2)
	left, right := signal(3000, 44100), signal(5000, 44100)[:3000]
	got, l, r := c.Matrix(1, m.Width()), c.Matrix(1, m.Width()), c.Matrix(1, m.Width())
	m.Encode(c, got, [][][]float32{{left, right}})
	m.Encode(c, l, [][][]float32{{left}})
	m.Encode(c, r, [][][]float32{{right}})
	want := make([]float64, m.Width())
	for i := range want {
		want[i] = float64(l.Data[i]) + float64(r.Data[i]) - float64(m.fc.Bias[i])
	}
	near(t, "stereo", got.Row(0), want, 1e-4)
}

func TestCLIP(t *testing.T) {
	want := readGoldens(t).CLIP
	cfg := CLIPConfig{Blocks: want.Blocks, Width: want.Width, Size: want.Size, Embed: want.Embed}
	m, c := NewCLIP(params.New(stream.Source{Prefix: "visual.", Without: withoutBias}, nil), cfg), nn.NewContext(2)
	x := input("input.clip", len(want.Vectors), 3, want.Size, want.Size, 1, 0)
	dst := c.Matrix(len(want.Vectors), m.Width())
	m.Encode(c, dst, x)
	for i, w := range want.Vectors {
		near(t, "vector", dst.Row(i), w, 1e-3)
	}
}
