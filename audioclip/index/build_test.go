package index_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/soundspace/soundspace/audio"
	"github.com/soundspace/soundspace/audioclip"
	"github.com/soundspace/soundspace/audioclip/index"
)

const recordings = "../../testdata"

// tone returns a recording of a tone.
func tone(seconds float64, hz float64) *audio.Clip {
	c := audio.NewClip(1, int(8000*seconds), 8000)
	for i := range c.Samples[0] {
		c.Samples[0][i] = float32(0.3 * math.Sin(2*math.Pi*hz*float64(i)/8000))
	}
	return c
}

func writeTone(t testing.TB, path string, seconds, hz float64) {
	t.Helper()
	if err := audio.WriteWAVFile(path, tone(seconds, hz), 16); err != nil {
		t.Fatal(err)
	}
}

func copyFile(t testing.TB, to, from string) {
	t.Helper()
	b, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	writeFile(t, to, b)
}

func writeFile(t testing.TB, path string, b []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, b, 0o666); err != nil {
		t.Fatal(err)
	}
}

// build runs Build, whose error must be nil.
func build(t testing.TB, s index.Store, m *audioclip.Model, cfg index.BuildConfig, dirs ...string) index.Report {
	t.Helper()
	r, err := index.Build(context.Background(), s, m, dirs, cfg)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// expect compares a report, whose sound and failures are of no interest.
func expect(t *testing.T, what string, got, want index.Report) {
	t.Helper()
	got.Sound, got.Failures = 0, nil
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%s: %+v, want %+v", what, got, want)
	}
}

func failures(r index.Report) map[string]error {
	m := map[string]error{}
	for _, f := range r.Failures {
		m[f.Path] = f.Err
	}
	return m
}

func contents(t testing.TB, s index.Store) map[string]index.Entry {
	t.Helper()
	m := map[string]index.Entry{}
	for e, err := range s.Entries(context.Background()) {
		if err != nil {
			t.Fatal(err)
		}
		m[e.Path] = e
	}
	return m
}

func names(t testing.TB, s index.Store, dir string) []string {
	t.Helper()
	list := []string{}
	for f, err := range s.Files(context.Background()) {
		if err != nil {
			t.Fatal(err)
		}
		rel, err := filepath.Rel(dir, f.Path)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, filepath.ToSlash(rel))
	}
	return list
}

// folder makes a folder with recordings and other things.
func folder(t testing.TB) string {
	t.Helper()
	dir := t.TempDir()
	for _, name := range []string{"crow.flac", "sea-lion.mp3", "wolf-howl.wav", "camera-shutter.ogg"} {
		copyFile(t, filepath.Join(dir, "a", name), filepath.Join(recordings, name))
	}
	copyFile(t, filepath.Join(dir, "b", "c", "no ending"), filepath.Join(recordings, "crow.flac"))
	copyFile(t, filepath.Join(dir, ".hidden.wav"), filepath.Join(recordings, "wolf-howl.wav"))
	copyFile(t, filepath.Join(dir, ".hidden", "wolf-howl.wav"), filepath.Join(recordings, "wolf-howl.wav"))
	writeFile(t, filepath.Join(dir, "notes.txt"), []byte("not a sound"))
	writeFile(t, filepath.Join(dir, "b", "broken.wav"), []byte("not a sound either"))
	writeFile(t, filepath.Join(dir, "b", "empty.mp3"), nil)
	writeTone(t, filepath.Join(dir, "b", "long.wav"), 21, 440)
	return dir
}

