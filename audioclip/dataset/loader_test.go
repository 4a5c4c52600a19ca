package dataset

import (
	"context"
	"errors"
	"math"
	"os"
	"reflect"
	"testing"

	"github.com/soundspace/soundspace/spectrogram/frontend"
)

// fullAugment has everything on.
func fullAugment() Augment {
	return Augment{
		Stretch:    Stretch{Probability: 0.5, Time: 0.15, Semitones: 2},
		Place:      Place{Random: true, Tile: 0.5},
		Equalizer:  Equalizer{Probability: 1, TiltDB: 2, CurveDB: 5},
		Mix:        Mix{Probability: 0.5, MaxDB: 10},
		Decay:      Decay{Probability: 1, DirectMinDB: -3, DirectMaxDB: 12, Damping: 0.3},
		Background: Background{Probability: 0.5, SNRMinDB: 5, SNRMaxDB: 30},
		Noise:      Noise{Probability: 1, SNRMinDB: 5, SNRMaxDB: 40, ColourMinDB: -6},
		BandLimit:  BandLimit{LowPass: 0.5, LowPassMinHz: 2000, LowPassMaxHz: 12000, HighPass: 0.5, HighPassMinHz: 60, HighPassMaxHz: 400},
		Gain:       Gain{MaxDB: 10},
		Roll:       Roll{Probability: 0.5},
		Mask:       Mask{Times: 2, Frames: 20, Frequencies: 2, Bands: 8},
	}
}

func testLoader(t testing.TB, augment Augment, workers int) (*Loader, *Cache) {
	t.Helper()
	clips := noiseClips(t)
	fe, ax := testFrontEnd(t)
	c, err := NewCache(context.Background(), clips, fe, CacheConfig{})
	if err != nil {
		t.Fatal(err)
	}
	all := make(Ordered, len(clips))
	for i := range all {
		all[i] = i
	}
	l, err := NewLoader(clips, c, all, LoaderConfig{
		Rows: 5, Frames: 60, RangeDB: 80, Axes: ax, Augment: augment, Background: []int{1}, Seed: 9, Workers: workers,
	})
	if err != nil {
		t.Fatal(err)
	}
	return l, c
}

// Without augmentation a window is the clip, normalized, followed by silence.
func TestLoaderPlain(t *testing.T) {
	l, c := testLoader(t, Augment{}, 1)
	var b Batch
	captions := map[int]bool{}
	for step := range 6 {
		if err := l.Batch(&b, uint64(step)); err != nil {
			t.Fatal(err)
		}
		for r, row := range b.Rows {
			clip := (5*step + r) % 12
			if row.Clip != clip || row.Other != -1 || row.Lambda != 1 {
				t.Fatalf("step %d, row %d: %+v", step, r, row)
			}
			captions[row.Caption] = true
			n := min(c.Frames(clip), 60)
			want, _ := c.Features(nil, clip, 0, n)
			for len(want) < 60*testBands {
				want = append(want, -100)
			}
			frontend.Relative(want, 80)
			for k, v := range b.Features[r*60*testBands : (r+1)*60*testBands] {
				if math.Abs(float64(v-want[k])) > 1e-5 {
					t.Fatalf("step %d, row %d, value %d: %g, want %g", step, r, k, v, want[k])
				}
			}
		}
	}
	if len(captions) != 3 {
		t.Errorf("captions %v", captions)
	}
}

// Batch k is the same however it is come by.
func TestLoaderDeterministic(t *testing.T) {
	clone := func(b *Batch) Batch {
		c := *b
		c.Features = append([]float32{}, b.Features...)
		c.Rows = append([]Row{}, b.Rows...)
		return c
	}
	l, _ := testLoader(t, fullAugment(), 1)
	var want []Batch
	mixed := 0
	for step := range 12 {
		var b Batch
		if err := l.Batch(&b, uint64(step)); err != nil {
			t.Fatal(err)
		}
		want = append(want, b)
		for r, row := range b.Rows {
			if row.Other >= 0 {
				mixed++
				if row.Other == r || row.Other >= 5 || row.Lambda <= 0 || row.Lambda >= 1 {
					t.Errorf("row %d: %+v", r, row)
				}
			}
		}
		for i, v := range b.Features {
			if math.IsNaN(float64(v)) || v < -2 || v > 2 {
				t.Fatalf("step %d, value %d: %g", step, i, v)
			}
		}
	}
	if mixed < 15 || mixed > 45 {
		t.Errorf("%d of 60 rows mixed, want about 30", mixed)
	}
	if reflect.DeepEqual(want[0].Features, want[1].Features) {
		t.Error("two steps are the same")
	}
	for _, workers := range []int{1, 3} {
		l, _ := testLoader(t, fullAugment(), workers)
		// The recordings of both loaders are the same, but for their folders.
		for _, from := range []uint64{0, 7} {
			step := from
			for b, err := range l.Batches(context.Background(), from) {
				if err != nil {
					t.Fatal(err)
				}
				if got := clone(b); !reflect.DeepEqual(got, want[step]) {
					t.Fatalf("%d workers from %d: step %d differs", workers, from, step)
				}
				if step++; step == 12 {
					break
				}
			}
		}
	}
}

