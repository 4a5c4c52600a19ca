package sqlite_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/soundspace/soundspace/audioclip"
	"github.com/soundspace/soundspace/audioclip/index"
	"github.com/soundspace/soundspace/audioclip/index/sqlite"
)

const dim = 48

func unitVector(r *rand.Rand) []float32 {
	v, squares := make([]float32, dim), 0.0
	for i := range v {
		v[i] = float32(r.NormFloat64())
		squares += float64(v[i]) * float64(v[i])
	}
	for i := range v {
		v[i] /= float32(math.Sqrt(squares))
	}
	return v
}

func entry(r *rand.Rand, path string) index.Entry {
	e := index.Entry{File: index.File{Path: path, Size: r.Int64N(1e6), ModTime: time.Unix(1.7e9, 5), Format: "WAV", SampleRate: 8000, Channels: 1, Duration: time.Minute}}
	for i := range 1 + r.IntN(20) {
		start := time.Duration(i) * time.Second
		e.Windows = append(e.Windows, audioclip.Window{Start: start, End: start + time.Second, Vector: unitVector(r)})
	}
	return e
}

func identity() index.Identity {
	return index.Identity{Model: "a model", Dim: dim, Probe: unitVector(rand.New(rand.NewPCG(1, 1)))}
}

// write makes an index of n recordings in a file.
func write(t testing.TB, path string, n int) {
	t.Helper()
	s, err := sqlite.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	ctx := context.Background()
	if err := s.SetIdentity(ctx, identity()); err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(2, 2))
	for i := range n {
		if err := s.Put(ctx, entry(r, fmt.Sprintf("/%d.wav", i))); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

// contents is what can be read of an index.
type contents struct {
	identity index.Identity
	files    []index.File
	entries  []index.Entry
	hits     []index.Hit
}

func read(path string) (c contents, err error) {
	s, err := sqlite.OpenReadOnly(path)
	if err != nil {
		return c, err
	}
	defer s.Close()
	ctx := context.Background()
	if c.identity, err = s.Identity(ctx); err != nil {
		return c, err
	}
	for f, err := range s.Files(ctx) {
		if err != nil {
			return c, err
		}
		c.files = append(c.files, f)
	}
	for e, err := range s.Entries(ctx) {
		if err != nil {
			return c, err
		}
		c.entries = append(c.entries, e)
	}
	c.hits, err = s.Search(ctx, index.Query{Vector: unitVector(rand.New(rand.NewPCG(3, 3))), K: 10})
	return c, err
}

// TestDamage changes and cuts off bytes: either nothing that is read has changed, or
// there is an error that names the file.
func TestDamage(t *testing.T) {
	path := filepath.Join(t.TempDir(), "index.db")
	write(t, path, 60)
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	want, err := read(path)
	if err != nil || len(want.hits) != 10 || len(want.entries) != 60 {
		t.Fatalf("%d hits and %d recordings, %v", len(want.hits), len(want.entries), err)
	}
	r := rand.New(rand.NewPCG(4, 4))
	damaged := func(b []byte, what string) (found bool) {
		for _, companion := range []string{"", "-wal", "-shm"} {
			os.Remove(path + companion)
		}
		if err := os.WriteFile(path, b, 0o666); err != nil {
			t.Fatal(err)
		}
		got, err := read(path)
		if err == nil && !reflect.DeepEqual(got, want) {
			t.Errorf("%s: not noticed", what)
		}
		if err != nil && !strings.Contains(err.Error(), path) {
			t.Errorf("%s: %v", what, err)
		}
		if err != nil && !errors.Is(err, sqlite.ErrCorrupt) && !errors.Is(err, sqlite.ErrFormat) && !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: %v", what, err)
		}
		return err != nil
	}
	tries := 1000
	if testing.Short() {
		tries = 200
	}
	noticed := 0
	for range tries {
		b := append([]byte(nil), whole...)
		at := r.IntN(len(b))
		if r.IntN(4) == 0 {
			at = r.IntN(200) // the headers
		}
		b[at] ^= 1 << r.IntN(8)
		if damaged(b, fmt.Sprintf("bit of byte %d", at)) {
			noticed++
		}
	}
	t.Logf("%d of %d changed bits are errors, the others lie in no row", noticed, tries)
	for range tries / 10 {
		n := r.IntN(len(whole))
		if !damaged(whole[:n], fmt.Sprintf("%d bytes", n)) {
			t.Errorf("%d of %d bytes are no error", n, len(whole))
		}
		b := append([]byte(nil), whole...)
		at := r.IntN(len(b))
		end := min(len(b), at+1+r.IntN(20000))
		for i := at; i < end; i++ {
			b[i] = byte(r.Uint32())
		}
		damaged(b, fmt.Sprintf("bytes %d to %d", at, end))
	}
}

// TestForeign opens what is no index: it must be an error, and left as it is.
func TestForeign(t *testing.T) {
	dir := t.TempDir()
	text := filepath.Join(dir, "notes.txt")
	if err := os.WriteFile(text, []byte(strings.Repeat("notes on birds\n", 99)), 0o666); err != nil {
		t.Fatal(err)
	}
	other := filepath.Join(dir, "other.db")
	newer := filepath.Join(dir, "newer.db")
	write(t, newer, 1)
	for path, query := range map[string]string{other: "CREATE TABLE songs (name TEXT); INSERT INTO songs VALUES ('Yesterday')", newer: "PRAGMA user_version = 7"} {
		db, err := sql.Open("sqlite", path)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := db.Exec(query); err != nil {
			t.Fatal(err)
		}
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
	}
	for _, path := range []string{text, other, newer} {
		before, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for name, open := range map[string]func(string) (*sqlite.Store, error){"Open": sqlite.Open, "OpenReadOnly": sqlite.OpenReadOnly} {
			s, err := open(path)
			if !errors.Is(err, sqlite.ErrFormat) || !strings.Contains(err.Error(), path) {
				t.Errorf("%s of %s: %v, %v", name, path, s, err)
			}
		}
		if after, err := os.ReadFile(path); err != nil || string(after) != string(before) {
			t.Errorf("%s was changed, %v", path, err)
		}
	}
	for name, path := range map[string]string{"folder": dir, "no folder": filepath.Join(dir, "none", "index.db")} {
		if _, err := sqlite.Open(path); err == nil || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestReadOnly(t *testing.T) {
	path := filepath.Join(t.TempDir(), "index.db")
	if _, err := sqlite.OpenReadOnly(path); !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), path) {
		t.Errorf("no file: %v", err)
	}
	if _, err := os.Stat(path); err == nil {
		t.Error("OpenReadOnly has made the file")
	}
	write(t, path, 3)
	s, err := sqlite.OpenReadOnly(path)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	ctx := context.Background()
	for name, err := range map[string]error{
		"Put":         s.Put(ctx, entry(rand.New(rand.NewPCG(5, 5)), "/a.wav")),
		"Remove":      s.Remove(ctx, "/1.wav"),
		"SetIdentity": s.SetIdentity(ctx, identity()),
	} {
		if err == nil || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := s.Get(ctx, index.ID("/1.wav")); err != nil {
		t.Error(err)
	}
}
