package frontend

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/soundspace/soundspace/audio"
	"github.com/soundspace/soundspace/internal/stream"
	"github.com/soundspace/soundspace/stft"
)

// Every length gives a result of the shape that was promised, of numbers, and a
// large enough dst is used.
func TestShapes(t *testing.T) {
	for name, f := range goldenFrontEnds {
		for _, n := range []int{0, 1, 2, 3, 99, 399, 400, 401, 5000, 15600, 15601, 40000} {
			s := f.Shape(n)
			if s.Planes < 0 || s.Rows < 0 || s.Cols < 1 {
				t.Fatalf("%s, %d samples: shape %v", name, n, s)
			}
			x := signal(t, "noise", n, f.SampleRate())
			before := slices.Clone(x)
			dst := make([]float32, s.Len(), s.Len()+1)
			got := f.Compute(dst, x)
			if len(got) != s.Len() || len(got) > 0 && &got[0] != &dst[0] {
				t.Errorf("%s, %d samples: %d values, want %v in dst", name, n, len(got), s)
			}
			if !slices.Equal(x, before) {
				t.Errorf("%s, %d samples: the samples have changed", name, n)
			}
			for i, v := range got {
				if !finite(float64(v)) {
					t.Errorf("%s, %d samples: value %d is %v", name, n, i, v)
					break
				}
			}
		}
	}
}

// A front end gives the same bits from any number of goroutines, whatever it has
// computed before.
func TestConcurrentUse(t *testing.T) {
	for name, f := range goldenFrontEnds {
		short, long := signal(t, "noise", 17000, f.SampleRate()), signal(t, "chirp", 50000, f.SampleRate())
		wantShort, wantLong := f.Compute(nil, short), f.Compute(nil, long)
		var wait sync.WaitGroup
		for range 4 {
			wait.Add(1)
			go func() {
				defer wait.Done()
				var dst []float32
				for range 2 {
					if dst = f.Compute(dst, long); !slices.Equal(dst, wantLong) {
						t.Errorf("%s: a long clip differs", name)
					}
					if dst = f.Compute(dst, short); !slices.Equal(dst, wantShort) {
						t.Errorf("%s: a short clip differs", name)
					}
				}
			}()
		}
		wait.Wait()
	}
}

// NaN and infinite samples are passed on or lead to numbers, and are forgotten by
// the next call.
func TestBadSamples(t *testing.T) {
	for name, f := range goldenFrontEnds {
		x := signal(t, "noise", 20000, f.SampleRate())
		want := f.Compute(nil, x)
		for _, bad := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
			y := slices.Clone(x)
			y[5000] = float32(bad)
			if got := f.Compute(nil, y); len(got) != len(want) {
				t.Errorf("%s: %v changes the shape", name, bad)
			}
			if got := f.Compute(nil, x); !slices.Equal(got, want) {
				t.Errorf("%s: %v is not forgotten", name, bad)
			}
		}
	}
}

func TestComputeClip(t *testing.T) {
	f := must(NewWhisper(WhisperConfig{Samples: -1}))
	x := signal(t, "noise", 16000, 16000)
	want := f.Compute(nil, x)

	// Channels are averaged.
	twice := &audio.Clip{SampleRate: 16000, Samples: [][]float32{slices.Clone(x), slices.Clone(x)}}
	for i, v := range x {
		d := v / 4
		twice.Samples[0][i], twice.Samples[1][i] = v+d, v-d
	}
	got, shape, err := ComputeClip(f, nil, twice)
	if err != nil || shape != (Shape{1, 100, 80}) {
		t.Fatalf("shape %v, %v", shape, err)
	}
	for i, v := range got {
		if math.Abs(float64(v-want[i])) > 1e-5 {
			t.Fatalf("value %d is %g, want %g", i, v, want[i])
		}
	}

	// Other rates are converted: a tone keeps its place.
	tone := audio.NewClip(1, 44100, 44100)
	for i := range tone.Samples[0] {
		tone.Samples[0][i] = float32(0.5 * math.Sin(2*math.Pi*1000*float64(i)/44100))
	}
	at16k := make([]float32, 16000)
	for i := range at16k {
		at16k[i] = float32(0.5 * math.Sin(2*math.Pi*1000*float64(i)/16000))
	}
	want = f.Compute(nil, at16k)
	got, _, err = ComputeClip(f, nil, tone)
	if err != nil {
		t.Fatal(err)
	}
	for r := 10; r < 90; r++ { // away from the ends
		row, wantRow := got[r*80:][:80], want[r*80:][:80]
		if g, w := slices.Index(row, slices.Max(row)), slices.Index(wantRow, slices.Max(wantRow)); g != w || math.Abs(float64(row[g]-wantRow[w])) > 1e-4 {
			t.Fatalf("row %d peaks in band %d at %g, want %d at %g", r, g, row[g], w, wantRow[w])
		}
	}
}

