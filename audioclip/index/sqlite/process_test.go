package sqlite_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/soundspace/soundspace/audio"
	"github.com/soundspace/soundspace/audioclip"
	"github.com/soundspace/soundspace/audioclip/index"
	"github.com/soundspace/soundspace/audioclip/index/sqlite"
	"github.com/soundspace/soundspace/audioclip/pretrained"
)

// What TestMain does instead of tests, in a process of its own: index a folder.
const (
	dirVariable   = "SOUNDSPACE_TEST_INDEX_DIR"
	dbVariable    = "SOUNDSPACE_TEST_INDEX_DB"
	limitVariable = "SOUNDSPACE_TEST_INDEX_LIMIT" // of the size of files
)

func TestMain(m *testing.M) {
	dir := os.Getenv(dirVariable)
	if dir == "" {
		os.Exit(m.Run())
	}
	if err := limitFiles(os.Getenv(limitVariable)); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(3)
	}
	if err := indexFolder(os.Getenv(dbVariable), dir); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

func indexFolder(db, dir string) error {
	model, err := pretrained.Open(audioclip.Config{Towers: audioclip.Audio})
	if err != nil {
		return err
	}
	defer model.Close()
	s, err := sqlite.Open(db)
	if err != nil {
		return err
	}
	r, err := index.Build(context.Background(), s, model, []string{dir}, index.BuildConfig{Workers: 2})
	if len(r.Failures) > 0 {
		err = errors.Join(err, r.Failures[0].Err)
	}
	return errors.Join(err, s.Close())
}

// indexer returns a process that indexes a folder.
func indexer(t *testing.T, db, dir, limit string) (c *exec.Cmd, stderr *strings.Builder) {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c, stderr = exec.Command(exe), &strings.Builder{}
	c.Env = append(os.Environ(), dirVariable+"="+dir, dbVariable+"="+db, limitVariable+"="+limit)
	c.Stderr = stderr
	return c, stderr
}

// tones makes a folder of n short recordings, and returns what an index of it has.
func tones(t *testing.T, n int) (dir string, want map[string]index.Entry) {
	t.Helper()
	dir = t.TempDir()
	r := rand.New(rand.NewPCG(9, 9))
	for i := range n {
		c := audio.NewClip(1, 800+r.IntN(8000), 8000)
		for j := range c.Samples[0] {
			c.Samples[0][j] = float32(0.3*math.Sin(float64(j*(i+3))/40) + 0.1*r.Float64())
		}
		if err := audio.WriteWAVFile(filepath.Join(dir, fmt.Sprintf("%02d.wav", i)), c, 16); err != nil {
			t.Fatal(err)
		}
	}
	db := filepath.Join(t.TempDir(), "whole.db")
	if err := indexFolder(db, dir); err != nil {
		t.Fatal(err)
	}
	if want = entries(t, db); len(want) != n {
		t.Fatalf("%d recordings were indexed, want %d", len(want), n)
	}
	return dir, want
}

// entries returns what an index has, nothing if there is none yet.
func entries(t *testing.T, db string) map[string]index.Entry {
	t.Helper()
	m := map[string]index.Entry{}
	s, err := sqlite.OpenReadOnly(db)
	if errors.Is(err, fs.ErrNotExist) {
		return m
	}
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for e, err := range s.Entries(context.Background()) {
		if err != nil {
			t.Fatal(err)
		}
		if _, twice := m[e.Path]; twice {
			t.Errorf("%s is there twice", e.Path)
		}
		m[e.Path] = e
	}
	return m
}

func remove(t *testing.T, db string) {
	t.Helper()
	for _, companion := range []string{"", "-wal", "-shm"} {
		if err := os.Remove(db + companion); err != nil && !errors.Is(err, fs.ErrNotExist) {
			t.Fatal(err)
		}
	}
}

