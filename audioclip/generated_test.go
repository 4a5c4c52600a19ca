package audioclip

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/soundspace/soundspace/audio"
	"github.com/soundspace/soundspace/audioclip/internal/params"
	"github.com/soundspace/soundspace/audioclip/internal/resnet"
	"github.com/soundspace/soundspace/audioclip/internal/text"
	"github.com/soundspace/soundspace/internal/checkpoint"
	"github.com/soundspace/soundspace/internal/nn"
	"github.com/soundspace/soundspace/internal/stream"
)

// Wav2CLIP, AudioCLIP and MS-CLAP have one size, too large for testdata. Their
// weights are generated here, by the rules of the goldens in ../testdata/models and
// in internal/msclap/testdata.

// recorder is a source of weights that notes what it gave.
type recorder struct {
	stream.Source
	tensors map[string]*checkpoint.Tensor
}

func (r *recorder) Tensor(name string, shape []int) *checkpoint.Tensor {
	t := r.Source.Tensor(name, shape)
	if t != nil && shape != nil {
		r.tensors[r.Prefix+name] = checkpoint.FromFloats(r.Prefix+name, shape, t.Floats())
	}
	return t
}

// generate returns the weights that build asks for.
func generate(s stream.Source, build func(set *params.Set)) map[string]*checkpoint.Tensor {
	r := &recorder{s, map[string]*checkpoint.Tensor{}}
	build(params.New(r, nil))
	return r.tensors
}

func writeWeights(t testing.TB, path string, tensors map[string]*checkpoint.Tensor) {
	t.Helper()
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := checkpoint.WriteSafetensors(f, slices.Collect(maps.Values(tensors)), nil); err != nil {
		t.Fatal(err)
	}
}

// noise440 is the signal of those goldens.
func noise440(n, rate int) []float32 {
	x := make([]float32, n)
	for k, u := range stream.Uniform("noise", n) {
		t := float64(k) / float64(rate)
		x[k] = float32(0.5*math.Sin(2*math.Pi*440*t) + 0.25*math.Sin(2*math.Pi*3000*t)*float64(k)/float64(n) + 0.1*(2*u-1))
	}
	return x
}

func readJSON(t testing.TB, path string, v any) {
	t.Helper()
	file, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(file, v); err != nil {
		t.Fatal(err)
	}
}

func encodeSamples(t testing.TB, m *Model, x []float32, rate int) []float32 {
	t.Helper()
	v, err := m.EncodeAudio(background, []*audio.Clip{{SampleRate: rate, Samples: [][]float32{x}}}, AudioConfig{})
	if err != nil {
		t.Fatal(err)
	}
	return v.Row(0)
}

var withoutBias = []string{"conv1.bias", "conv2.bias", "conv3.bias", "downsample.0.bias"}

// clipText are the weights of a CLIP text encoder of the given length of vectors, for
// the tokenizer of testdata/openai.
func clipText(embed int) map[string]*checkpoint.Tensor {
	tensors := generate(stream.Source{Without: []string{"text_model.", "text."}}, func(set *params.Set) {
		text.NewCLIP(set, text.CLIPConfig{Vocab: 1041, Context: 77, Width: 64, Layers: 1, Heads: 1, FeedForward: 256, Embed: embed, Act: nn.QuickGELU, Eps: 1e-5})
	})
	tensors["logit_scale"] = checkpoint.FromFloats("logit_scale", nil, []float32{4.6})
	return tensors
}

