package audioclip

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/soundspace/soundspace/audio"
	"github.com/soundspace/soundspace/internal/checkpoint"
)

func TestWithoutCopies(t *testing.T) {
	for _, test := range []struct{ names, want string }{
		{"model.safetensors", "model.safetensors"},
		{"model.safetensors pytorch_model.bin", "model.safetensors"},
		{"model-00001-of-00002.safetensors model-00002-of-00002.safetensors model.safetensors.index.json pytorch_model.bin", "model.safetensors.index.json"},
		{"pytorch_model-00001-of-00002.bin pytorch_model-00002-of-00002.bin pytorch_model.bin.index.json", "pytorch_model.bin.index.json"},
		{"model-00001-of-00002.safetensors model-00002-of-00002.safetensors", "model-00001-of-00002.safetensors model-00002-of-00002.safetensors"},
		{"model.safetensors open_clip_model.safetensors open_clip_pytorch_model.bin pytorch_model.bin", "model.safetensors"},
		{"open_clip_model.safetensors open_clip_pytorch_model.bin", "open_clip_model.safetensors"},
		{"open_clip_pytorch_model.bin", "open_clip_pytorch_model.bin"},
		{"Wav2CLIP.pt model.safetensors pytorch_model.bin", "Wav2CLIP.pt model.safetensors"},
		{"CLAP_weights_2022.pth CLAP_weights_2023.pth", "CLAP_weights_2022.pth CLAP_weights_2023.pth"},
	} {
		if got := strings.Join(withoutCopies(strings.Fields(test.names)), " "); got != test.want {
			t.Errorf("%s: got %s, want %s", test.names, got, test.want)
		}
	}
	for _, name := range []string{"config.json", "training_args.bin", "optimizer.pt", ".model.safetensors", "model.h5", "rng_state_0.pth", "tokenizer.index.json"} {
		if isWeights(name) {
			t.Errorf("%s is taken for weights", name)
		}
	}
}