func TestComputeClipErrors(t *testing.T) {
	f := must(NewKaldi(KaldiConfig{}))
	nan := audio.NewClip(2, 1000, 16000)
	nan.Samples[1][17] = float32(math.NaN())
	inf := audio.NewClip(1, 1000, 16000)
	inf.Samples[0][3] = float32(math.Inf(-1))
	for name, test := range map[string]struct {
		clip *audio.Clip
		err  error
		text string
	}{
		"nil":         {nil, audio.ErrEmpty, ""},
		"no channels": {&audio.Clip{SampleRate: 16000}, audio.ErrEmpty, ""},
		"empty":       {audio.NewClip(1, 0, 16000), audio.ErrEmpty, ""},
		"short":       {audio.NewClip(1, 399, 16000), ErrShort, "399 samples"},
		"NaN":         {nan, nil, "sample 17 of channel 1 is NaN"},
		"infinity":    {inf, nil, "sample 3 of channel 0 is -Inf"},
		"unequal":     {&audio.Clip{SampleRate: 16000, Samples: [][]float32{make([]float32, 9), make([]float32, 8)}}, nil, "channel 1 has 8"},
		"rate":        {&audio.Clip{SampleRate: 0, Samples: [][]float32{make([]float32, 9)}}, nil, "rate"},
	} {
		_, _, err := ComputeClip(f, nil, test.clip)
		if err == nil || test.err != nil && !errors.Is(err, test.err) || !strings.Contains(err.Error(), test.text) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// sharedSignal returns the signal that the file's entry "signal" describes.
func sharedSignal(n, rate int) []float32 {
	noise := stream.Uniform("noise", n)
	x := make([]float32, n)
	for k := range x {
		at := 2 * math.Pi * float64(k) / float64(rate)
		x[k] = float32(0.5*math.Sin(440*at) + 0.25*math.Sin(3000*at)*float64(k)/float64(n) + 0.1*(2*noise[k]-1))
	}
	return x
}

// Goldens that torch 1.13 and torchaudio made.
func TestSharedGoldens(t *testing.T) {
	data, err := os.ReadFile("../../testdata/models/frontends_and_losses.json")
	if err != nil {
		t.Fatal(err)
	}
	type golden struct {
		Shape []int
		Stat  struct {
			N         int
			Mean, Std float64
			First8    []float64
			Last4     []float64
		}
		Row50  []float64 `json:"row50"`
		Row500 []float64 `json:"row500"`
	}
	var file map[string]json.RawMessage
	if err := json.Unmarshal(data, &file); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name string
		f    FrontEnd
		n    int
		tol  float64
	}{
		{"kaldi_fbank_kaldi_default_16k_23_povey", must(NewKaldi(KaldiConfig{})), 16000, 1e-3},
		{"kaldi_fbank_imagebind_16k_128_hanning", must(NewKaldi(KaldiConfig{Window: Hanning, Bands: 128})), 32000, 1e-3},
		{"clap_mel_htk_none", must(NewCLAP(CLAPConfig{Fusion: true})), 480000, 1e-3},
		{"clap_mel_slaney_slaney", must(NewCLAP(CLAPConfig{})), 480000, 1e-3},
	} {
		var g golden
		if err := json.Unmarshal(file[test.name], &g); err != nil {
			t.Fatal(test.name, err)
		}
		x := sharedSignal(test.n, test.f.SampleRate())
		if strings.Contains(test.name, "imagebind") {
			subtractColumnMeans(x, 1)
		}
		s := test.f.Shape(len(x))
		got := test.f.Compute(nil, x)[:s.Rows*s.Cols] // of planes that are the same, one
		if s.Rows != g.Shape[0] || s.Cols != g.Shape[1] {
			t.Errorf("%s: shape %v, want %v", test.name, s, g.Shape)
			continue
		}
		check := func(what string, got []float32, want []float64) {
			for i, w := range want {
				if math.Abs(float64(got[i])-w) > test.tol {
					t.Errorf("%s, %s %d: %g, want %g", test.name, what, i, got[i], w)
				}
			}
		}
		sum := 0.0
		for _, v := range got {
			sum += float64(v)
		}
		if mean := sum / float64(len(got)); math.Abs(mean-g.Stat.Mean) > 1e-5 {
			t.Errorf("%s: mean %g, want %g", test.name, mean, g.Stat.Mean)
		}
		check("value", got, g.Stat.First8)
		check("last value", got[len(got)-4:], g.Stat.Last4)
		if g.Row50 != nil {
			check("row 50, band", got[50*s.Cols:], g.Row50)
		}
		if g.Row500 != nil {
			check("row 500, band", got[500*s.Cols:], g.Row500)
		}
	}
}

// The power spectrogram under Wav2CLIP's front end, bins × frames, by torchaudio.
func TestSharedSpectrogram(t *testing.T) {
	data, err := os.ReadFile("../../testdata/models/frontends_and_losses.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		S struct {
			Shape []int
			Stat  struct {
				Mean, Std     float64
				First8, Last4 []float64
			}
		} `json:"spectrogram_512_353_16k"`
	}
	if err := json.Unmarshal(data, &file); err != nil {
		t.Fatal(err)
	}
	plan, err := stft.New(stft.Config{NFFT: 512, HopSamples: 353, Pad: stft.PadReflect})
	if err != nil {
		t.Fatal(err)
	}
	got := plan.Power(nil, sharedSignal(16000, 16000))
	bins, frames := plan.Bins(), len(got)/plan.Bins()
	if g := file.S.Shape; bins != g[0] || frames != g[1] {
		t.Fatalf("%d bins, %d frames, want %v", bins, frames, g)
	}
	near := func(what string, got, want float64) {
		t.Helper()
		if !(math.Abs(got-want) <= 2e-4*max(want, 1e-2)) { // 1e-3 dB
			t.Errorf("%s is %g, want %g", what, got, want)
		}
	}
	var sum, squares float64
	for _, v := range got {
		sum += float64(v)
		squares += float64(v) * float64(v)
	}
	n := float64(len(got))
	near("the mean", sum/n, file.S.Stat.Mean)
	near("the deviation", math.Sqrt(squares/n-sum*sum/n/n), file.S.Stat.Std)
	for i, want := range file.S.Stat.First8 {
		near(fmt.Sprint("bin 0 of frame ", i), float64(got[i*bins]), want)
	}
	for i, want := range file.S.Stat.Last4 {
		near(fmt.Sprint("the last bin of frame ", frames-4+i), float64(got[(frames-3+i)*bins-1]), want)
	}
}