func TestBuild(t *testing.T) {
	ctx := context.Background()
	dir := folder(t)
	m := shipped(t, audioclip.Config{})
	s := index.NewMemory()
	var progress []index.Progress
	r := build(t, s, m, index.BuildConfig{Model: "shipped", Workers: 3, Progress: func(p index.Progress) { progress = append(progress, p) }}, dir)

	expect(t, "first", r, index.Report{Added: 6})
	want := []string{"a/camera-shutter.ogg", "a/crow.flac", "a/sea-lion.mp3", "a/wolf-howl.wav", "b/c/no ending", "b/long.wav"}
	if got := names(t, s, dir); !slices.Equal(got, want) {
		t.Errorf("indexed %q, want %q", got, want)
	}
	failed := failures(r)
	if broken, empty := failed[filepath.Join(dir, "b", "broken.wav")], failed[filepath.Join(dir, "b", "empty.mp3")]; len(failed) != 2 || !errors.Is(broken, audio.ErrFormat) || empty == nil {
		t.Errorf("failures are %v", r.Failures)
	}
	if last := progress[len(progress)-1]; last.Files != 9 || last.Total != 9 || last.Part != 1 || last.Sound != r.Sound {
		t.Errorf("in the end, the progress is %+v", last)
	}
	if !slices.IsSortedFunc(progress, func(a, b index.Progress) int { return a.Files - b.Files }) {
		t.Error("progress goes back")
	}
	sound := time.Duration(0)
	for path, e := range contents(t, s) {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		st, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		clip, err := audio.ReadFile(path, audio.Config{})
		if err != nil {
			t.Fatal(err)
		}
		windows, err := m.EncodeWindows(ctx, audio.NewClipReader(clip), audioclip.AudioConfig{})
		if err != nil {
			t.Fatal(err)
		}
		if want := (index.File{Path: path, Size: int64(len(b)), ModTime: st.ModTime(), Hash: sha256.Sum256(b), Format: e.Format, SampleRate: clip.SampleRate, Channels: clip.Channels(), Duration: clip.Duration()}); e.File != want {
			t.Errorf("file %+v, want %+v", e.File, want)
		}
		last := &windows[len(windows)-1]
		sound += last.End
		last.End = min(last.End, clip.Duration())
		if !reflect.DeepEqual(e.Windows, windows) {
			t.Errorf("%s: other windows than those of EncodeWindows", path)
		}
	}
	if e := contents(t, s)[filepath.Join(dir, "a", "crow.flac")]; e.Format != "FLAC" {
		t.Errorf("crow.flac has the format %q", e.Format)
	}
	if sound != r.Sound {
		t.Errorf("%v of sound were encoded, want %v", r.Sound, sound)
	}
	if id, err := s.Identity(ctx); err != nil || id.Model != "shipped" || id.Dim != m.Info().Dim {
		t.Errorf("identity %v, %v", id, err)
	}
	if _, err := index.Build(ctx, s, opened(t, "../testdata/clap", audioclip.Config{}), []string{dir}, index.BuildConfig{Model: "CLAP"}); !errors.Is(err, index.ErrOtherModel) {
		t.Errorf("another model: %v", err)
	}
}

// counting counts what is put into a store.
type counting struct {
	index.Store
	puts int
}

func (s *counting) Put(ctx context.Context, e index.Entry) error {
	s.puts++
	return s.Store.Put(ctx, e)
}

func TestBuildAgain(t *testing.T) {
	dir := folder(t)
	m := shipped(t, audioclip.Config{})
	s := &counting{Store: index.NewMemory()}
	build(t, s, m, index.BuildConfig{}, dir)
	first := contents(t, s)
	again := func(what string, want index.Report, puts int) index.Report {
		t.Helper()
		s.puts = 0
		r := build(t, s, m, index.BuildConfig{}, dir)
		expect(t, what, r, want)
		if s.puts != puts {
			t.Errorf("%s: %d recordings were put, want %d", what, s.puts, puts)
		}
		return r
	}
	path := func(name string) string { return filepath.Join(dir, filepath.FromSlash(name)) }

	again("nothing changed", index.Report{Unchanged: 6}, 0)
	if !reflect.DeepEqual(contents(t, s), first) {
		t.Error("the store has changed")
	}

	later := time.Now().Add(time.Hour)
	if err := os.Chtimes(path("a/crow.flac"), later, later); err != nil {
		t.Fatal(err)
	}
	if r := again("touched", index.Report{Unchanged: 6}, 1); r.Sound != 0 {
		t.Errorf("what was touched was encoded: %v", r.Sound)
	}
	e := contents(t, s)[path("a/crow.flac")]
	if !e.ModTime.Equal(later) || !reflect.DeepEqual(e.Windows, first[e.Path].Windows) {
		t.Errorf("after a touch at %v: %v", later, e.File)
	}

	if err := os.Rename(path("a"), path("moved")); err != nil {
		t.Fatal(err)
	}
	if r := again("moved", index.Report{Unchanged: 6, Moved: 4, Removed: 4}, 4); r.Sound != 0 {
		t.Errorf("what was moved was encoded: %v", r.Sound)
	}
	if e := contents(t, s)[path("moved/sea-lion.mp3")]; e.Format != "MP3" || !reflect.DeepEqual(e.Windows, first[path("a/sea-lion.mp3")].Windows) {
		t.Errorf("after a move: %v", e.File)
	}

	copyFile(t, path("moved/wolf-howl.wav"), filepath.Join(recordings, "hello-world.wav"))
	if r := again("changed", index.Report{Updated: 1, Unchanged: 5}, 1); r.Sound == 0 {
		t.Error("what was changed was not encoded")
	}
	if e := contents(t, s)[path("moved/wolf-howl.wav")]; reflect.DeepEqual(e.Windows, first[path("a/wolf-howl.wav")].Windows) {
		t.Error("a changed recording has its old vectors")
	}

	writeFile(t, path("b/long.wav"), []byte("not a sound any more"))
	if r := again("spoilt", index.Report{Unchanged: 5, Removed: 1}, 0); !errors.Is(failures(r)[path("b/long.wav")], audio.ErrFormat) {
		t.Errorf("failures are %v", r.Failures)
	}

	if err := os.Remove(path("b/c/no ending")); err != nil {
		t.Fatal(err)
	}
	again("removed", index.Report{Unchanged: 4, Removed: 1}, 0)
	want := []string{"moved/camera-shutter.ogg", "moved/crow.flac", "moved/sea-lion.mp3", "moved/wolf-howl.wav"}
	if got := names(t, s, dir); !slices.Equal(got, want) {
		t.Errorf("in the end there is %q, want %q", got, want)
	}
}

