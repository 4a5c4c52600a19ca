package audioclip

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/soundspace/soundspace/audio"
	"github.com/soundspace/soundspace/audioclip/internal/params"
	"github.com/soundspace/soundspace/audioclip/internal/soundnet"
	"github.com/soundspace/soundspace/audioclip/internal/text"
	"github.com/soundspace/soundspace/internal/checkpoint"
	"github.com/soundspace/soundspace/internal/nn"
	"github.com/soundspace/soundspace/internal/stream"
	"github.com/soundspace/soundspace/spectrogram/frontend"
)

// smallNet is a network as package train makes them, of 12 values.
func smallNet() *soundnet.Config {
	return &soundnet.Config{
		FrontEnd: frontend.LogMelConfig{SampleRate: 16000, NFFT: 512, HopSamples: 320, Bands: 20, FMinHz: 50, FMaxHz: 8000},
		RangeDB:  80, WindowSeconds: 1, Stem: []int{4, 8}, Embed: 12, Expand: 20,
		Stages: []soundnet.Stage{
			{Width: 8, Blocks: 2, Groups: 1, StrideTime: 1, StrideBands: 1},
			{Width: 16, Blocks: 1, Groups: 4, StrideTime: 2, StrideBands: 2},
		},
	}
}

const smallText = `{"model_type": "clip_text_model", "vocab_size": 1041, "max_position_embeddings": 30, "hidden_size": 16,
	"num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 40, "hidden_act": "gelu", "eos_token_id": 1040}`

// netWeights are weights of smallNet.
func netWeights() map[string]*checkpoint.Tensor {
	weights := generate(stream.Source{Without: []string{".conv.bias"}}, func(set *params.Set) { soundnet.New(set.Sub("audio_model."), *smallNet()) })
	weights["logit_scale"] = checkpoint.FromFloats("logit_scale", []int{}, []float32{float32(math.Log(20))})
	return weights
}

// writeModel writes a model of package train.
func writeModel(t testing.TB, dir string, config soundnet.Model, weights ...map[string]*checkpoint.Tensor) string {
	t.Helper()
	config.ModelType = soundnet.ModelType
	data, err := json.Marshal(config)
	if err != nil {
		t.Fatal(err)
	}
	writeFile(t, dir, "config.json", string(data))
	all := map[string]*checkpoint.Tensor{}
	for _, part := range weights {
		for name, tensor := range part {
			all[name] = tensor
		}
	}
	writeWeights(t, filepath.Join(dir, "model.safetensors"), all)
	return dir
}

// soundspaceModel is a model with a transformer for texts.
func soundspaceModel(t testing.TB) string {
	dir := copyModel(t, "clip/vocab.json", "clip/merges.txt", "clip/tokenizer_config.json")
	words := generate(stream.Source{}, func(set *params.Set) {
		text.NewCLIP(set, text.CLIPConfig{Vocab: 1041, Context: 30, Width: 16, Layers: 1, Heads: 2, FeedForward: 40, Embed: 12, Act: nn.GELU, Eps: 1e-5, EndToken: 1040})
	})
	return writeModel(t, dir, soundnet.Model{Template: "the sound of {}", Audio: smallNet(), Text: []byte(smallText)}, netWeights(), words)
}

const vocabulary = "a\ndog\nrain\ncat\nbarks\nroof\nthe\n"

// wordTable are vectors of 5 values for the words of the vocabulary.
func wordTable() map[string]*checkpoint.Tensor {
	return generate(stream.Source{}, func(set *params.Set) { set.Floats("words.weight", 7, 5) })
}

// staticModel is a model with a table of words for texts.
func staticModel(t testing.TB) string {
	dir := t.TempDir()
	writeFile(t, dir, "words.txt", vocabulary)
	projection := generate(stream.Source{}, func(set *params.Set) { set.Floats("projection.weight", 12, 5) })
	return writeModel(t, dir, soundnet.Model{Audio: smallNet(), Text: []byte(`{"model_type": "static"}`)}, netWeights(), wordTable(), projection)
}

// wordsModel is a table of words alone.
func wordsModel(t testing.TB) string {
	dir := t.TempDir()
	writeFile(t, dir, "words.txt", vocabulary)
	writeWeights(t, filepath.Join(dir, "model.safetensors"), wordTable())
	return dir
}

