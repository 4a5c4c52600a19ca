package audioclip

import (
	"encoding/json"
	"image"
	"image/color"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/soundspace/soundspace/audio"
	"github.com/soundspace/soundspace/internal/stream"
)

// golden is what the original implementation computes with a model of testdata, see
// make.py there.
type golden struct {
	Dim   int
	Scale float64
	Audio []struct {
		Samples, Rate, Number int
		Stereo                bool
		Vector                []float64
		Windows               [][]float64
	}
	Texts []struct {
		Text   string
		Vector []float64
	}
	Pictures []struct {
		Width, Height int
		Vector        []float64
	}
}

func readGolden(t testing.TB, name string) *golden {
	t.Helper()
	file, err := os.ReadFile(filepath.Join("testdata", name, "golden.json"))
	if err != nil {
		t.Fatal(err)
	}
	g := new(golden)
	if err := json.Unmarshal(file, g); err != nil {
		t.Fatal(err)
	}
	return g
}

// signal is that of make.py: a sweep, a tone and noise.
func signal(n, rate, number int) []float32 {
	x := make([]float32, n)
	for i, u := range stream.Uniform("noise "+string(rune('0'+number)), n) {
		t := float64(i) / float64(rate)
		v := 0.4 * math.Sin(2*math.Pi*(100*float64(number)+250*t)*t) * (1 + math.Sin(2*math.Pi*3*t)) / 2
		x[i] = float32(v + 0.2*math.Sin(2*math.Pi*1000*float64(number)*t) + 0.1*(2*u-1))
	}
	return x
}

// picture is that of make.py.
func picture(w, h int) image.Image {
	img := image.NewNRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			v := 3*x*x + 5*y*y + 7*x*y + x/5*31
			img.SetNRGBA(x, y, color.NRGBA{uint8(v), uint8(v + 50), uint8(v + 100), 255})
		}
	}
	return img
}