// TestBuildMissing has folders that cannot be read: what was indexed must stay.
func TestBuildMissing(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"disk/x.wav", "disk/sub/y.wav", "other/z.wav"} {
		if err := os.MkdirAll(filepath.Join(dir, filepath.Dir(name)), 0o777); err != nil {
			t.Fatal(err)
		}
		writeTone(t, filepath.Join(dir, name), 1, float64(100*len(name)))
	}
	disk, other := filepath.Join(dir, "disk"), filepath.Join(dir, "other")
	m := shipped(t, audioclip.Config{})
	s := index.NewMemory()
	expect(t, "first", build(t, s, m, index.BuildConfig{}, disk, other), index.Report{Added: 3})

	away := filepath.Join(dir, "away")
	if err := os.Rename(disk, away); err != nil {
		t.Fatal(err)
	}
	r := build(t, s, m, index.BuildConfig{}, disk, other)
	expect(t, "no folder", r, index.Report{Unchanged: 1})
	if !errors.Is(failures(r)[disk], fs.ErrNotExist) {
		t.Errorf("failures are %v", r.Failures)
	}
	if err := os.Mkdir(disk, 0o777); err != nil {
		t.Fatal(err)
	}
	r = build(t, s, m, index.BuildConfig{}, disk, other)
	expect(t, "empty folder", r, index.Report{Unchanged: 1})
	if err := failures(r)[disk]; err == nil || !strings.Contains(err.Error(), "2 recordings") {
		t.Errorf("failures are %v", r.Failures)
	}
	if n := len(names(t, s, dir)); n != 3 {
		t.Errorf("%d recordings are left", n)
	}
	if err := os.Remove(disk); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(away, disk); err != nil {
		t.Fatal(err)
	}
	expect(t, "there again", build(t, s, m, index.BuildConfig{}, disk, other), index.Report{Unchanged: 3})

	// Other folders are nothing that is gone.
	expect(t, "one folder", build(t, s, m, index.BuildConfig{}, other), index.Report{Unchanged: 1})
	if os.Getuid() == 0 {
		t.Skip("root can read everything")
	}
	if err := os.Chmod(filepath.Join(disk, "sub"), 0); err != nil {
		t.Fatal(err)
	}
	defer os.Chmod(filepath.Join(disk, "sub"), 0o777)
	r = build(t, s, m, index.BuildConfig{}, disk)
	expect(t, "unreadable folder", r, index.Report{Unchanged: 1})
	if n := len(names(t, s, dir)); n != 3 || len(r.Failures) != 1 {
		t.Errorf("%d recordings are left, failures are %v", n, r.Failures)
	}
}

