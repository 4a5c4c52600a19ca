package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/soundspace/soundspace/internal/command"
)

// library makes a folder of recordings. The index is where no --db says so.
func library(t *testing.T) (dir string) {
	t.Helper()
	t.Setenv("XDG_DATA_HOME", t.TempDir())
	t.Setenv("HOME", t.TempDir())
	t.Setenv("AppData", t.TempDir())
	dir = t.TempDir()
	for _, name := range []string{wolf, hello, crow} {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, filepath.Base(name)), b, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

type foundHit struct {
	Path       string
	Start, End float64
	Score      float32
	Duration   float64
}

type foundHits struct {
	Fit  *float64
	Hits []foundHit
}

func searched(t *testing.T, args ...string) (r foundHits, names []string) {
	t.Helper()
	if err := json.Unmarshal([]byte(ok(t, append([]string{"search", "--json"}, args...)...)), &r); err != nil {
		t.Fatal(err)
	}
	for _, h := range r.Hits {
		names = append(names, filepath.Base(h.Path))
	}
	return r, names
}

func TestIndexAndSearch(t *testing.T) {
	dir := library(t)
	status, _, stderr := audioclipIn(t, nil, "search", "a wolf")
	if status != command.Failed || !strings.Contains(stderr, "there is no index yet") {
		t.Errorf("without an index: status %d, %s", status, stderr)
	}
	if out := ok(t, "index", dir); !strings.Contains(out, "index.db: 3 new\n") {
		t.Errorf("the first run prints %s", out)
	}
	var report struct {
		Index                                     string
		Added, Updated, Unchanged, Moved, Removed int
		Failures                                  []any
	}
	if err := os.Rename(filepath.Join(dir, "crow.flac"), filepath.Join(dir, "bird.flac")); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(dir, "hello-world.wav")); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal([]byte(ok(t, "index", "--json", dir)), &report); err != nil || report.Unchanged != 2 || report.Moved != 1 || report.Removed != 2 || len(report.Failures) != 0 {
		t.Errorf("the second run: %+v, %v", report, err)
	}
	if _, err := os.Stat(report.Index); err != nil {
		t.Error(err)
	}

	r, names := searched(t, "a", "wolf", "howling")
	if len(names) == 0 || names[0] != "wolf-howl.wav" || r.Fit == nil || r.Hits[0].Path != filepath.Join(dir, "wolf-howl.wav") || r.Hits[0].End <= 3 || r.Hits[0].Score < 0.1 || r.Hits[0].Duration <= 3 {
		t.Errorf("a wolf: %+v", r)
	}
	if r, names := searched(t, "--like", crow); len(names) == 0 || names[0] != "bird.flac" || r.Hits[0].Score < 0.999 || r.Fit != nil {
		t.Errorf("like a crow: %+v", r)
	}
	if _, names := searched(t, "--like", filepath.Join(dir, "bird.flac"), "--min-score", "-1"); !slices.Equal(names, []string{"wolf-howl.wav"}) {
		t.Errorf("like itself: %q", names)
	}
	for want, args := range map[string][]string{
		"bird.flac":     {"a wolf howling", "--path", "*.FLAC"},
		"wolf-howl.wav": {"a crow cawing", "--min-duration", "2s"},
	} {
		if _, names := searched(t, append(args, "--min-score", "-1")...); !slices.Equal(names, []string{want}) {
			t.Errorf("%q: %q, want %s", args, names, want)
		}
	}
	if _, names := searched(t, "a wolf howling", "-k", "1", "--min-score", "-1", "--not", "a wolf howling", "--and", "a crow cawing", "--and", "a crow cawing"); !slices.Equal(names, []string{"bird.flac"}) {
		t.Errorf("a crow, and not a wolf: %q", names)
	}
	out := ok(t, "search", "a wolf howling", "-k", "1")
	if !strings.HasPrefix(out, "+0.") || !strings.Contains(out, "0:00.0–0:03.") || !strings.HasSuffix(out, filepath.Join(dir, "wolf-howl.wav")+"\n") {
		t.Errorf("it prints %q", out)
	}
	if status, out, stderr := audioclipIn(t, nil, "search", "tax return", "--min-score", "-1"); status != command.OK || !strings.Contains(stderr, "nothing fits well") {
		t.Errorf("what is not there: status %d, %s, %s", status, out, stderr)
	}
	if status, out, stderr := audioclipIn(t, nil, "search", "a wolf", "--min-score", "0.99"); status != command.OK || out != "" || !strings.Contains(stderr, "nothing was found") {
		t.Errorf("a high score: status %d, %s, %s", status, out, stderr)
	}

	for _, args := range [][]string{{"search", "-m", sounds, "a wolf"}, {"index", "-m", sounds, dir}} {
		if status, out, stderr := audioclipIn(t, nil, args...); status != command.Failed || out != "" || !strings.Contains(stderr, "made with another model") || !strings.Contains(stderr, sounds) {
			t.Errorf("%q: status %d, %s, %s", args, status, out, stderr)
		}
	}
	if out := ok(t, "index", "-m", sounds, "--rebuild", dir); !strings.Contains(out, "2 new") {
		t.Errorf("--rebuild prints %s", out)
	}
	if status, out, stderr := audioclipIn(t, nil, "search", "-m", sounds, "a wolf", "--min-score", "-1"); status != command.OK || strings.Count(out, "\n") != 2 {
		t.Errorf("the other model: status %d, %s, %s", status, out, stderr)
	}
	if out := ok(t, "index", "--remove", dir); !strings.HasPrefix(out, "2 removed") {
		t.Errorf("--remove prints %s", out)
	}
}

