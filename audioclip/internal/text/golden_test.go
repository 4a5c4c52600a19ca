package text

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"github.com/soundspace/soundspace/audioclip/internal/params"
	"github.com/soundspace/soundspace/internal/checkpoint"
	"github.com/soundspace/soundspace/internal/nn"
)

// fileSource is a checkpoint as a params.Source.
type fileSource struct{ *checkpoint.File }

func (f fileSource) Tensor(name string, _ []int) *checkpoint.Tensor { return f.File.Tensor(name) }

func open(t *testing.T, path string) *params.Set {
	t.Helper()
	f, err := checkpoint.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return params.New(fileSource{f}, nil)
}

// golden is what testdata/make.py recorded of one model.
type golden struct {
	File    string
	Config  json.RawMessage
	Ids     [][]int
	Vectors map[string][][]float64
}

func goldens(t *testing.T) map[string]golden {
	t.Helper()
	file, err := os.ReadFile("testdata/goldens.json")
	if err != nil {
		t.Fatal(err)
	}
	var all map[string]golden
	if err := json.Unmarshal(file, &all); err != nil {
		t.Fatal(err)
	}
	return all
}

// load builds a golden's model. pooling matters to BERT only.
func (g golden) load(t *testing.T, pooling Pooling) encoder {
	t.Helper()
	set := open(t, filepath.Join("testdata", g.File))
	set.Ignore("logit_scale", "vision_model.*", "visual_projection.weight")
	var e encoder
	var err error
	switch g.File {
	case "clip_quick.safetensors", "clip_gelu.bin", "openclip.safetensors", "openai.pt":
		var cfg CLIPConfig
		switch g.File {
		case "openai.pt":
			cfg = CLIPConfig{Heads: 2} // 64 columns would be one head
		case "openclip.safetensors":
			cfg, err = ParseOpenCLIPConfig(g.Config)
		default:
			cfg, err = ParseCLIPConfig(g.Config)
		}
		if err == nil {
			cfg, err = cfg.Fit(set)
		}
		if err == nil {
			e = NewCLIP(set, cfg)
		}
	case "gpt2.safetensors":
		var cfg GPT2Config
		if cfg, err = ParseGPT2Config(g.Config); err == nil {
			cfg, err = cfg.Fit(set)
		}
		if err == nil {
			e = NewGPT2(set, cfg)
		}
	default:
		var cfg BERTConfig
		if cfg, err = ParseBERTConfig(g.Config); err == nil {
			cfg, err = cfg.Fit(set)
		}
		if err == nil {
			e = NewBERT(set, cfg, pooling)
		}
	}
	if err == nil {
		err = set.Err()
	}
	if err != nil {
		t.Fatal(err)
	}
	return e
}

var poolings = map[string]Pooling{"text": 0, "pooler": Pooler, "cls": CLS, "mean": Mean}

func TestGoldens(t *testing.T) {
	for name, g := range goldens(t) {
		for kind, want := range g.Vectors {
			t.Run(name+" "+kind, func(t *testing.T) {
				e := g.load(t, poolings[kind])
				d := difference(t, vectors(e, g.Ids), want)
				t.Logf("differs by %.1e", d)
				if !(d <= 1e-5) {
					t.Errorf("differs by %g", d)
				}
			})
		}
	}
}

// A text's vector does not depend on what is computed with it, nor on the workers.
func TestBatch(t *testing.T) {
	for name, g := range goldens(t) {
		t.Run(name, func(t *testing.T) {
			e := g.load(t, Pooler)
			var texts [][]int
			for tokens := 0; tokens < 2*maxTokens; tokens += 20 {
				texts = append(texts, g.Ids[len(texts)%len(g.Ids)])
			}
			all := vectors(e, texts)
			for i, text := range g.Ids {
				one := nn.NewMatrix(make([]float32, e.Width()), 1, e.Width())
				e.Encode(nn.NewContext(1), one, [][]int{text})
				for j := i; j < len(texts); j += len(g.Ids) {
					if !slices.Equal(all.Row(j), one.Data) {
						t.Fatalf("text %d differs in a batch", j)
					}
				}
			}
		})
	}
}

// An encoder is safe for concurrent use.
func TestConcurrent(t *testing.T) {
	g := goldens(t)["BERT"]
	e := g.load(t, Mean)
	want := vectors(e, g.Ids)
	var wait sync.WaitGroup
	for range 8 {
		wait.Add(1)
		go func() {
			defer wait.Done()
			if !slices.Equal(vectors(e, g.Ids).Data, want.Data) {
				t.Error("another result beside others")
			}
		}()
	}
	wait.Wait()
}

// Ids after the end token, and zeros at the end for GPT-2, do not matter.
func TestPadding(t *testing.T) {
	all := goldens(t)
	for name, pad := range map[string]int{"CLIP quick": 98, "CLIP exact": 0, "OpenAI": 0, "GPT-2": 0} {
		g := all[name]
		e := g.load(t, 0)
		var padded [][]int
		for _, text := range g.Ids {
			for len(text) < e.MaxTokens() {
				text = append(slices.Clip(text), pad)
			}
			padded = append(padded, text)
		}
		if !slices.Equal(vectors(e, padded).Data, vectors(e, g.Ids).Data) {
			t.Errorf("%s: padding changes the result", name)
		}
	}
}

func ExampleCLIP_Check() {
	t := &CLIP{cfg: CLIPConfig{Vocab: 49408, Context: 77}}
	fmt.Println(t.Check([]int{49406, 320, 1929, 49407}))
	fmt.Println(t.Check([]int{49406, 50265, 49407}))
	fmt.Println(t.Check(make([]int, 80)))
	// Output:
	// <nil>
	// text: token outside the vocabulary: id 50265 at 1, where the model has 49408
	// text: too many tokens: 80, where the model takes 77
}