func TestBuildLinks(t *testing.T) {
	dir := t.TempDir()
	real := filepath.Join(dir, "real")
	writeFile(t, filepath.Join(real, "notes"), nil)
	writeTone(t, filepath.Join(real, "x.wav"), 1, 500)
	for to, from := range map[string]string{"real/loop": dir, "real/up": "..", "real/nowhere.wav": "none.wav", "real/linked.wav": "x.wav", "link": "real"} {
		if err := os.Symlink(from, filepath.Join(dir, to)); err != nil {
			t.Skip("no links here:", err)
		}
	}
	m := shipped(t, audioclip.Config{})
	s := index.NewMemory()
	r := build(t, s, m, index.BuildConfig{}, filepath.Join(dir, "link"), filepath.Join(dir, "link")+"/x.wav")
	if got, want := names(t, s, dir), []string{"link/linked.wav", "link/x.wav"}; !slices.Equal(got, want) || len(r.Failures) > 0 {
		t.Errorf("indexed %q, want %q, %v", got, want, r.Failures)
	}
	if err := os.Remove(filepath.Join(real, "x.wav")); err != nil { // and the link leads nowhere
		t.Fatal(err)
	}
	writeTone(t, filepath.Join(real, "y.wav"), 1, 600)
	expect(t, "removed", build(t, s, m, index.BuildConfig{}, filepath.Join(dir, "link")), index.Report{Added: 1, Removed: 2})
}

// TestBuildMeanwhile changes files while they are read.
func TestBuildMeanwhile(t *testing.T) {
	m := shipped(t, audioclip.Config{})
	grow := func(path string) {
		f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		if _, err := f.Write(make([]byte, 100)); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		name   string
		change func(path string, times int)
		want   index.Report
		err    error
	}{
		{"vanishing", func(path string, times int) {
			if times == 0 {
				if err := os.Remove(path); err != nil {
					t.Fatal(err)
				}
			}
		}, index.Report{Added: 1}, nil},
		{"changing once", func(path string, times int) {
			if times == 1 {
				writeTone(t, path, 22, 999)
			}
		}, index.Report{Added: 2}, nil},
		{"changing always", func(path string, times int) { grow(path) }, index.Report{Added: 1}, index.ErrChanging},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			path := filepath.Join(dir, "x.wav")
			writeTone(t, path, 60, 440)
			writeTone(t, filepath.Join(dir, "y.wav"), 1, 440)
			s := index.NewMemory()
			times := 0
			r := build(t, s, m, index.BuildConfig{Progress: func(p index.Progress) {
				if p.Path == path && p.Files == 0 {
					c.change(path, times)
					times++
				}
			}}, dir)
			expect(t, c.name, r, c.want)
			if err := failures(r)[path]; !errors.Is(err, c.err) || c.err == nil && err != nil {
				t.Errorf("failures are %v, want %v", r.Failures, c.err)
			}
			if e, ok := contents(t, s)[path]; ok {
				clip, err := audio.ReadFile(path, audio.Config{})
				if err != nil {
					t.Fatal(err)
				}
				windows, err := m.EncodeWindows(context.Background(), audio.NewClipReader(clip), audioclip.AudioConfig{})
				if err != nil || !reflect.DeepEqual(e.Windows, windows) {
					t.Errorf("the vectors are not those of the file as it is now; %v", err)
				}
			}
		})
	}
}

// TestBuildEnds has recordings of lengths that are none at the rate of the model: no window
// ends after the recording, and the last one ends with it.
func TestBuildEnds(t *testing.T) {
	dir := t.TempDir()
	for _, rate := range []int{8000, 11025, 44100} {
		for _, frames := range []int{1, 37, rate + 1, 6*rate + 1, 11*rate + 3} {
			c := tone(float64(frames)/8000, 440)
			c.SampleRate = rate
			if err := audio.WriteWAVFile(filepath.Join(dir, fmt.Sprintf("%d %d.wav", rate, frames)), c, 16); err != nil {
				t.Fatal(err)
			}
		}
	}
	s := index.NewMemory()
	build(t, s, shipped(t, audioclip.Config{}), index.BuildConfig{}, dir)
	entries := contents(t, s)
	if len(entries) != 15 {
		t.Errorf("%d recordings", len(entries))
	}
	for path, e := range entries {
		for _, w := range e.Windows {
			if w.End > e.Duration || w.End <= w.Start && e.Duration > 0 {
				t.Errorf("%s, %v long, has a window from %v to %v", path, e.Duration, w.Start, w.End)
			}
		}
		if last := e.Windows[len(e.Windows)-1].End; e.Duration-last > time.Millisecond {
			t.Errorf("%s, %v long, ends at %v", path, e.Duration, last)
		}
	}
}