func TestWav2CLIP(t *testing.T) {
	var golden struct {
		Clip struct {
			L2 []float64 `json:"l2_first16"`
		} `json:"wav2clip_16000"`
	}
	readJSON(t, "../testdata/models/wav2clip_audioclip.json", &golden)
	dir := copyModel(t, "openai/bpe_simple_vocab_16e6.txt.gz")
	audioFile := filepath.Join(dir, "Wav2CLIP.safetensors")
	writeWeights(t, audioFile, generate(stream.Source{Without: withoutBias}, func(set *params.Set) { resnet.NewWav2CLIP(set) }))

	alone := mustOpen(t, Config{}, dir)
	x := noise440(16000, 16000)
	want := encodeSamples(t, alone, x, 16000)
	partNear(t, want, golden.Clip.L2)
	oddLengths(t, alone)
	if info := alone.Info(); info.Family != "Wav2CLIP" || info.Dim != 512 || info.Text || info.Image || info.Scale != 0 {
		t.Errorf("%+v", info)
	}
	if _, err := (Config{Towers: Text}).Open(dir); !errors.Is(err, ErrNoText) {
		t.Errorf("text of Wav2CLIP: %v", err)
	}

	// With CLIP beside it.
	writeWeights(t, filepath.Join(dir, "ViT-B-32.safetensors"), clipText(512))
	both := mustOpen(t, Config{Workers: 2}, dir)
	if got := encodeSamples(t, both, x, 16000); !slices.Equal(got, want) {
		t.Error("CLIP beside Wav2CLIP changes it")
	}
	if info := both.Info(); info.Family != "Wav2CLIP" || !info.Text || info.Image || math.Abs(info.Scale-math.Exp(4.6)) > 1e-3 || len(info.Files) != 2 {
		t.Errorf("%+v", info)
	}
	clip := mustOpen(t, Config{}, filepath.Join(dir, "ViT-B-32.safetensors"))
	texts := []string{"rain", "a dog barking"}
	got, err := both.EncodeText(background, texts, TextConfig{})
	if err != nil {
		t.Fatal(err)
	}
	words, err := clip.EncodeText(background, texts, TextConfig{})
	if err != nil || !slices.Equal(got.Data, words.Data) {
		t.Errorf("texts: %v", err)
	}

	// Not the CLIP that belongs to it.
	writeWeights(t, filepath.Join(dir, "ViT-B-32.safetensors"), clipText(768))
	if _, err := Open(dir); !errors.Is(err, ErrModel) || !strings.Contains(err.Error(), "512 values, those of CLIP 768") {
		t.Errorf("another CLIP: %v", err)
	}
}

// oddLengths encodes clips that are shorter than a frame, silent, or longer than a
// window.
func oddLengths(t testing.TB, m *Model) {
	t.Helper()
	rate := m.Info().SampleRate
	for _, x := range [][]float32{{0}, {1}, noise440(100, rate), noise440(1000, rate), make([]float32, rate), noise440(m.Info().WindowSamples+1, rate)} {
		if v := encodeSamples(t, m, x, rate); !(math.Abs(dot(v, v)-1) < 1e-5) {
			t.Errorf("%d samples: length %v", len(x), dot(v, v))
		}
	}
}

func partNear(t testing.TB, got []float32, want []float64) {
	t.Helper()
	for i, w := range want {
		if d := math.Abs(float64(got[i]) - w); !(d <= 1e-4) {
			t.Errorf("got %.5f, want %.5f", got[:len(want)], want)
			return
		}
	}
}

func TestAudioCLIP(t *testing.T) {
	if testing.Short() {
		t.Skip("makes 30 million weights")
	}
	var golden struct {
		Clip struct {
			L2 []float64 `json:"l2_first16"`
		} `json:"audioclip_22050"`
	}
	readJSON(t, "../testdata/models/wav2clip_audioclip.json", &golden)
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
	tensors := generate(stream.Source{Prefix: "audio.", Without: withoutBias, Special: special}, func(set *params.Set) { resnet.NewAudioCLIP(set) })
	maps.Copy(tensors, clipText(1024))
	for name, v := range map[string]float32{"logit_scale_ai": 4.7, "logit_scale_at": 4.4} {
		tensors[name] = checkpoint.FromFloats(name, nil, []float32{v})
	}
	dir := copyModel(t, "openai/bpe_simple_vocab_16e6.txt.gz")
	writeWeights(t, filepath.Join(dir, "AudioCLIP-Full-Training.safetensors"), tensors)
	m := mustOpen(t, Config{Workers: 2}, dir)
	x := noise440(22050, 44100)
	for i, v := range x {
		x[i] = float32(math.Round(float64(v)*20000)) / 32768
	}
	partNear(t, encodeSamples(t, m, x, 44100), golden.Clip.L2)
	oddLengths(t, m)
	if info := m.Info(); info.Family != "AudioCLIP" || info.Dim != 1024 || !info.Text || math.Abs(info.Scale-math.Exp(4.4)) > 1e-3 {
		t.Errorf("%+v", info)
	}
	if v, err := m.EncodeText(background, []string{"rain"}, TextConfig{}); err != nil || v.Cols != 1024 {
		t.Errorf("text: %v", err)
	}
}

