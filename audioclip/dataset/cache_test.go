package dataset

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/soundspace/soundspace/audio"
)

// noiseClips writes recordings of noise at two rates, with clips that lie one after
// the other, overlap, and reach beyond the end, not in the order of time.
func noiseClips(t testing.TB) []Clip {
	t.Helper()
	dir := t.TempDir()
	rng := rand.New(rand.NewPCG(3, 4))
	var clips []Clip
	for f, rate := range []int{32000, 44100} {
		x := make([]float32, 3*rate)
		for i := range x {
			x[i] = float32(0.2 * rng.NormFloat64())
		}
		path := filepath.Join(dir, fmt.Sprintf("%d.wav", f))
		writeWAV(t, path, x, rate)
		for _, c := range []Clip{{Start: 1.5, Seconds: 0.3}, {Start: 0, Seconds: 1}, {Start: 0.7, Seconds: 1.4}, {Start: 2.5, Seconds: 9}, {Start: 0.123}, {Start: 2.9, Seconds: 0.0001}} {
			c.File, c.Captions, c.Concept, c.Source = path, []string{"a", "b", "c"}, fmt.Sprint(f), path
			clips = append(clips, c)
		}
	}
	return clips
}

// Features are those of the front end, computed from the clip read alone, whether
// they are kept in memory, in a file, or read back; whatever the number of workers.
func TestCacheFeatures(t *testing.T) {
	clips := noiseClips(t)
	fe, _ := testFrontEnd(t)
	dir := t.TempDir()
	for name, cfg := range map[string]CacheConfig{
		"memory":    {},
		"file":      {Folder: dir, Settings: "x", Workers: 2},
		"read":      {Folder: dir, Settings: "x", InMemory: -1},
		"read back": {Folder: dir, Settings: "x"},
	} {
		calls := 0
		cfg.Progress = func(done, total int) {
			calls++
			if done > total || total != len(clips) {
				t.Errorf("%s: progress %d of %d", name, done, total)
			}
		}
		c, err := NewCache(context.Background(), clips, fe, cfg)
		if err != nil {
			t.Fatal(err)
		}
		if calls == 0 || c.Bands() != testBands || len(c.Skipped()) > 0 {
			t.Errorf("%s: %d calls, %d bands, skipped %v", name, calls, c.Bands(), c.Skipped())
		}
		for i, clip := range clips {
			whole, err := audio.ReadFile(clip.File, audio.Config{})
			if err != nil {
				t.Fatal(err)
			}
			rate := float64(whole.SampleRate)
			start := int(math.Round(clip.Start * rate))
			end := whole.Frames()
			if clip.Seconds > 0 {
				end = start + int(math.Round(clip.Seconds*rate))
			}
			part, err := audio.Resample(whole.Section(start, end), 32000, audio.QualityStandard)
			if err != nil {
				t.Fatal(err)
			}
			want := fe.Compute(nil, part.Samples[0])
			got, err := c.Features(nil, i, 0, c.Frames(i))
			if err != nil || len(got) != len(want) {
				t.Fatalf("%s: clip %d: %d values, want %d; %v", name, i, len(got), len(want), err)
			}
			for k, v := range got {
				if math.Abs(float64(v-want[k])) > 0.004 {
					t.Fatalf("%s: clip %d: value %d is %g dB, want %g", name, i, k, v, want[k])
				}
			}
			if n := c.Frames(i); n > 4 {
				part, err := c.Features(make([]float32, 1000), i, 2, 3)
				if err != nil || !reflect.DeepEqual(part, got[2*testBands:5*testBands]) {
					t.Errorf("%s: clip %d: frames 2 to 5 are others", name, i)
				}
			}
		}
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	}
	files, _ := filepath.Glob(filepath.Join(dir, "*"))
	if len(files) != 1 {
		t.Errorf("files %v", files)
	}
}