func TestIndexFailures(t *testing.T) {
	dir := library(t)
	broken := writeText(t, filepath.Join(dir, "broken.wav"), "no sound")
	db := filepath.Join(t.TempDir(), "a.db")
	status, out, stderr := audioclipIn(t, nil, "index", "--db", db, dir)
	if status != command.Failed || !strings.HasPrefix(stderr, "audioclip: "+broken+": ") || strings.Count(stderr, "\n") != 1 || !strings.Contains(out, "3 new, 1 failed") {
		t.Errorf("a broken file: status %d, %s, %s", status, out, stderr)
	}
	empty := t.TempDir()
	if status, _, stderr := audioclipIn(t, nil, "index", "--db", db, empty); status != command.Failed || !strings.Contains(stderr, "there is no recording in it") {
		t.Errorf("an empty folder: status %d, %s", status, stderr)
	}

	// What is no index is left alone, or moved out of the way.
	notes := writeText(t, filepath.Join(t.TempDir(), "notes.txt"), "birds that I have heard")
	for _, args := range [][]string{{"index", "--db", notes, wolf}, {"search", "--db", notes, "a wolf"}} {
		if status, _, stderr := audioclipIn(t, nil, args...); status != command.Failed || !strings.Contains(stderr, notes) || !strings.Contains(stderr, "--rebuild") {
			t.Errorf("%q: status %d, %s", args, status, stderr)
		}
	}
	if status, out, stderr := audioclipIn(t, nil, "index", "--rebuild", "--db", notes, wolf); status != command.OK || !strings.Contains(out, "1 new") || !strings.Contains(stderr, notes+".old") {
		t.Errorf("--rebuild: status %d, %s, %s", status, out, stderr)
	}
	if b, err := os.ReadFile(notes + ".old"); err != nil || string(b) != "birds that I have heard" {
		t.Errorf("the notes are %q, %v", b, err)
	}

	// A damaged index is told of, and made anew.
	b, err := os.ReadFile(db)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(db, b[:len(b)/2], 0o666); err != nil {
		t.Fatal(err)
	}
	if status, _, stderr := audioclipIn(t, nil, "search", "--db", db, "a wolf"); status != command.Failed || !strings.Contains(stderr, "damaged") || !strings.Contains(stderr, "--rebuild") {
		t.Errorf("a damaged index: status %d, %s", status, stderr)
	}
	if status, out, stderr := audioclipIn(t, nil, "index", "--rebuild", "--db", db, wolf); status != command.OK || !strings.Contains(out, "1 new") {
		t.Errorf("--rebuild of a damaged index: status %d, %s, %s", status, out, stderr)
	}
	ok(t, "search", "--db", db, "a wolf howling")
}

func TestIndexUsage(t *testing.T) {
	dir := library(t)
	for _, args := range [][]string{
		{"index"},
		{"index", dir, "-j", "0"},
		{"index", dir, "--hop", "-1s"},
		{"index", dir, "--hop", "1h"},
		{"index", dir, "--shard", "3/2"},
		{"index", dir, "--shard", "1/2x"},
		{"index", dir, "--remove", "--rebuild"},
		{"index", dir, "--store", "http://localhost"},
		{"index", dir, "--store", "weaviate://localhost", "--db", "x.db"},
		{"search"},
		{"search", " "},
		{"search", "--not", "rain"},
		{"search", "rain", "-k", "0"},
		{"search", "rain", "--min-score", "NaN"},
		{"search", "rain", "--path", "[a"},
		{"search", "rain", "--min-duration", "-1s"},
	} {
		if status, out, stderr := audioclipIn(t, nil, args...); status != command.Usage || out != "" || stderr == "" {
			t.Errorf("%q: status %d, %s, %s", args, status, out, stderr)
		}
	}
}