// What is wrong is said once, with the name of the file, the tensor, what was found
// and what was expected.
func TestOpenErrors(t *testing.T) {
	edit := func(name, old, new string) func(t *testing.T, dir string) {
		return func(t *testing.T, dir string) {
			data, err := os.ReadFile(filepath.Join(dir, name))
			if err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(string(data), old) {
				t.Fatalf("%s has no %s", name, old)
			}
			writeFile(t, dir, name, strings.Replace(string(data), old, new, 1))
		}
	}
	without := func(names ...string) func(t *testing.T, dir string) {
		return func(t *testing.T, dir string) { remove(t, dir, names...) }
	}
	for _, test := range []struct {
		name, model string
		damage      func(t *testing.T, dir string)
		want        []string
	}{
		{"no weights", "clap", without("model.safetensors", "pytorch_model.bin"), []string{"there is no .safetensors, .bin, .pt or .pth file"}},
		{"no config", "clap", without("config.json"), []string{"config.json: there is none beside the weights"}},
		{"no config of CLIP", "clip", without("config.json"), []string{"config.json: there is none beside the weights"}},
		{"no tokenizer", "clap", without("vocab.json", "merges.txt"), []string{"the tokenizer of its text encoder is missing", "vocab.json with merges.txt"}},
		{"not JSON", "clap", edit("config.json", "{", "["), []string{"config.json: "}},
		{"another kind of model", "clap", edit("config.json", `"model_type": "clap"`, `"model_type": "x"`), []string{`config.json: `, `the model type is "x"`}},
		{"another shape", "clap", edit("model.safetensors", `audio_projection.linear1.bias":{"dtype":"F16","shape":[16]`, `audio_projection.linear1.bias":{"dtype":"F16","shape":[ 8]`), []string{"model.safetensors"}},
		{"another size", "clap", edit("config.json", "\n  \"projection_dim\": 16", "\n  \"projection_dim\": 17"), []string{"model.safetensors: ", "audio_projection.linear1.weight has shape [16 16], expected [17 16]"}},
		{"a tensor of another name", "clap", edit("model.safetensors", "audio_projection.linear1.bias", "audio_projection.linear1.bios"), []string{"model.safetensors: ",
			"tensor audio_projection.linear1.bias [16] is missing", "tensor audio_projection.linear1.bios [16] is not part of the model"}},
		{"bands", "clap", edit("preprocessor_config.json", `"feature_size": 64`, `"feature_size": 65`), []string{"preprocessor_config.json: 65 mel bands, but the audio encoder has 64"}},
		{"frames", "clap", edit("preprocessor_config.json", `"hop_length": 480`, `"hop_length": 240`), []string{"preprocessor_config.json: the front end makes 2001 frames, the audio encoder takes 1024"}},
		{"two models", "clap", func(t *testing.T, dir string) {
			if err := os.Rename(filepath.Join(dir, "pytorch_model.bin"), filepath.Join(dir, "other.bin")); err != nil {
				t.Fatal(err)
			}
		}, []string{"model.safetensors and other.bin both have a tensor", "open one by its own path"}},
		{"no family", "clap", func(t *testing.T, dir string) {
			remove(t, dir, "pytorch_model.bin")
			writeWeights(t, filepath.Join(dir, "model.safetensors"), map[string]*checkpoint.Tensor{"x": checkpoint.FromFloats("x", []int{1}, []float32{1})})
		}, []string{"model.safetensors: the tensors are those of no family that is known: x"}},
		{"too few positions", "clip", edit("tokenizer_config.json", "30", "1"), []string{"special tokens"}},
		{"a missing shard", "fused", without("model-00002-of-00002.safetensors"), []string{"model-00002-of-00002.safetensors"}},
		{"a way of pooling", "sentence", edit("1_Pooling/config.json", `"pooling_mode_max_tokens":false`, `"pooling_mode_max_tokens":true`), []string{"1_Pooling/config.json: 2 ways of pooling"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			dir := copyModel(t, test.model)
			test.damage(t, dir)
			_, err := Open(dir)
			if err == nil {
				t.Fatal("no error")
			}
			for _, want := range append(test.want, dir) {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("no %q in %v", want, err)
				}
			}
			if !errors.Is(err, ErrModel) || strings.Count(err.Error(), ErrModel.Error()) != 1 {
				t.Errorf("ErrModel is not once in %v", err)
			}
			if strings.Count(err.Error(), dir+": ") > 2 || strings.Contains(err.Error(), "\n") {
				t.Errorf("too much in %v", err)
			}
			t.Log(strings.ReplaceAll(err.Error(), dir, "DIR"))
		})
	}
	if _, err := Open(filepath.Join(t.TempDir(), "none")); !errors.Is(err, fs.ErrNotExist) || errors.Is(err, ErrModel) {
		t.Errorf("no such file: %v", err)
	}
	for _, cfg := range []Config{{Weights: 99}, {Workers: -1}, {Workers: 1e9}, {Towers: 64}} {
		if _, err := cfg.Open("testdata/clap"); err == nil || errors.Is(err, ErrModel) {
			t.Errorf("%+v: %v", cfg, err)
		}
	}
}

