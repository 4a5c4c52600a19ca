package audioclip

import (
	"context"
	"errors"
	"image"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/soundspace/soundspace/audio"
	"github.com/soundspace/soundspace/internal/nn"
)

// fakeAudio turns a clip into sums of its samples times a few sine waves, at
// 1000 Hz, in windows of 2 s. It notes how long clips were.
type fakeAudio struct {
	mu      sync.Mutex
	lengths []int
	most    int // in a batch
}

func (*fakeAudio) sampleRate() int { return 1000 }
func (*fakeAudio) window() int     { return 2000 }
func (*fakeAudio) longest() int    { return 3000 }

func (f *fakeAudio) encode(_ *nn.Context, dst nn.Matrix, clips [][]float32) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.most = max(f.most, len(clips))
	for i, clip := range clips {
		f.lengths = append(f.lengths, len(clip))
		vectorOf(dst.Row(i), clip)
	}
	return nil
}

func vectorOf(dst, clip []float32) {
	for j := range dst {
		sum := 0.01
		for k, v := range clip {
			sum += float64(v) * math.Sin(float64(k*(j+1))/100)
		}
		dst[j] = float32(sum)
	}
}

// fakeText knows the colours.
type fakeText struct{}

func (fakeText) contextLength() int { return 20 }
func (fakeText) tokenize(text string) ([]int, bool) {
	var ids []int
	for _, r := range text {
		if len(ids) == 20 {
			return ids, true
		}
		ids = append(ids, int(r))
	}
	return ids, false
}

func (fakeText) check([]int) error { return nil }

func (fakeText) encode(_ *nn.Context, dst nn.Matrix, ids [][]int) {
	for i, text := range ids {
		row := dst.Row(i)
		clear(row)
		for k, id := range text {
			row[(id+k)%len(row)] += float32(id)
		}
	}
}

const fakeDim = 4

type noFiles struct{}

func (noFiles) Close() error { return nil }

func fakeModel() (*Model, *fakeAudio) {
	a := &fakeAudio{}
	return newModel(Info{Dim: fakeDim, Scale: 10, Template: "the {}"}, a, fakeText{}, nil, noFiles{}, 1), a
}

func noise(frames, channels, rate int, seed uint64) *audio.Clip {
	rng := rand.New(rand.NewPCG(seed, 3))
	clip := audio.NewClip(channels, frames, rate)
	for _, samples := range clip.Samples {
		for i := range samples {
			samples[i] = float32(rng.Float64()*2 - 1)
		}
	}
	return clip
}

var background = context.Background()

func TestEncodeAudioOfOnePass(t *testing.T) {
	m, fake := fakeModel()
	clip := noise(3000, 1, 1000, 1)
	got, err := m.EncodeAudio(background, []*audio.Clip{clip}, AudioConfig{})
	if err != nil {
		t.Fatal(err)
	}
	want := make([]float32, fakeDim)
	vectorOf(want, clip.Samples[0])
	nn.NormalizeL2(want)
	if !slices.Equal(got.Row(0), want) {
		t.Errorf("got %v, want %v", got.Row(0), want)
	}
	if !slices.Equal(fake.lengths, []int{3000}) {
		t.Errorf("passes of %v samples", fake.lengths)
	}
}