func TestSoundspace(t *testing.T) {
	dir := soundspaceModel(t)
	m := mustOpen(t, Config{}, dir)
	info := m.Info()
	if info.Family != "soundspace" || info.Dim != 12 || info.SampleRate != 16000 || info.WindowSamples != 16000 || info.LongestSamples != 16000 ||
		info.ContextLength != 30 || info.Template != "the sound of {}" || math.Abs(info.Scale-20) > 1e-5 || !info.Audio || !info.Text || info.Image {
		t.Errorf("%+v", info)
	}
	// The encoder is given the log-mel frames of the samples, as many as there are.
	x := signal(11000, 16000, 1)
	front, err := frontend.NewLogMel(smallNet().FrontEnd)
	if err != nil {
		t.Fatal(err)
	}
	net := soundnet.New(params.New(params.Map(netWeights()), nil).Sub("audio_model."), *smallNet())
	shape := front.Shape(len(x))
	want := nn.NewMatrix(make([]float32, 12), 1, 12)
	net.Encode(nn.NewContext(1), want, nn.NewMatrix(front.Compute(nil, x), shape.Rows, shape.Cols))
	nn.NormalizeL2(want.Data)
	if got := encodeSamples(t, m, x, 16000); !slices.Equal(got, want.Data) {
		t.Errorf("got %v, want %v", got, want.Data)
	}
	oddLengths(t, m)
	for _, n := range []int{1, 2, 160, 319, 321, 16001, 40000} {
		encodeSamples(t, m, signal(n, 16000, 2), 16000)
	}

	for towers, want := range map[Towers]string{Audio: "true false", Text: "false true"} {
		i := mustOpen(t, Config{Towers: towers}, dir).Info()
		if got := fmt.Sprint(i.Audio, " ", i.Text); got != want || i.Dim != 12 {
			t.Errorf("towers %d: %+v", towers, i)
		}
	}
	if _, err := (Config{Towers: Image}).Open(dir); !errors.Is(err, ErrNoImage) {
		t.Errorf("pictures: %v", err)
	}
}

// A text is the mean of its words' vectors, mapped.
func TestStaticText(t *testing.T) {
	table, projection := wordTable()["words.weight"].Floats(), stream.Uniform("projection.weight", 60)
	m := mustOpen(t, Config{}, staticModel(t))
	bare := mustOpen(t, Config{}, wordsModel(t))
	for _, test := range []struct {
		text  string
		words []int
	}{{"Rain", []int{2}}, {"A dog barks, a cat's purr", []int{0, 1, 4, 0, 3}}, {strings.Repeat("the roof ", 100), slices.Repeat([]int{6, 5}, 100)}} {
		mean := make([]float64, 5)
		for _, w := range test.words {
			for i := range mean {
				mean[i] += float64(table[5*w+i]) / float64(len(test.words))
			}
		}
		mapped := make([]float64, 12)
		for i := range mapped {
			for j, v := range mean {
				mapped[i] += v * (2*projection[5*i+j] - 1)
			}
		}
		for _, c := range []struct {
			m    *Model
			want []float64
		}{{m, unitOf(mapped)}, {bare, unitOf(mean)}} {
			got, err := c.m.EncodeText(background, []string{test.text}, TextConfig{})
			if err != nil {
				t.Fatal(err)
			}
			near(t, test.text[:4], got.Data, c.want, 1e-5)
		}
		if ids, cut := m.Tokenize(test.text); !slices.Equal(ids, test.words) || cut {
			t.Errorf("%.20q: tokens %v, cut %v", test.text, ids, cut)
		}
	}
	if i := bare.Info(); i.Dim != 5 || i.Audio || !i.Text || i.ContextLength != 0 || i.Template != "{}" || i.Family != "word vectors" {
		t.Errorf("%+v", i)
	}
	texts := append(slices.Repeat([]string{"a dog"}, 100), "xylophone")
	if _, err := bare.EncodeText(background, texts, TextConfig{}); !errors.Is(err, ErrNoWords) || !strings.Contains(err.Error(), `text 100, "xylophone"`) {
		t.Errorf("no words: %v", err)
	}
	if _, err := m.NewClassifier(background, []string{"rain", "?"}, ClassifyConfig{}); !errors.Is(err, ErrNoWords) || !strings.Contains(err.Error(), `"?"`) {
		t.Errorf("no words: %v", err)
	}
	if _, err := (Config{Towers: Audio}).Open(wordsModel(t)); !errors.Is(err, ErrNoAudio) {
		t.Errorf("sounds of words: %v", err)
	}
}