// What features depend on, and only that, leads to another file.
func TestCacheKey(t *testing.T) {
	clips := noiseClips(t)
	fe, _ := testFrontEnd(t)
	base := CacheConfig{Settings: "x", MaxSeconds: 10}
	key := cacheKey(clips, fe, base)
	clips[0].Captions, clips[0].Concept = []string{"other"}, "other"
	if cacheKey(clips, fe, base) != key {
		t.Error("captions matter")
	}
	for name, change := range map[string]func(){
		"settings": func() { base.Settings = "y" },
		"length":   func() { base.MaxSeconds = 9 },
		"start":    func() { clips[3].Start += 1e-3 },
		"clips":    func() { clips = clips[1:] },
		"file": func() {
			if err := os.Truncate(clips[0].File, 1000); err != nil {
				t.Fatal(err)
			}
		},
	} {
		change()
		next := cacheKey(clips, fe, base)
		if next == key {
			t.Errorf("%s does not matter", name)
		}
		key = next
	}
}

// A file that is not whole is made anew.
func TestCacheDamage(t *testing.T) {
	clips := noiseClips(t)[:6]
	fe, _ := testFrontEnd(t)
	cfg := CacheConfig{Folder: t.TempDir(), Settings: "x"}
	open := func() *Cache {
		c, err := NewCache(context.Background(), clips, fe, cfg)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	want := open()
	files, _ := filepath.Glob(filepath.Join(cfg.Folder, "*.cache"))
	good, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	key := cacheKey(clips, fe, CacheConfig{Settings: "x", MaxSeconds: 60})
	table := len(good) - trailerSize - 12*len(clips)
	for n := 0; n < len(good); n += 1 + n/7 {
		for name, bad := range map[string][]byte{"cut": good[:n], "changed": append(append(append([]byte{}, good[:n]...), good[n]^0x41), good[n+1:]...)} {
			if name == "changed" && n >= headerSize && n < table {
				continue // the features themselves have no checksum
			}
			if err := os.WriteFile(files[0], bad, 0o666); err != nil {
				t.Fatal(err)
			}
			if c, err := openCache(files[0], key, len(clips), testBands, 0); err == nil {
				c.Close()
				t.Fatalf("%s at %d: no error", name, n)
			}
		}
	}
	if c := open(); !reflect.DeepEqual(c.data, want.data) {
		t.Error("other features when made anew")
	}
}

func TestCacheErrors(t *testing.T) {
	clips := noiseClips(t)
	fe, _ := testFrontEnd(t)
	good := len(clips)
	bad := filepath.Join(t.TempDir(), "bad.wav")
	if err := os.WriteFile(bad, []byte("RIFF, but not"), 0o666); err != nil {
		t.Fatal(err)
	}
	clips = append(clips, Clip{File: bad}, Clip{File: clips[0].File, Start: 50}, Clip{File: bad, Start: 1})
	cfg := CacheConfig{Folder: t.TempDir(), Settings: "x"}
	for range 2 { // made, and read back
		c, err := NewCache(context.Background(), clips, fe, cfg)
		if err != nil {
			t.Fatal(err)
		}
		if s := c.Skipped(); len(s) != 3 || !strings.Contains(s[0].Error(), "bad.wav") || !strings.Contains(s[1].Error(), "0.wav: the clip at 50 s: the recording ends before it") {
			t.Errorf("skipped %v", s)
		}
		if u := c.Usable([]int{0, good, good + 1, 5}); !reflect.DeepEqual(u, []int{0, 5}) {
			t.Errorf("usable %v", u)
		}
		c.Close()
	}
	cfg.Strict = true
	for _, folder := range []string{cfg.Folder, t.TempDir()} {
		cfg.Folder = folder
		if _, err := NewCache(context.Background(), clips, fe, cfg); err == nil {
			t.Error("Strict: no error")
		}
	}
	if _, err := NewCache(context.Background(), clips[good:good+1], fe, CacheConfig{}); err == nil {
		t.Error("nothing can be decoded: no error")
	}

	ctx, cancel := context.WithCancel(context.Background())
	folder := t.TempDir()
	_, err := NewCache(ctx, clips, fe, CacheConfig{Folder: folder, Settings: "x", Progress: func(done, total int) { cancel() }})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	if files, _ := os.ReadDir(folder); len(files) != 0 {
		t.Errorf("left behind: %v", files)
	}
}