// The mean of unit vectors of windows at 0, 1, 2 … s and at the end.
func TestEncodeAudioOfWindows(t *testing.T) {
	m, fake := fakeModel()
	clip := noise(5300, 1, 1000, 2)
	got, err := m.EncodeAudio(background, []*audio.Clip{clip}, AudioConfig{})
	if err != nil {
		t.Fatal(err)
	}
	want := make([]float32, fakeDim)
	for _, start := range []int{0, 1000, 2000, 3000, 3300} {
		v := make([]float32, fakeDim)
		vectorOf(v, clip.Samples[0][start:start+2000])
		nn.NormalizeL2(v)
		for j := range v {
			want[j] += v[j] / 5
		}
	}
	nn.NormalizeL2(want)
	for j, v := range got.Row(0) {
		if math.Abs(float64(v-want[j])) > 1e-6 {
			t.Errorf("got %v, want %v", got.Row(0), want)
			break
		}
	}
	if !slices.Equal(fake.lengths, []int{2000, 2000, 2000, 2000, 2000}) {
		t.Errorf("passes of %v samples", fake.lengths)
	}
	windows, err := m.EncodeWindows(background, audio.NewClipReader(clip), AudioConfig{Hop: 2 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	var starts, ends []time.Duration
	for _, w := range windows {
		starts, ends = append(starts, w.Start), append(ends, w.End)
	}
	ms := time.Millisecond
	if !slices.Equal(starts, []time.Duration{0, 2000 * ms, 3300 * ms}) || !slices.Equal(ends, []time.Duration{2000 * ms, 4000 * ms, 5300 * ms}) {
		t.Errorf("windows from %v to %v", starts, ends)
	}
}

func TestEncodeAudioAnyRateAndChannels(t *testing.T) {
	m, _ := fakeModel()
	clip := noise(44100, 2, 44100, 3)
	got, err := m.EncodeAudio(background, []*audio.Clip{clip}, AudioConfig{})
	if err != nil {
		t.Fatal(err)
	}
	mono, err := audio.Resample(clip.Mono(), 1000, audio.QualityStandard)
	if err != nil {
		t.Fatal(err)
	}
	want := make([]float32, fakeDim)
	vectorOf(want, mono.Samples[0])
	nn.NormalizeL2(want)
	if !slices.Equal(got.Row(0), want) {
		t.Errorf("got %v, want %v", got.Row(0), want)
	}
}

// What comes out for a clip does not depend on the others, nor on how it is read.
func TestBatchEqualsSingle(t *testing.T) {
	m, fake := fakeModel()
	var clips []*audio.Clip
	for i := range 30 {
		clips = append(clips, noise(1+i*700, 1+i%2, 1000, uint64(i)))
	}
	all, err := m.EncodeAudio(background, clips, AudioConfig{})
	if err != nil {
		t.Fatal(err)
	}
	if fake.most > windowsAtOnce {
		t.Errorf("%d windows in a batch", fake.most)
	}
	for i, clip := range clips {
		one, err := m.EncodeAudio(background, clips[i:i+1], AudioConfig{})
		if err != nil || !slices.Equal(one.Data, all.Row(i)) {
			t.Errorf("clip %d: alone %v, %v; with others %v", i, one.Data, err, all.Row(i))
		}
		read, err := m.EncodeReader(background, audio.NewClipReader(clip), AudioConfig{})
		if err != nil || !slices.Equal(read, all.Row(i)) {
			t.Errorf("clip %d: read %v, %v; at once %v", i, read, err, all.Row(i))
		}
		var length float64
		for _, v := range all.Row(i) {
			length += float64(v) * float64(v)
		}
		if math.Abs(length-1) > 1e-6 {
			t.Errorf("clip %d: squared length %v", i, length)
		}
	}
}

func TestEncodeAudioErrors(t *testing.T) {
	m, _ := fakeModel()
	good := noise(100, 1, 1000, 1)
	bad := noise(100, 2, 1000, 2)
	bad.Samples[1][7] = float32(math.NaN())
	for _, test := range []struct {
		clips []*audio.Clip
		want  string
	}{
		{[]*audio.Clip{good, audio.NewClip(1, 0, 1000)}, "clip 1: audioclip: the recording is empty"},
		{[]*audio.Clip{good, good, bad}, "clip 2: audioclip: sample 7 of channel 1 is NaN"},
	} {
		if _, err := m.EncodeAudio(background, test.clips, AudioConfig{}); err == nil || err.Error() != test.want {
			t.Errorf("got %v, want %s", err, test.want)
		}
	}
	if _, err := m.EncodeAudio(background, []*audio.Clip{audio.NewClip(1, 0, 1000)}, AudioConfig{}); !errors.Is(err, ErrEmpty) {
		t.Errorf("empty clip: %v", err)
	}
	for _, hop := range []time.Duration{-time.Second, time.Microsecond, 2001 * time.Millisecond} {
		if _, err := m.EncodeAudio(background, []*audio.Clip{good}, AudioConfig{Hop: hop}); err == nil {
			t.Errorf("hop %v: no error", hop)
		}
	}
	if _, err := m.EncodeImage(background, []image.Image{image.NewGray(image.Rect(0, 0, 1, 1))}); !errors.Is(err, ErrNoImage) {
		t.Errorf("picture: %v", err)
	}
	silent := newModel(Info{Dim: 1}, nil, nil, nil, noFiles{}, 1)
	if _, err := silent.EncodeAudio(background, nil, AudioConfig{}); !errors.Is(err, ErrNoAudio) {
		t.Errorf("no audio encoder: %v", err)
	}
	if _, err := silent.EncodeText(background, nil, TextConfig{}); !errors.Is(err, ErrNoText) {
		t.Errorf("no text encoder: %v", err)
	}
}

// breaking fails after some samples.
type breaking struct {
	audio.Reader
	err error
}

func (r *breaking) Read(dst [][]float32) (int, error) {
	n, err := r.Reader.Read(dst)
	if n == 0 {
		err = r.err
	}
	return n, err
}

func TestEncodeReaderKeepsWhatCameBefore(t *testing.T) {
	m, _ := fakeModel()
	clip := noise(7000, 1, 1000, 4)
	want, err := m.EncodeReader(background, audio.NewClipReader(clip), AudioConfig{})
	if err != nil {
		t.Fatal(err)
	}
	broken := errors.New("broken")
	got, err := m.EncodeReader(background, &breaking{audio.NewClipReader(clip), broken}, AudioConfig{})
	if !errors.Is(err, broken) || !slices.Equal(got, want) {
		t.Errorf("got %v, %v; want %v", got, err, want)
	}
	windows, err := m.EncodeWindows(background, &breaking{audio.NewClipReader(clip), broken}, AudioConfig{})
	if !errors.Is(err, broken) || len(windows) != 6 {
		t.Errorf("got %d windows, %v", len(windows), err)
	}
	if got, err := m.EncodeReader(background, &breaking{audio.NewClipReader(audio.NewClip(1, 0, 1000)), broken}, AudioConfig{}); got != nil || !errors.Is(err, broken) {
		t.Errorf("nothing at all: %v, %v", got, err)
	}
}

func TestProgressAndCancel(t *testing.T) {
	m, _ := fakeModel()
	ctx, cancel := context.WithCancel(background)
	var times []time.Duration
	cfg := AudioConfig{Progress: func(done time.Duration) { times = append(times, done) }}
	clips := []*audio.Clip{noise(1500, 1, 1000, 1), noise(20000, 1, 1000, 2)}
	if _, err := m.EncodeAudio(ctx, clips, cfg); err != nil {
		t.Fatal(err)
	}
	if !slices.IsSorted(times) || len(times) < 3 || times[len(times)-1] != 21500*time.Millisecond {
		t.Errorf("progress: %v", times)
	}
	cfg.Progress = func(time.Duration) { cancel() }
	if _, err := m.EncodeAudio(ctx, clips, cfg); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	if _, err := m.EncodeText(ctx, []string{"a"}, TextConfig{}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

func TestEncodeText(t *testing.T) {
	m, _ := fakeModel()
	var texts []string
	for i := range 200 {
		texts = append(texts, strings.Repeat("ab c", i%5)+string(rune('d'+i)))
	}
	var done []int
	all, err := m.EncodeText(background, texts, TextConfig{Progress: func(n int) { done = append(done, n) }})
	if err != nil {
		t.Fatal(err)
	}
	if len(done) == 0 || done[len(done)-1] != 200 {
		t.Errorf("progress: %v", done)
	}
	for i := range texts {
		one, err := m.EncodeText(background, texts[i:i+1], TextConfig{})
		if err != nil || !slices.Equal(one.Data, all.Row(i)) {
			t.Errorf("text %d: alone %v, %v; with others %v", i, one.Data, err, all.Row(i))
		}
	}
	if ids, cut := m.Tokenize(strings.Repeat("x", 21)); len(ids) != 20 || !cut {
		t.Errorf("%d tokens, cut %v", len(ids), cut)
	}
}

func TestConcurrentUse(t *testing.T) {
	m, _ := fakeModel()
	clip := noise(9000, 1, 1000, 9)
	want, err := m.EncodeAudio(background, []*audio.Clip{clip}, AudioConfig{})
	if err != nil {
		t.Fatal(err)
	}
	var wait sync.WaitGroup
	for range 8 {
		wait.Add(1)
		go func() {
			defer wait.Done()
			got, err := m.EncodeAudio(background, []*audio.Clip{clip}, AudioConfig{})
			if err != nil || !slices.Equal(got.Data, want.Data) {
				t.Errorf("got %v, %v; want %v", got.Data, err, want.Data)
			}
		}()
	}
	wait.Wait()
}

func TestClassify(t *testing.T) {
	m, _ := fakeModel()
	labels := []string{"a", "b", "xyz"}
	e, err := m.EncodeText(background, []string{"the a", "the b", "the xyz"}, TextConfig{})
	if err != nil {
		t.Fatal(err)
	}
	clips, err := m.EncodeAudio(background, []*audio.Clip{noise(500, 1, 1000, 5), noise(600, 1, 1000, 6)}, AudioConfig{})
	if err != nil {
		t.Fatal(err)
	}
	p, err := m.Classify(background, clips, labels, ClassifyConfig{})
	if err != nil {
		t.Fatal(err)
	}
	s := Similarity(clips, e)
	for i := range p.Rows {
		var sum float64
		for _, c := range s.Row(i) {
			sum += math.Exp(10 * float64(c))
		}
		for j, c := range s.Row(i) {
			if want := math.Exp(10*float64(c)) / sum; math.Abs(float64(p.Row(i)[j])-want) > 1e-5 {
				t.Errorf("clip %d, label %d: %v, want %v", i, j, p.Row(i)[j], want)
			}
		}
	}
	// Two templates: the mean of the unit vectors of both texts.
	c, err := m.NewClassifier(background, labels[:1], ClassifyConfig{Templates: []string{"the {}", "{} no"}})
	if err != nil {
		t.Fatal(err)
	}
	both, err := m.EncodeText(background, []string{"the a", "a no"}, TextConfig{})
	if err != nil {
		t.Fatal(err)
	}
	want := make([]float32, fakeDim)
	for j := range want {
		want[j] = both.Row(0)[j] + both.Row(1)[j]
	}
	nn.NormalizeL2(want)
	for j, v := range c.texts.Row(0) {
		if math.Abs(float64(v-want[j])) > 1e-6 {
			t.Fatalf("mean of templates %v, want %v", c.texts.Row(0), want)
		}
	}
	for _, cfg := range []ClassifyConfig{{Templates: []string{"no place"}}, {Scale: math.NaN()}, {Scale: -1}} {
		if _, err := m.NewClassifier(background, labels, cfg); err == nil {
			t.Errorf("%+v: no error", cfg)
		}
	}
	if _, err := m.NewClassifier(background, nil, ClassifyConfig{}); err == nil {
		t.Error("no labels: no error")
	}
}

func TestSimilarity(t *testing.T) {
	a := Matrix{Data: []float32{3, 4, 0, 0, 0, 0, 1, 1, 1}, Rows: 3, Cols: 3}
	b := Matrix{Data: []float32{1, 0, 0, 0, 0, -2}, Rows: 2, Cols: 3}
	s := Similarity(a, b)
	third := float32(1 / math.Sqrt(3))
	for i, want := range []float32{0.6, 0, 0, 0, third, -third} {
		if math.Abs(float64(s.Data[i]-want)) > 1e-7 {
			t.Errorf("got %v", s.Data)
			break
		}
	}
}