func TestBuildTruncated(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "x.wav")
	writeTone(t, path, 20, 440)
	if err := os.Truncate(path, 44+2*8000*12); err != nil {
		t.Fatal(err)
	}
	s := index.NewMemory()
	r := build(t, s, shipped(t, audioclip.Config{}), index.BuildConfig{}, path)
	expect(t, "truncated", r, index.Report{Added: 1})
	if err := failures(r)[path]; err == nil || !strings.Contains(err.Error(), "what comes before that is indexed") {
		t.Errorf("failures are %v", r.Failures)
	}
	if e := contents(t, s)[path]; e.Duration != 12*time.Second {
		t.Errorf("%v are indexed, want 12 s", e.Duration)
	}
}

func TestBuildShards(t *testing.T) {
	dir := t.TempDir()
	const n = 24
	for i := range n {
		writeTone(t, filepath.Join(dir, string(rune('a'+i))+".wav"), 0.2, float64(200+50*i))
	}
	m := shipped(t, audioclip.Config{})
	all, parts := index.NewMemory(), index.NewMemory()
	expect(t, "all", build(t, all, m, index.BuildConfig{}, dir), index.Report{Added: n})
	sum := 0
	for i := range 3 {
		r := build(t, parts, m, index.BuildConfig{Shard: i + 1, Shards: 3}, dir)
		if r.Added < 2 || r.Removed != 0 {
			t.Errorf("shard %d: %+v", i+1, r)
		}
		sum += r.Added
	}
	if sum != n || !reflect.DeepEqual(contents(t, all), contents(t, parts)) {
		t.Errorf("the shards have %d recordings, want %d", sum, n)
	}
	for i := range n / 2 {
		if err := os.Remove(filepath.Join(dir, string(rune('a'+i))+".wav")); err != nil {
			t.Fatal(err)
		}
	}
	removed := 0
	for i := range 3 {
		removed += build(t, parts, m, index.BuildConfig{Shard: i + 1, Shards: 3}, dir).Removed
	}
	if removed != n/2 {
		t.Errorf("the shards have removed %d recordings, want %d", removed, n/2)
	}
	for _, cfg := range []index.BuildConfig{{Shard: 1}, {Shards: 3}, {Shard: 4, Shards: 3}, {Shard: -1, Shards: 3}} {
		if _, err := index.Build(context.Background(), parts, m, []string{dir}, cfg); err == nil {
			t.Errorf("shard %d of %d", cfg.Shard, cfg.Shards)
		}
	}
}

// failing is a store that breaks.
type failing struct {
	index.Store
	left int
}

var errBroken = errors.New("broken")

func (s *failing) Put(ctx context.Context, e index.Entry) error {
	if s.left--; s.left < 0 {
		return errBroken
	}
	return s.Store.Put(ctx, e)
}

func TestBuildBrokenOff(t *testing.T) {
	dir := folder(t)
	m := shipped(t, audioclip.Config{})
	whole := index.NewMemory()
	build(t, whole, m, index.BuildConfig{}, dir)
	want := contents(t, whole)

	s := index.NewMemory()
	r, err := index.Build(context.Background(), &failing{s, 2}, m, []string{dir}, index.BuildConfig{})
	if !errors.Is(err, errBroken) || r.Added != 2 || len(contents(t, s)) != 2 {
		t.Errorf("a store that breaks: %v, %+v", err, r)
	}
	ctx, cancel := context.WithCancel(context.Background())
	r, err = index.Build(ctx, s, m, []string{dir}, index.BuildConfig{Progress: func(p index.Progress) {
		if p.Files == 3 {
			cancel()
		}
	}})
	if !errors.Is(err, context.Canceled) || r.Added < 1 || r.Added > 2 {
		t.Errorf("cancelled: %v, %+v", err, r)
	}
	build(t, s, m, index.BuildConfig{Workers: 2}, dir)
	if got := contents(t, s); !reflect.DeepEqual(got, want) {
		t.Errorf("in the end there is %q, want %q", slices.Sorted(maps.Keys(got)), slices.Sorted(maps.Keys(want)))
	}
}
