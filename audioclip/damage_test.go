package audioclip

import (
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"io"
	"maps"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/soundspace/soundspace/audio"
	"github.com/soundspace/soundspace/internal/checkpoint"
)

// damage returns a damaged copy of a file, and what was done.
func damage(rng *rand.Rand, name string, data []byte) ([]byte, string) {
	if strings.HasSuffix(name, ".json") && rng.IntN(4) > 0 {
		if edited, what, ok := editJSON(rng, data); ok {
			return edited, what
		}
	}
	d := slices.Clone(data)
	place := func() int {
		if rng.IntN(2) == 0 {
			return rng.IntN(min(len(d), 4096)) // headers
		}
		return rng.IntN(len(d))
	}
	switch rng.IntN(6) {
	case 0:
		n := place()
		return d[:n], fmt.Sprint("cut to ", n)
	case 1:
		at, n := place(), 1+rng.IntN(64)
		clear(d[at:min(at+n, len(d))])
		return d, fmt.Sprintf("%d zeros at %d", n, at)
	case 2:
		at, n := place(), 1+rng.IntN(64)
		for i := at; i < min(at+n, len(d)); i++ {
			d[i] = 0xff
		}
		return d, fmt.Sprintf("%d times 255 at %d", n, at)
	case 3:
		at := place()
		return slices.Delete(d, at, min(at+1+rng.IntN(16), len(d))), fmt.Sprint("less at ", at)
	case 4:
		from, to := place(), place()
		copy(d[to:], data[from:min(from+256, len(data))])
		return d, fmt.Sprintf("%d copied to %d", from, to)
	}
	what := "bits"
	for range 1 + rng.IntN(4) {
		at, bit := place(), rng.IntN(8)
		d[at] ^= 1 << bit
		what += fmt.Sprintf(" %d.%d", at, bit)
	}
	return d, what
}

// editJSON takes a value out of a file, or puts another in its place.
func editJSON(rng *rand.Rand, data []byte) ([]byte, string, bool) {
	var root any
	if json.Unmarshal(data, &root) != nil {
		return nil, "", false
	}
	type place struct {
		path string
		set  func(v any)
		drop func()
	}
	var places []place
	var walk func(path string, v any)
	walk = func(path string, v any) {
		switch v := v.(type) {
		case map[string]any:
			for _, k := range slices.Sorted(maps.Keys(v)) {
				places = append(places, place{path + "." + k, func(x any) { v[k] = x }, func() { delete(v, k) }})
				walk(path+"."+k, v[k])
			}
		case []any:
			for i := range v {
				places = append(places, place{fmt.Sprint(path, ".", i), func(x any) { v[i] = x }, func() { v[i] = nil }})
				walk(fmt.Sprint(path, ".", i), v[i])
			}
		}
	}
	walk("", root)
	if len(places) == 0 {
		return nil, "", false
	}
	p := places[rng.IntN(len(places))]
	values := []any{nil, "x", "", true, false, 0, -1, 1, 2, 3, 7, 65537, 1e9, 1 << 40, math.MaxInt64, -1e300, 1e300, 0.5, []any{}, []any{1}, map[string]any{}, map[string]any{"a": 1}, json.RawMessage(strings.Repeat("[", 5000) + strings.Repeat("]", 5000))}
	i := rng.IntN(len(values) + 1)
	what := "without " + p.path
	if i == len(values) {
		p.drop()
	} else {
		p.set(values[i])
		what = fmt.Sprintf("%s = %.40v", p.path, values[i])
	}
	edited, err := json.Marshal(root)
	return edited, what, err == nil
}

// tryModel opens a model and uses what it has: an error or vectors of unit length.
func tryModel(dir string, x []float32) error {
	m, err := Config{Workers: 1}.Open(dir)
	if err != nil {
		return err
	}
	defer m.Close()
	var failed []error
	check := func(v Matrix, err error) {
		if err != nil {
			failed = append(failed, err)
			return
		}
		for i := range v.Rows {
			if s := dot(v.Row(i), v.Row(i)); !(math.Abs(s-1) < 1e-5) {
				panic(fmt.Sprintf("a vector of length %v: %v", s, v.Row(i)))
			}
		}
	}
	info := m.Info()
	if info.Audio {
		check(m.EncodeAudio(background, []*audio.Clip{{SampleRate: 48000, Samples: [][]float32{x}}}, AudioConfig{}))
	}
	if info.Text {
		check(m.EncodeText(background, []string{"a dog barking, über 音"}, TextConfig{}))
	}
	if info.Image {
		check(m.EncodeImage(background, []image.Image{picture(30, 20)}))
	}
	return errors.Join(failed...)
}