// TestKilled kills processes while they index.
func TestKilled(t *testing.T) {
	dir, want := tones(t, 40)
	db := filepath.Join(t.TempDir(), "index.db")
	begin := time.Now()
	c, stderr := indexer(t, db, dir, "")
	if err := c.Run(); err != nil {
		t.Fatalf("%v: %s", err, stderr)
	}
	whole := time.Since(begin)
	if !reflect.DeepEqual(entries(t, db), want) {
		t.Fatal("another process has indexed other things")
	}
	remove(t, db)

	kills := 100
	if testing.Short() {
		kills = 8
	}
	r := rand.New(rand.NewPCG(10, 10))
	killed, before, partly, done := 0, 0, 0, 0
	for killed < kills || partly == 0 && killed < 10*kills {
		c, stderr := indexer(t, db, dir, "")
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		timer := time.AfterFunc(time.Duration(r.Float64()*float64(whole)), func() { c.Process.Kill() })
		err := c.Wait()
		if timer.Stop() && err != nil {
			t.Fatalf("%v: %s", err, stderr)
		}
		if err != nil {
			killed++
		}
		got := entries(t, db)
		if len(got) < before {
			t.Fatalf("%d recordings after %d: some were lost", len(got), before)
		}
		for path, e := range got {
			if !reflect.DeepEqual(e, want[path]) {
				t.Fatalf("%s is not as it should be", path)
			}
		}
		if before = len(got); 0 < before && before < len(want) {
			partly++
		}
		if err == nil && before != len(want) {
			t.Fatalf("a run that ended has indexed %d of %d", before, len(want))
		}
		if before == len(want) {
			done++
			before = 0
			remove(t, db)
		}
	}
	t.Logf("%d kills, %d of them with a part of %d recordings indexed; %d times all were", killed, partly, len(want), done)
	if partly == 0 {
		t.Error("no kill was in the middle")
	}
	c, stderr = indexer(t, db, dir, "")
	if err := c.Run(); err != nil || !reflect.DeepEqual(entries(t, db), want) {
		t.Errorf("the last run has not finished the work: %v, %s", err, stderr)
	}
}

// TestProcesses has two processes index one folder, and a third search meanwhile.
func TestProcesses(t *testing.T) {
	dir, want := tones(t, 30)
	db := filepath.Join(t.TempDir(), "index.db")
	results := make(chan error, 2)
	for range cap(results) {
		c, stderr := indexer(t, db, dir, "")
		go func() {
			if err := c.Run(); err != nil {
				results <- fmt.Errorf("%w: %s", err, stderr)
				return
			}
			results <- nil
		}()
	}
	var s *sqlite.Store
	seen := 0
	for running := cap(results); running > 0; {
		select {
		case err := <-results:
			if running--; err != nil {
				t.Fatal(err)
			}
		default:
		}
		if s == nil {
			var err error
			if s, err = sqlite.OpenReadOnly(db); errors.Is(err, fs.ErrNotExist) { // it is being made
				s = nil
				continue
			} else if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
		}
		seen = searchAll(t, s, want, seen)
	}
	if seen = searchAll(t, s, want, seen); seen != len(want) {
		t.Errorf("in the end %d of %d recordings were found", seen, len(want))
	}
	if !reflect.DeepEqual(entries(t, db), want) {
		t.Error("the index is not what one process makes")
	}
}

// searchAll searches for everything, and returns how much there was: no less than before.
func searchAll(t *testing.T, s *sqlite.Store, want map[string]index.Entry, before int) int {
	t.Helper()
	ctx := context.Background()
	id, err := s.Identity(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if id.Dim == 0 {
		return 0
	}
	hits, err := s.Search(ctx, index.Query{Vector: id.Probe, K: 1000, MinScore: -2})
	if err != nil {
		t.Fatal(err)
	}
	if len(hits) < before {
		t.Errorf("%d recordings were found, %d before", len(hits), before)
	}
	for _, h := range hits {
		score := 0.0
		for i, x := range want[h.Path].Windows[0].Vector {
			score += float64(x) * float64(id.Probe[i])
		}
		if !(math.Abs(score-float64(h.Score)) < 1e-6) {
			t.Errorf("%s has the score %g, want %g", h.Path, h.Score, score)
		}
	}
	return len(hits)
}