// Augmentation grows over the ramp.
func TestLoaderRamp(t *testing.T) {
	a := Augment{Mix: Mix{Probability: 1}, Place: Place{Tile: 1}, Mask: Mask{Times: 1, Frames: 40}}
	l, _ := testLoader(t, a, 1)
	cfg := l.cfg
	cfg.Ramp = 400
	l, err := NewLoader(l.clips, l.cache, l.sampler, cfg)
	if err != nil {
		t.Fatal(err)
	}
	mixed := func(from uint64) (share float64) {
		var b Batch
		for step := range uint64(100) {
			if err := l.Batch(&b, from+step); err != nil {
				t.Fatal(err)
			}
			for _, row := range b.Rows {
				if row.Other >= 0 {
					share += 1.0 / 500
				}
			}
		}
		return share
	}
	for _, test := range []struct {
		from uint64
		want float64
	}{{0, 0.25 + 0.75/8}, {300, 1 - 0.75/8}, {400, 1}} {
		if got := mixed(test.from); math.Abs(got-test.want) > 0.08 {
			t.Errorf("from step %d on, %.2f of the rows are mixtures, want %.2f", test.from, got, test.want)
		}
	}
	if half := a.scaled(0.5); half.Mask.Frames != 20 || half.Place.Tile != 1 {
		t.Errorf("half of it is %+v", half)
	}
}

func TestLoaderStops(t *testing.T) {
	l, _ := testLoader(t, fullAugment(), 2)
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	n := 0
	for b, err := range l.Batches(ctx, 0) {
		if err != nil {
			if b != nil || !errors.Is(err, context.Canceled) {
				t.Errorf("%v, %v", b, err)
			}
			break
		}
		if n++; n == 3 {
			cancel()
		}
	}
	if n != 3 {
		t.Errorf("%d batches", n)
	}
}

func TestLoaderErrors(t *testing.T) {
	l, c := testLoader(t, Augment{}, 1)
	for name, change := range map[string]func(*LoaderConfig){
		"rows":        func(cfg *LoaderConfig) { cfg.Rows = 0 },
		"range":       func(cfg *LoaderConfig) { cfg.RangeDB = 0 },
		"axes":        func(cfg *LoaderConfig) { cfg.Axes.Hz = cfg.Axes.Hz[1:] },
		"background":  func(cfg *LoaderConfig) { cfg.Background = nil; cfg.Augment.Background.Probability = 1 },
		"probability": func(cfg *LoaderConfig) { cfg.Augment.Noise.Probability = 1.5 },
		"cut-off":     func(cfg *LoaderConfig) { cfg.Augment.BandLimit.LowPass = 1 },
	} {
		cfg := l.cfg
		change(&cfg)
		if _, err := NewLoader(l.clips, c, l.sampler, cfg); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	c.frames[2] = 0
	if err := l.Batch(new(Batch), 0); err == nil {
		t.Error("a clip without features: no error")
	}
}

// BenchmarkBatch makes batches of 32 windows of 5 s with all augmentation on, on one
// core.
func BenchmarkBatch(b *testing.B) {
	l, _ := testLoader(b, fullAugment(), 1)
	cfg := l.cfg
	cfg.Rows, cfg.Frames = 32, 250
	for name, augment := range map[string]Augment{"plain": {}, "all": fullAugment()} {
		b.Run(name, func(b *testing.B) {
			cfg.Augment = augment
			l, err := NewLoader(l.clips, l.cache, l.sampler, cfg)
			if err != nil {
				b.Fatal(err)
			}
			var batch Batch
			b.ReportAllocs()
			for step := 0; b.Loop(); step++ {
				if err := l.Batch(&batch, uint64(step)); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// TestCollection reads a whole collection and makes its features, to measure how long
// that takes: SOUNDSPACE_MANIFEST names it.
func TestCollection(t *testing.T) {
	manifest := os.Getenv("SOUNDSPACE_MANIFEST")
	if manifest == "" {
		t.Skip("SOUNDSPACE_MANIFEST is not set")
	}
	clips, err := Read(manifest, ReadConfig{})
	if err != nil {
		t.Fatal(err)
	}
	fe, _ := testFrontEnd(t)
	c, err := NewCache(context.Background(), clips, fe, CacheConfig{Folder: t.TempDir(), Settings: "x", Workers: 2})
	if err != nil {
		t.Fatal(err)
	}
	frames := 0
	for i := range clips {
		frames += c.Frames(i)
	}
	p, err := Split(clips, SplitConfig{Fraction: 0.1, PerConcept: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d clips, %d skipped, %d frames; %d held out", len(clips), len(c.Skipped()), frames, len(p.HeldOut))
}