// copyModel copies files of testdata to a new folder. from are folders, or files, of
// testdata; "as" in "file as name" gives one another name.
func copyModel(t testing.TB, from ...string) string {
	t.Helper()
	dir := t.TempDir()
	for _, source := range from {
		source, as, renamed := strings.Cut(source, " as ")
		source = filepath.Join("testdata", source)
		if !renamed {
			if st, err := os.Stat(source); err == nil && st.IsDir() {
				if err := os.CopyFS(dir, os.DirFS(source)); err != nil {
					t.Fatal(err)
				}
				continue
			}
			as = filepath.Base(source)
		}
		file, err := os.ReadFile(source)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, as), file, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func remove(t testing.TB, dir string, names ...string) {
	t.Helper()
	for _, name := range names {
		if err := os.Remove(filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
}

func mustOpen(t testing.TB, cfg Config, path string) *Model {
	t.Helper()
	m, err := cfg.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { m.Close() })
	return m
}

// near compares a vector with that of the original: tolerance is the largest
// difference, and one minus the smallest cosine is a tenth of it.
func near(t testing.TB, what string, got []float32, want []float64, tolerance float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: %d values, want %d", what, len(got), len(want))
	}
	var worst, cosine float64
	for i, w := range want {
		v := float64(got[i])
		if d := math.Abs(v - w); !(d <= worst) {
			worst = d
		}
		cosine += v * w
	}
	if !(worst <= tolerance && cosine >= 1-tolerance/10) {
		t.Errorf("%s: off by %.2g, cosine %.7f\ngot  %.4f\nwant %.4f", what, worst, cosine, got, want)
	}
	t.Logf("%s: off by %.2g, 1-cosine %.2g", what, worst, 1-cosine)
}

// laionModel is a model in laion_clap's form.
func laionModel(t testing.TB) string {
	return copyModel(t, "laion", "../internal/clap/testdata/laion/model.pt")
}

func TestGoldens(t *testing.T) {
	for _, test := range []struct {
		name   string
		golden string
		path   func(t testing.TB) string
		family string
		files  []string
	}{
		{"CLAP", "clap", func(testing.TB) string { return "testdata/clap" }, "LAION-CLAP", []string{"model.safetensors"}},
		{"CLAP, PyTorch", "clap", func(t testing.TB) string {
			dir := copyModel(t, "clap")
			remove(t, dir, "model.safetensors")
			return dir
		}, "LAION-CLAP", []string{"pytorch_model.bin"}},
		{"CLAP, a file", "clap", func(testing.TB) string { return "testdata/clap/pytorch_model.bin" }, "LAION-CLAP", []string{"pytorch_model.bin"}},
		{"CLAP, links", "clap", linkedModel, "LAION-CLAP", []string{"model.safetensors"}},
		{"CLAP with fusion, shards", "fused", func(testing.TB) string { return "testdata/fused" }, "LAION-CLAP", []string{"model.safetensors.index.json"}},
		{"CLAP, the index of shards", "fused", func(testing.TB) string { return "testdata/fused/model.safetensors.index.json" }, "LAION-CLAP", []string{"model.safetensors.index.json"}},
		{"CLAP of LAION", "laion", laionModel, "LAION-CLAP", []string{"model.pt"}},
		{"CLIP", "clip", func(testing.TB) string { return "testdata/clip" }, "CLIP", []string{"model.safetensors"}},
		{"CLIP of OpenAI", "openai", func(testing.TB) string { return "testdata/openai" }, "CLIP", []string{"ViT-mini.pt"}},
		{"OpenCLIP", "openclip", func(testing.TB) string { return "testdata/openclip" }, "CLIP", []string{"open_clip_model.safetensors"}},
		{"sentences", "sentence", func(testing.TB) string { return "testdata/sentence" }, "BERT sentence encoder", []string{"model.safetensors"}},
		{"sentences, as sentence-transformers 5.7 writes them", "sentence", func(t testing.TB) string {
			dir := copyModel(t, "sentence")
			writeFile(t, dir, "modules.json", `[{"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.base.modules.transformer.Transformer"},
				{"idx": 1, "name": "1", "path": "1_Pooling", "type": "sentence_transformers.sentence_transformer.modules.pooling.Pooling"},
				{"idx": 2, "name": "2", "path": "2_Normalize", "type": "sentence_transformers.sentence_transformer.modules.normalize.Normalize"}]`)
			writeFile(t, dir, "1_Pooling/config.json", `{"embedding_dimension": 16, "pooling_mode": "mean", "include_prompt": true}`)
			return dir
		}, "BERT sentence encoder", []string{"model.safetensors"}},
		{"sentences, a folder for each module", "sentence", func(t testing.TB) string {
			dir := t.TempDir()
			for _, sub := range []string{"0_Transformer", "1_Pooling"} {
				if err := os.Mkdir(filepath.Join(dir, sub), 0o777); err != nil {
					t.Fatal(err)
				}
			}
			for _, name := range []string{"config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "sentence_bert_config.json"} {
				file, err := os.ReadFile(filepath.Join("testdata/sentence", name))
				if err != nil {
					t.Fatal(err)
				}
				writeFile(t, dir, "0_Transformer/"+name, string(file))
			}
			writeFile(t, dir, "modules.json", `[{"path": "0_Transformer", "type": "sentence_transformers.models.Transformer"}, {"path": "1_Pooling", "type": "sentence_transformers.models.Pooling"}]`)
			writeFile(t, dir, "1_Pooling/config.json", `{"pooling_mode_mean_tokens": true}`)
			return dir
		}, "BERT sentence encoder", []string{"model.safetensors"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			g := readGolden(t, test.golden)
			m := mustOpen(t, Config{Workers: 2}, test.path(t))
			info := m.Info()
			if info.Family != test.family || info.Dim != g.Dim || math.Abs(info.Scale-g.Scale) > 1e-3*g.Scale ||
				info.Audio != (g.Audio != nil) || info.Text != (g.Texts != nil) || info.Image != (g.Pictures != nil) ||
				strings.Join(info.Files, " ") != strings.Join(test.files, " ") || len(info.Tensors) == 0 || len(info.Settings) == 0 {
				t.Errorf("%+v", info)
			}
			compareAudio(t, m, g)
			for _, text := range g.Texts {
				v, err := m.EncodeText(background, []string{text.Text}, TextConfig{})
				if err != nil {
					t.Fatal(err)
				}
				near(t, text.Text[:min(len(text.Text), 20)], v.Row(0), text.Vector, 1e-4)
			}
			for _, p := range g.Pictures {
				v, err := m.EncodeImage(background, []image.Image{picture(p.Width, p.Height)})
				if err != nil {
					t.Fatal(err)
				}
				near(t, "picture", v.Row(0), p.Vector, 1e-4)
			}
		})
	}
}

// linkedModel lays a model out as the cache of the Hugging Face hub does: links with
// the names of the files to contents named by checksums.
func linkedModel(t testing.TB) string {
	t.Helper()
	cache := t.TempDir()
	snapshot := filepath.Join(cache, "snapshots", "0123")
	blobs := filepath.Join(cache, "blobs")
	for _, dir := range []string{snapshot, blobs} {
		if err := os.MkdirAll(dir, 0o777); err != nil {
			t.Fatal(err)
		}
	}
	for i, name := range []string{"config.json", "preprocessor_config.json", "model.safetensors", "vocab.json", "merges.txt", "tokenizer_config.json"} {
		file, err := os.ReadFile(filepath.Join("testdata/clap", name))
		if err != nil {
			t.Fatal(err)
		}
		blob := strings.Repeat(string(rune('a'+i)), 40)
		if err := os.WriteFile(filepath.Join(blobs, blob), file, 0o666); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(filepath.Join("..", "..", "blobs", blob), filepath.Join(snapshot, name)); err != nil {
			t.Skip(err)
		}
	}
	return snapshot
}

func compareAudio(t *testing.T, m *Model, g *golden) {
	for _, a := range g.Audio {
		clip := &audio.Clip{SampleRate: a.Rate, Samples: [][]float32{signal(a.Samples, a.Rate, a.Number)}}
		tolerance, what := 1e-4, (time.Duration(a.Samples) * time.Second / time.Duration(a.Rate)).String()
		if a.Stereo {
			// Two resamplers differ where one of them has its transition band.
			clip.Samples = append(clip.Samples, signal(a.Samples, a.Rate, a.Number+1))
			tolerance, what = 1e-3, what+" resampled"
		}
		v, err := m.EncodeAudio(background, []*audio.Clip{clip}, AudioConfig{})
		if err != nil {
			t.Fatal(err)
		}
		near(t, what, v.Row(0), a.Vector, tolerance)
		if a.Windows == nil {
			continue
		}
		windows, err := m.EncodeWindows(background, audio.NewClipReader(clip), AudioConfig{})
		if err != nil || len(windows) != len(a.Windows) {
			t.Fatalf("%d windows, %v", len(windows), err)
		}
		for i, w := range windows {
			near(t, w.Start.String()+" to "+w.End.String(), w.Vector, a.Windows[i], tolerance)
		}
	}
}