func TestMSCLAP(t *testing.T) {
	if testing.Short() {
		t.Skip("makes 110 million weights")
	}
	var goldens []struct {
		Version int
		Audio   []float64
		Texts   [][]int
		Text    [][]float64
		Scale   float64
		Tensors map[string][]int
	}
	readJSON(t, "internal/msclap/testdata/golden.json", &goldens)
	for _, g := range goldens {
		t.Run(fmt.Sprint(g.Version), func(t *testing.T) {
			tensors := map[string]*checkpoint.Tensor{}
			for name, shape := range g.Tensors {
				if strings.Contains(name, "_extractor") {
					continue
				}
				n := 1
				for _, d := range shape {
					n *= d
				}
				tensors[name] = checkpoint.FromFloats("model."+name, shape, stream.Values(name, shape, stream.Uniform(name, n)))
			}
			dir := t.TempDir()
			writeWeights(t, filepath.Join(dir, fmt.Sprintf("CLAP_weights_%d.safetensors", g.Version)), tensors)
			clear(tensors)
			// A tokenizer that makes the tokens of the golden of letters, or of words.
			// That of 2023 gets " <|endoftext|>" after the text.
			ids, seconds, words := g.Texts[0], 7, ""
			if g.Version == 2023 {
				vocab := map[string]int{"Ġ": ids[4], "<|endoftext|>": ids[5]}
				for i := range 50 {
					if i != ids[4] && i != ids[5] {
						vocab[string(rune('A'+i))] = i
					}
				}
				data, err := json.Marshal(vocab)
				if err != nil {
					t.Fatal(err)
				}
				writeFile(t, dir, "vocab.json", string(data))
				writeFile(t, dir, "merges.txt", "#version: 0.2\n")
				for _, id := range ids[:4] {
					words += string(rune('A' + id))
				}
			} else {
				seconds = 5
				vocab := make([]string, 50)
				for i := range vocab {
					vocab[i] = fmt.Sprint("w", i)
				}
				for _, id := range ids[1 : len(ids)-1] {
					words += " " + vocab[id]
				}
				vocab[ids[0]], vocab[ids[len(ids)-1]] = "[CLS]", "[SEP]"
				vocab[0], vocab[1], vocab[2] = "[PAD]", "[UNK]", "[MASK]"
				writeFile(t, dir, "vocab.txt", strings.Join(vocab, "\n")+"\n")
			}
			m := mustOpen(t, Config{Workers: 2}, dir)
			if got, _ := m.Tokenize(words); !slices.Equal(got, ids) {
				t.Fatalf("tokens of %q: %v, want %v", words, got, ids)
			}
			info := m.Info()
			if info.Family != fmt.Sprint("MS-CLAP ", g.Version) || info.Dim != 1024 || math.Abs(info.Scale-g.Scale) > 1e-4 {
				t.Errorf("%+v", info)
			}
			if g.Version == 2023 { // the other takes long
				oddLengths(t, m)
			}
			near(t, "audio", encodeSamples(t, m, noise440(seconds*44100, 44100), 44100), unitOf(g.Audio), 1e-4)
			v, err := m.EncodeText(background, []string{words}, TextConfig{})
			if err != nil {
				t.Fatal(err)
			}
			near(t, "text", v.Row(0), unitOf(g.Text[0]), 1e-4)
		})
	}
}

func unitOf(v []float64) []float64 {
	var s float64
	for _, x := range v {
		s += x * x
	}
	u := make([]float64, len(v))
	for i, x := range v {
		u[i] = x / math.Sqrt(s)
	}
	return u
}

func writeFile(t testing.TB, dir, name, content string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o666); err != nil {
		t.Fatal(err)
	}
}
