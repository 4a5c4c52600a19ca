package yamnet

import (
	"context"
	"errors"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/soundspace/soundspace/audio"
	"github.com/soundspace/soundspace/audioclip"
	"github.com/soundspace/soundspace/internal/checkpoint"
	"github.com/soundspace/soundspace/internal/npy"
	"github.com/soundspace/soundspace/internal/stream"
)

// generated is a params.Source of the weights that testdata/make.py generates.
type generated struct{}

func (generated) Names() []string { return nil }

func (generated) Tensor(name string, shape []int) *checkpoint.Tensor {
	n := 1
	for _, d := range shape {
		n *= d
	}
	kind := filepath.Base(name)
	values := make([]float32, n)
	for i, u := range stream.Uniform(name, n) {
		s := 2*u - 1
		switch kind {
		case "moving_variance":
			s = 0.5 + u
		case "moving_mean":
			s *= 0.2
		case "beta", "bias":
			s *= 0.1
		case "depthwise_kernel":
			s *= math.Sqrt(6. / 9)
		default:
			s *= math.Sqrt(6 / float64(n/shape[len(shape)-1]))
		}
		values[i] = float32(s)
	}
	return checkpoint.FromFloats(name, shape, values)
}

func generatedModel(t testing.TB, workers int) *Model {
	t.Helper()
	m, err := newModel(generated{}, make([]string, classes), workers)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// tone is that of testdata/make.py.
func tone(n int) *audio.Clip {
	clip := audio.NewClip(1, n, 16000)
	for i, u := range stream.Uniform("noise", n) {
		x := 2 * math.Pi * float64(i) / 16000
		clip.Samples[0][i] = float32(0.5*math.Sin(440*x) + 0.25*math.Sin(3000*x)*float64(i)/float64(n) + 0.1*(2*u-1))
	}
	return clip
}

func golden(t *testing.T, name string) audioclip.Matrix {
	t.Helper()
	f, err := os.Open(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	a, err := npy.Read(f)
	if err != nil {
		t.Fatal(err)
	}
	m := audioclip.NewMatrix(a.Shape[0], a.Shape[1])
	for i, v := range a.Real {
		m.Data[i] = float32(v)
	}
	return m
}

// compare tells by how much the values of matrices differ, at most tolerance.
func compare(t *testing.T, what string, got, want audioclip.Matrix, tolerance float64) {
	t.Helper()
	if got.Rows != want.Rows || got.Cols != want.Cols {
		t.Fatalf("%s: %d × %d, want %d × %d", what, got.Rows, got.Cols, want.Rows, want.Cols)
	}
	for i := range want.Rows {
		worst := 0.
		for j, w := range want.Row(i) {
			worst = max(worst, math.Abs(float64(got.Row(i)[j])-float64(w)))
		}
		if !(worst <= tolerance) {
			t.Errorf("%s: row %d is off by %.2g", what, i, worst)
		}
		t.Logf("%s: row %d: off by %.2g", what, i, worst)
	}
}

// Google's graph with generated weights.
func TestGenerated(t *testing.T) {
	scores, embeddings, err := generatedModel(t, 2).Patches(context.Background(), tone(39000))
	if err != nil {
		t.Fatal(err)
	}
	compare(t, "scores", scores, golden(t, "generated_scores.npy"), 1e-5)
	want := golden(t, "generated_embeddings.npy")
	compare(t, "embeddings", embeddings, want, 1e-4*float64(slices.Max(want.Data)))
}

// realModel is YAMNet itself. SOUNDSPACE_YAMNET names its folder.
func realModel(t testing.TB) *Model {
	t.Helper()
	dir := os.Getenv("SOUNDSPACE_YAMNET")
	if dir == "" {
		t.Skip("SOUNDSPACE_YAMNET is not set")
	}
	m, err := Config{Workers: 2}.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// Google's graph with Google's weights.
func TestReal(t *testing.T) {
	m := realModel(t)
	noise := audio.NewClip(1, 48000, 16000)
	for i, u := range stream.Uniform("noise", 48000) {
		noise.Samples[0][i] = float32(2*u - 1)
	}
	clips := []*audio.Clip{audio.NewClip(1, 16000, 16000), tone(1000), tone(15600), tone(15601), tone(80000), noise}
	for _, name := range []string{"hello-world.wav", "wolf-howl.wav"} {
		clip, err := audio.ReadFile(filepath.Join("../../testdata", name), audio.Config{})
		if err != nil {
			t.Fatal(err)
		}
		clip.SampleRate = 16000 // as make.py takes it
		clips = append(clips, clip)
	}
	scores, err := m.Scores(context.Background(), clips)
	if err != nil {
		t.Fatal(err)
	}
	compare(t, "scores", scores, golden(t, "scores.npy"), 1e-5)
	labels := m.Labels()
	for i, want := range []string{0: "Silence", 5: "White noise", 6: "Speech", 7: "Howl"} {
		if want == "" {
			continue
		}
		row := scores.Row(i)
		best := slices.SortedFunc(slices.Values(labels), func(a, b string) int {
			if row[slices.Index(labels, a)] > row[slices.Index(labels, b)] {
				return -1
			}
			return 1
		})[:5]
		if !slices.Contains(best, want) {
			t.Errorf("clip %d sounds like %q, want %s", i, best, want)
		}
		t.Logf("clip %d: %s", i, strings.Join(best, ", "))
	}
}

// The scores of a clip do not depend on the others, on the number of workers, nor on how its
// patches are taken together; and they are the means of those of its patches.
func TestScores(t *testing.T) {
	ctx := context.Background()
	var clips []*audio.Clip
	for _, n := range []int{1, 15600, 200000, 15601, 23280, 23281, 100, 90000, 5, 40000} {
		clips = append(clips, tone(n))
	}
	stereo := audio.NewClip(2, 44100, 44100)
	for i := range stereo.Samples[0] {
		stereo.Samples[0][i] = float32(math.Sin(float64(i) / 10))
	}
	clips = append(clips, stereo)
	clips = append(clips, clips...) // more than one worker resamples at once
	var want audioclip.Matrix
	for _, workers := range []int{1, 2, 5} {
		m := generatedModel(t, workers)
		got, err := m.Scores(ctx, clips)
		if err != nil {
			t.Fatal(err)
		}
		if workers == 1 {
			want = got
		} else if !slices.Equal(got.Data, want.Data) {
			t.Errorf("%d workers have other scores than 1", workers)
		}
	}
	m := generatedModel(t, 2)
	for i, clip := range clips[:len(clips)/2] {
		scores, embeddings, err := m.Patches(ctx, clip)
		if err != nil {
			t.Fatal(err)
		}
		n := clip.Frames()
		if clip == stereo {
			n = 16000
		}
		patches := 1
		for n > patchSamples+(patches-1)*hopSamples {
			patches++
		}
		if scores.Rows != patches || scores.Cols != classes || embeddings.Rows != patches || embeddings.Cols != EmbeddingSize {
			t.Errorf("clip of %d samples: %d × %d scores, %d × %d embeddings, want %d rows", n, scores.Rows, scores.Cols, embeddings.Rows, embeddings.Cols, patches)
		}
		for j, got := range want.Row(i) {
			var sum float64
			for p := range scores.Rows {
				sum += float64(scores.Row(p)[j])
			}
			if got != float32(sum/float64(scores.Rows)) {
				t.Fatalf("clip of %d samples: score %d is %v, the mean of %d patches %v", n, j, got, patches, sum/float64(scores.Rows))
			}
		}
	}
	if none, err := m.Scores(ctx, nil); err != nil || none.Rows != 0 || none.Cols != classes {
		t.Errorf("no clips: %v, %v", none, err)
	}
}

func TestScoresErrors(t *testing.T) {
	m := generatedModel(t, 2)
	loud, infinite := tone(100), tone(100)
	for i := range loud.Samples[0] {
		loud.Samples[0][i] = math.MaxFloat32 * float32(1-2*(i%2))
	}
	infinite.Samples[0][3] = float32(math.Inf(1))
	for what, clip := range map[string]*audio.Clip{
		"empty": audio.NewClip(1, 0, 16000), "infinite": infinite, "far too loud": loud, "missing": nil,
	} {
		clips := slices.Repeat([]*audio.Clip{tone(100)}, 41)
		clips[40] = clip
		_, err := m.Scores(context.Background(), clips)
		if err == nil || !strings.Contains(err.Error(), "clip 40") {
			t.Errorf("%s: %v", what, err)
		}
		if _, _, err := m.Patches(context.Background(), clip); err == nil {
			t.Errorf("%s: no error", what)
		}
		switch what {
		case "empty", "missing":
			if !errors.Is(err, audio.ErrEmpty) {
				t.Errorf("%s: %v", what, err)
			}
		case "far too loud":
			if !errors.Is(err, audioclip.ErrNotFinite) {
				t.Errorf("%s: %v", what, err)
			}
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := m.Scores(ctx, []*audio.Clip{tone(100)}); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}