// An audio encoder beside whose weights the text encoder's name stands.
func TestTextModelElsewhere(t *testing.T) {
	root := t.TempDir()
	if err := os.CopyFS(filepath.Join(root, "texts"), os.DirFS(copyModel(t, "clip"))); err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(root, "sounds")
	if err := os.Mkdir(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	want, err := mustOpen(t, Config{}, "testdata/clip").EncodeText(background, []string{"rain"}, TextConfig{})
	if err != nil {
		t.Fatal(err)
	}
	opens := map[string]func() (*Model, error){
		"folder": func() (*Model, error) { return Open(dir) },
		"fs.FS":  func() (*Model, error) { return OpenFS(os.DirFS(root), "sounds") },
	}
	for _, name := range []string{"../texts", filepath.Join(root, "texts")} {
		writeModel(t, dir, soundnet.Model{Audio: smallNet(), TextModel: name}, netWeights())
		for from, open := range opens {
			m, err := open()
			if from == "fs.FS" && filepath.IsAbs(name) {
				if !errors.Is(err, fs.ErrInvalid) && !errors.Is(err, fs.ErrNotExist) {
					t.Errorf("out of an fs.FS: %v", err)
				}
				continue
			}
			if err != nil {
				t.Fatal(err)
			}
			got, err := m.EncodeText(background, []string{"rain"}, TextConfig{})
			if err != nil || !slices.Equal(got.Data, want.Data) || m.Info().Template != "a photo of a {}." {
				t.Errorf("%s, %s: %v, %v", name, from, got.Data, err)
			}
			if err := m.Close(); err != nil {
				t.Error(err)
			}
		}
	}
	for name, want := range map[string]string{"../none": "none", ".": "itself a part of another model", "../sounds": "itself a part of another model", "../words": "vectors of sounds have 12 values, those of texts 5"} {
		if name == "../words" {
			if err := os.CopyFS(filepath.Join(root, "words"), os.DirFS(wordsModel(t))); err != nil {
				t.Fatal(err)
			}
		}
		writeModel(t, dir, soundnet.Model{Audio: smallNet(), TextModel: name}, netWeights())
		for from, open := range opens {
			if _, err := open(); err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("text_model %s, %s: %v", name, from, err)
			}
		}
		if _, err := (Config{Towers: Audio}).Open(dir); err != nil {
			t.Errorf("sounds alone: %v", err)
		}
	}
}

// A model whose sounds are another's.
func TestAudioModel(t *testing.T) {
	root := t.TempDir()
	if err := os.CopyFS(filepath.Join(root, "sounds"), os.DirFS(soundspaceModel(t))); err != nil {
		t.Fatal(err)
	}
	want, err := Open(filepath.Join(root, "sounds"))
	if err != nil {
		t.Fatal(err)
	}
	defer want.Close()
	clips := []*audio.Clip{noise(30000, 1, 48000, 1)}
	vectors, err := want.EncodeAudio(background, clips, AudioConfig{})
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(root, "mine")
	if err := os.Mkdir(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"../sounds", filepath.Join(root, "sounds")} {
		writeModel(t, dir, soundnet.Model{AudioModel: name}, params.Map{})
		m, err := Open(dir)
		if err != nil {
			t.Fatal(err)
		}
		got, err := m.EncodeAudio(background, clips, AudioConfig{})
		if err != nil || !slices.Equal(got.Data, vectors.Data) {
			t.Errorf("%s: %v, %v", name, got.Data, err)
		}
		if err := m.Close(); err != nil {
			t.Error(err)
		}
		if _, err := (Config{Towers: Text}).Open(dir); !errors.Is(err, ErrNoText) {
			t.Errorf("texts: %v", err)
		}
	}
	writeModel(t, dir, soundnet.Model{AudioModel: "."}, params.Map{})
	if _, err := Open(dir); err == nil || !strings.Contains(err.Error(), "itself a part of another model") {
		t.Errorf("a model that names itself: %v", err)
	}
}