// Damaged files give an error, or vectors like others, never anything else.
func TestDamage(t *testing.T) {
	variants := 400
	if testing.Short() {
		variants = 40
	}
	x := signal(20000, 48000, 1)
	for _, test := range []struct {
		name string
		dir  func(t testing.TB) string
	}{
		{"safetensors", func(t testing.TB) string {
			dir := copyModel(t, "clap")
			remove(t, dir, "pytorch_model.bin")
			return dir
		}},
		{"PyTorch", func(t testing.TB) string {
			dir := copyModel(t, "clap")
			remove(t, dir, "model.safetensors")
			return dir
		}},
		{"shards", func(t testing.TB) string { return copyModel(t, "fused") }},
		{"LAION", laionModel},
		{"CLIP", func(t testing.TB) string { return copyModel(t, "clip") }},
		{"TorchScript", func(t testing.TB) string { return copyModel(t, "openai") }},
		{"OpenCLIP", func(t testing.TB) string { return copyModel(t, "openclip") }},
		{"sentences", func(t testing.TB) string { return copyModel(t, "sentence") }},
		{"soundspace", soundspaceModel},
		{"static", staticModel},
		{"words", wordsModel},
	} {
		t.Run(test.name, func(t *testing.T) {
			dir := test.dir(t)
			os.Remove(filepath.Join(dir, "golden.json"))
			var names []string
			whole := map[string][]byte{}
			err := filepath.WalkDir(dir, func(path string, e os.DirEntry, err error) error {
				if err == nil && !e.IsDir() {
					names = append(names, path)
					whole[path], err = os.ReadFile(path)
				}
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			if err := tryModel(dir, x); err != nil {
				t.Fatal(err)
			}
			rng := rand.New(rand.NewPCG(5, uint64(len(test.name))))
			refused := 0
			var before, after runtime.MemStats
			for range variants {
				name := names[rng.IntN(len(names))]
				if rng.IntN(2) == 0 {
					for !isWeights(filepath.Base(name)) {
						name = names[rng.IntN(len(names))]
					}
				}
				data, what := damage(rng, name, whole[name])
				// Not in place: the file may still be mapped.
				remove(t, filepath.Dir(name), filepath.Base(name))
				writeFile(t, filepath.Dir(name), filepath.Base(name), string(data))
				runtime.ReadMemStats(&before)
				func() {
					defer func() {
						if r := recover(); r != nil {
							stack := make([]byte, 4096)
							t.Errorf("%s, %s: %v\n%s", filepath.Base(name), what, r, stack[:runtime.Stack(stack, false)])
						}
					}()
					if tryModel(dir, x) != nil {
						refused++
					}
				}()
				runtime.ReadMemStats(&after)
				if n := after.TotalAlloc - before.TotalAlloc; n > 256<<20 {
					t.Errorf("%s, %s: took %d MB", filepath.Base(name), what, n>>20)
				}
				remove(t, filepath.Dir(name), filepath.Base(name))
				writeFile(t, filepath.Dir(name), filepath.Base(name), string(whole[name]))
			}
			t.Logf("%d of %d refused", refused, variants)
		})
	}
}

// Weights that are no numbers are an error, not vectors of NaN.
func TestWeightsOfNaN(t *testing.T) {
	dir := copyModel(t, "clap")
	remove(t, dir, "pytorch_model.bin")
	f, err := checkpoint.Open("testdata/clap/model.safetensors")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for _, test := range []struct {
		name  string
		value float32
	}{
		{"audio_projection.linear2.weight", float32(math.NaN())}, {"audio_projection.linear2.bias", float32(math.Inf(1))},
		{"audio_model.audio_encoder.batch_norm.running_var", -1}, {"text_projection.linear2.bias", float32(math.NaN())},
		{"text_model.embeddings.word_embeddings.weight", float32(math.NaN())}, {"logit_scale_a", 1e30},
	} {
		tensors := map[string]*checkpoint.Tensor{}
		for _, name := range f.Names() {
			tensors[name] = f.Tensor(name)
		}
		old := tensors[test.name]
		values := make([]float32, old.Len())
		for i := range values {
			values[i] = test.value
		}
		tensors[test.name] = checkpoint.FromFloats(test.name, old.Shape, values)
		remove(t, dir, "model.safetensors")
		writeWeights(t, filepath.Join(dir, "model.safetensors"), tensors)
		if err := tryModel(dir, signal(20000, 48000, 1)); !errors.Is(err, ErrNotFinite) && !(test.name == "logit_scale_a" && errors.Is(err, ErrModel)) {
			t.Errorf("%s is %v: %v", test.name, test.value, err)
		}
	}
}

func TestOddTexts(t *testing.T) {
	texts := []string{"", " ", "\x00", "a\x00b\x00", "\xff\xfe\xc0", "\u200b", strings.Repeat("a", 1000), strings.Repeat("rain on a roof ", 700_000), strings.Repeat("\xf0", 100_000),
		strings.Repeat("🎵", 10_000), "<s></s><pad><mask>", "<|endoftext|>[CLS][SEP]", "\u0301\u0301\u0301", "é\u0301", "\ufeffa"}
	for _, name := range []string{"testdata/clap", "testdata/clip", "testdata/openai", "testdata/openclip", "testdata/sentence", soundspaceModel(t)} {
		m := mustOpen(t, Config{}, name)
		v, err := m.EncodeText(background, texts, TextConfig{})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		for i, text := range texts {
			if s := dot(v.Row(i), v.Row(i)); !(math.Abs(s-1) < 1e-5) {
				t.Errorf("%s: length %v of %.20q", name, s, text)
			}
			if ids, cut := m.Tokenize(text); len(ids) > m.Info().ContextLength || cut != (len(ids) == m.Info().ContextLength) {
				t.Errorf("%s: %d tokens of %.20q, cut %v", name, len(ids), text, cut)
			}
		}
	}
}

func TestOddClips(t *testing.T) {
	m := mustOpen(t, Config{}, "testdata/clap")
	nan := noise(1000, 2, 48000, 1)
	nan.Samples[1][5] = float32(math.Inf(-1))
	ragged := noise(1000, 2, 48000, 1)
	ragged.Samples[1] = ragged.Samples[1][:999]
	for _, test := range []struct {
		name string
		clip *audio.Clip
		ok   bool
	}{
		{"silent", audio.NewClip(1, 48000, 48000), true},
		{"one sample", noise(1, 1, 48000, 1), true},
		{"one sample at 8 kHz", noise(1, 1, 8000, 1), true},
		{"one sample at 192 kHz", noise(1, 1, 192000, 1), true},
		{"8 kHz", noise(8000, 1, 8000, 1), true},
		{"192 kHz", noise(192000, 1, 192000, 1), true},
		{"7 channels", noise(24000, 7, 48000, 1), true},
		{"NaN", nan, false},
		{"ragged", ragged, false},
		{"no channels", &audio.Clip{SampleRate: 48000}, false},
		{"no rate", &audio.Clip{Samples: [][]float32{{1}}}, false},
		{"huge samples", &audio.Clip{SampleRate: 48000, Samples: [][]float32{slices.Repeat([]float32{1e38, -1e38}, 500)}}, false},
	} {
		v, err := m.EncodeAudio(background, []*audio.Clip{test.clip}, AudioConfig{})
		if (err == nil) != test.ok {
			t.Errorf("%s: %v", test.name, err)
		} else if s := dot(v.Data, v.Data); test.ok && !(math.Abs(s-1) < 1e-5) {
			t.Errorf("%s: length %v", test.name, s)
		}
	}
}

// endless gives noise until it has given enough.
type endless struct{ at, total int }

func (*endless) SampleRate() int { return 48000 }
func (*endless) Channels() int   { return 2 }
func (r *endless) Read(dst [][]float32) (int, error) {
	n := min(len(dst[0]), r.total-r.at)
	if n == 0 {
		return 0, io.EOF
	}
	for i := range n {
		v := float32((r.at+i)*7919%2001-1000) / 1000
		dst[0][i], dst[1][i] = v, -v/2
	}
	r.at += n
	return n, nil
}

// Hours need no more memory than some minutes.
func TestLongRecording(t *testing.T) {
	seconds := 3 * 3600
	if testing.Short() {
		seconds = 600
	}
	for _, name := range []string{"clap", "fused"} {
		m := mustOpen(t, Config{Workers: 2}, filepath.Join("testdata", name))
		var stats runtime.MemStats
		var most uint64
		if name == "fused" {
			seconds /= 4
		}
		cfg := AudioConfig{Progress: func(d time.Duration) {
			runtime.ReadMemStats(&stats)
			most = max(most, stats.HeapAlloc)
		}, Hop: 10 * time.Second}
		v, err := m.EncodeReader(background, &endless{total: seconds * 48000}, cfg)
		if err != nil || !(math.Abs(dot(v, v)-1) < 1e-5) {
			t.Fatalf("%s: %v, %v", name, v, err)
		}
		t.Logf("%s: %d MB", name, most>>20)
		if most > 400<<20 {
			t.Errorf("%s: %d MB", name, most>>20)
		}
	}
}