// Towers that are not wanted are not there, and need nothing.
func TestTowers(t *testing.T) {
	dir := copyModel(t, "clap")
	remove(t, dir, "vocab.json", "merges.txt")
	whole := mustOpen(t, Config{}, "testdata/clap")
	x := signal(48000, 48000, 1)
	want := encodeSamples(t, whole, x, 48000)
	sounds := mustOpen(t, Config{Towers: Audio | Image}, dir)
	if got := encodeSamples(t, sounds, x, 48000); !slices.Equal(got, want) {
		t.Error("without texts, vectors of sounds are others")
	}
	if _, err := sounds.EncodeText(background, []string{"x"}, TextConfig{}); !errors.Is(err, ErrNoText) {
		t.Errorf("text: %v", err)
	}
	if i := sounds.Info(); i.Text || i.ContextLength != 0 || !i.Audio {
		t.Errorf("%+v", i)
	}
	words := mustOpen(t, Config{Towers: Text}, "testdata/clap")
	if i := words.Info(); i.Audio || i.SampleRate != 0 || !i.Text || i.Dim != 16 {
		t.Errorf("%+v", i)
	}
	for _, test := range []struct {
		model  string
		towers Towers
		want   error
	}{
		{"clap", Image, ErrNoImage}, {"clip", Audio, ErrNoAudio}, {"sentence", Audio | Image, ErrNoAudio}, {"sentence", Image, ErrNoImage},
	} {
		if _, err := (Config{Towers: test.towers}).Open(filepath.Join("testdata", test.model)); !errors.Is(err, test.want) {
			t.Errorf("%s, %d: %v", test.model, test.towers, err)
		}
	}
	for _, towers := range []Towers{Text, Image} {
		m := mustOpen(t, Config{Towers: towers}, "testdata/clip")
		if i := m.Info(); i.Text != (towers == Text) || i.Image != (towers == Image) || i.Dim != 12 {
			t.Errorf("%+v", i)
		}
	}
}

// What training saves has more in it than the model.
func TestTrainingCheckpoint(t *testing.T) {
	f, err := checkpoint.Open("testdata/openclip/open_clip_model.safetensors")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	want, err := mustOpen(t, Config{}, "testdata/openclip").EncodeText(background, []string{"rain"}, TextConfig{})
	if err != nil {
		t.Fatal(err)
	}
	for _, prefix := range []string{"state_dict.", "module.", "state_dict.module.", "model.", "model.module."} {
		tensors := map[string]*checkpoint.Tensor{}
		add := func(name string, shape []int, values []float32) {
			tensors[name] = checkpoint.FromFloats(name, shape, values)
		}
		for _, name := range f.Names() {
			add(prefix+name, f.Tensor(name).Shape, f.Tensor(name).Floats())
		}
		if prefix != "module." {
			add("optimizer.state.0.exp_avg", []int{2}, []float32{1, 2})
			add("epoch", nil, []float32{3})
		}
		dir := copyModel(t, "openclip")
		remove(t, dir, "open_clip_model.safetensors")
		writeWeights(t, filepath.Join(dir, "epoch_3.safetensors"), tensors)
		m := mustOpen(t, Config{}, dir)
		got, err := m.EncodeText(background, []string{"rain"}, TextConfig{})
		if err != nil || !slices.Equal(got.Data, want.Data) || len(m.Info().Tensors) != len(f.Names()) {
			t.Errorf("%s: %v, %d tensors", prefix, err, len(m.Info().Tensors))
		}
	}
}

func TestTokenizerElsewhere(t *testing.T) {
	want, err := mustOpen(t, Config{}, "testdata/clap").EncodeText(background, []string{"rain"}, TextConfig{})
	if err != nil {
		t.Fatal(err)
	}
	dir := copyModel(t, "clap")
	remove(t, dir, "vocab.json", "merges.txt")
	if _, err := Open(dir); !errors.Is(err, ErrNoTokenizer) || !errors.Is(err, ErrModel) {
		t.Errorf("no tokenizer: %v", err)
	}
	got, err := mustOpen(t, Config{Tokenizer: "testdata/fused"}, dir).EncodeText(background, []string{"rain"}, TextConfig{})
	if err != nil || !slices.Equal(got.Data, want.Data) {
		t.Errorf("got %v, %v; want %v", got, err, want)
	}
}

func TestClose(t *testing.T) {
	m, err := Open("testdata/clap")
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := m.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := m.EncodeText(background, []string{"x"}, TextConfig{}); !errors.Is(err, ErrClosed) {
		t.Errorf("text: %v", err)
	}
	if _, err := m.EncodeReader(background, audio.NewClipReader(noise(100, 1, 48000, 1)), AudioConfig{}); !errors.Is(err, ErrClosed) {
		t.Errorf("sound: %v", err)
	}
}