// Every kind of model is the same in a file system of one's own.
func TestOpenFS(t *testing.T) {
	clips := []*audio.Clip{noise(30000, 1, 48000, 1)}
	texts := []string{"a dog", "rain"}
	for name, dir := range map[string]string{
		"clap": "testdata/clap", "shards": "testdata/fused", "TorchScript": "testdata/openai", "modules": "testdata/sentence",
		"soundspace": soundspaceModel(t), "static": staticModel(t), "words": wordsModel(t),
	} {
		memory := fstest.MapFS{}
		err := fs.WalkDir(os.DirFS(dir), ".", func(path string, e fs.DirEntry, err error) error {
			if err == nil && !e.IsDir() {
				var data []byte
				data, err = os.ReadFile(filepath.Join(dir, path))
				memory["models/it/"+path] = &fstest.MapFile{Data: data}
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		want, _, err := encodings(mustOpen(t, Config{}, dir), clips, texts, nil)
		if err != nil {
			t.Fatal(err)
		}
		m, err := OpenFS(memory, "models/it")
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if got, _, err := encodings(m, clips, texts, nil); err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: vectors differ (%v)", name, err)
		}
		m.Close()
	}
	if _, err := OpenFS(fstest.MapFS{}, "."); !errors.Is(err, ErrModel) {
		t.Errorf("nothing: %v", err)
	}
	if _, err := OpenFS(fstest.MapFS{}, "none"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no folder: %v", err)
	}
	if _, err := (Config{Tokenizer: "texts"}).OpenFS(os.DirFS("testdata"), "clap"); !errors.Is(err, ErrNoTokenizer) {
		t.Errorf("tokenizer: %v", err)
	}
}

func TestSoundspaceErrors(t *testing.T) {
	for _, test := range []struct{ name, old, new, want string }{
		{"another kind of model", `"soundspace"`, `"speech"`, `config.json: soundnet: model type "speech"`},
		{"not JSON", `{`, `[`, "config.json: "},
		{"a wide stage", `"width":16`, `"width":4096`, "tensor audio_model.stages.1.0.first.conv.weight has shape [16 2 3 3], expected [4096 2 3 3]"},
		{"more blocks", `"blocks":2`, `"blocks":64`, "tensor audio_model.stages.0.2.first.conv.weight is missing"},
		{"fewer blocks", `"blocks":2`, `"blocks":1`, "tensor audio_model.stages.0.1.first.conv.weight [8 8 3 3] is not part of the model"},
		{"a long window", `"window_seconds":1`, `"window_seconds":1e18`, "windows of 1e+18 s"},
		{"no window", `"window_seconds":1`, `"window_seconds":1e-9`, "windows of 1e-09 s"},
		{"a dense front end", `"window_seconds":1`, `"window_seconds":3600`, "windows of 3600 s"},
		{"a template", `the sound of {}`, `the sound`, `the template "the sound" has no "{}"`},
		{"no audio_config", `"audio_config"`, `"other_config"`, "is not part of the model"},
		{"no text_config", `"text_config"`, `"other_config"`, "is not part of the model"},
		{"a text of another kind", `"clip_text_model"`, `"bert"`, `model type "bert"`},
		{"no words", `"clip_text_model"`, `"static"`, "words.txt: there is none beside the weights"},
	} {
		dir := soundspaceModel(t)
		data, err := os.ReadFile(filepath.Join(dir, "config.json"))
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(data), test.old) {
			t.Fatalf("no %s in %s", test.old, data)
		}
		writeFile(t, dir, "config.json", strings.Replace(string(data), test.old, test.new, 1))
		if _, err := Open(dir); !errors.Is(err, ErrModel) || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v; want %q", test.name, err, test.want)
		}
	}
	for words, want := range map[string]string{
		"": "empty", "a\n": "the vocabulary 1 words", "a\na\n" + vocabulary[6:]: "both", strings.Replace(vocabulary, "dog", "Dog", 1): "not one word",
		strings.Repeat("a", 1<<17): "too long",
	} {
		dir := wordsModel(t)
		writeFile(t, dir, "words.txt", words)
		if _, err := Open(dir); !errors.Is(err, ErrModel) || !strings.Contains(err.Error(), want) {
			t.Errorf("%.20q: %v; want %q", words, err, want)
		}
	}
}
