package web

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

func TestCache(t *testing.T) {
	dir := t.TempDir()
	name := func(i int) string { return fmt.Sprintf("%064x.png", i) }
	write := func(c *cache, i, size int) error {
		return c.write(name(i), func(f *os.File) error {
			_, err := f.Write(make([]byte, size))
			return err
		})
	}
	foreign := filepath.Join(dir, "someone else's.png")
	stale, young := filepath.Join(dir, ".x.png.1-0.part"), filepath.Join(dir, "upload-1.part")
	for _, path := range []string{foreign, stale, young} {
		if err := os.WriteFile(path, make([]byte, 5000), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Chtimes(stale, time.Now(), time.Now().Add(-2*time.Hour)); err != nil {
		t.Fatal(err)
	}
	c, err := openCache(dir, 1000)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(stale); !errors.Is(err, fs.ErrNotExist) {
		t.Error("what was left half done long ago is still there")
	}
	for i := range 10 {
		if err := write(c, i, 100); err != nil {
			t.Fatal(err)
		}
		c.files[name(i)].used = time.Now().Add(time.Duration(i-1000) * time.Second)
	}
	if _, err := c.read(name(0)); err != nil { // now the last used
		t.Error(err)
	}
	if err := write(c, 10, 50); err != nil {
		t.Fatal(err)
	}
	for i := range 11 {
		_, err := c.read(name(i))
		if gone := i == 1 || i == 2; gone != errors.Is(err, fs.ErrNotExist) {
			t.Errorf("file %d: %v", i, err)
		}
	}
	if c.size != 850 {
		t.Errorf("%d bytes", c.size)
	}

	failed := errors.New("failed")
	if err := c.write(name(20), func(f *os.File) error { f.Write([]byte("half")); return failed }); err != failed {
		t.Error(err)
	}
	if _, err := c.read(name(20)); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("what failed: %v", err)
	}
	if err := os.Remove(filepath.Join(dir, name(5))); err != nil {
		t.Fatal(err)
	}
	if _, err := c.read(name(5)); !errors.Is(err, fs.ErrNotExist) || c.size != 750 {
		t.Errorf("a file that someone removed: %v, %d bytes", err, c.size)
	}

	again, err := openCache(dir, 300)
	if err != nil {
		t.Fatal(err)
	}
	if again.size > 300 || len(again.files) == 0 {
		t.Errorf("opened with a lower limit: %d bytes in %d files", again.size, len(again.files))
	}
	for _, path := range []string{foreign, young} {
		if _, err := os.Stat(path); err != nil {
			t.Errorf("a file that is not of the cache: %v", err)
		}
	}
	left, err := filepath.Glob(filepath.Join(dir, ".*"))
	if err != nil || len(left) != 0 {
		t.Errorf("left over: %v", left)
	}
}

func TestLRU(t *testing.T) {
	c := newLRU[int, string](2)
	c.put(1, "a")
	c.put(2, "b")
	c.get(1)
	c.put(3, "c")
	c.put(1, "A")
	for key, want := range map[int]string{1: "A", 2: "", 3: "c"} {
		if got, ok := c.get(key); got != want || ok != (want != "") {
			t.Errorf("%d: %q", key, got)
		}
	}
}

func TestGate(t *testing.T) {
	g := newGate(2, 1)
	ctx := t.Context()
	leave1, err1 := g.enter(ctx)
	leave2, err2 := g.enter(ctx)
	if err1 != nil || err2 != nil {
		t.Fatal(err1, err2)
	}
	short, cancel := context.WithTimeout(ctx, 10*time.Millisecond)
	defer cancel()
	if _, err := g.enter(short); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("waiting: %v", err)
	}
	third := make(chan error)
	go func() {
		leave, err := g.enter(ctx)
		if err == nil {
			leave()
		}
		third <- err
	}()
	for g.waiting.Load() == 0 {
		time.Sleep(time.Millisecond)
	}
	var f failure
	if _, err := g.enter(ctx); !errors.As(err, &f) || f.status != 503 {
		t.Errorf("with the queue full: %v", err)
	}
	leave1()
	if err := <-third; err != nil {
		t.Error(err)
	}
	leave2()
	if len(g.slots) != 0 || g.waiting.Load() != 0 {
		t.Errorf("%d inside, %d waiting", len(g.slots), g.waiting.Load())
	}
}

func TestFlight(t *testing.T) {
	f := flight[int]{start: func(work func(context.Context)) { go work(context.Background()) }}
	var calls atomic.Int32
	begun, release := make(chan struct{}), make(chan struct{})
	slow := func(ctx context.Context) (int, error) {
		if calls.Add(1) == 1 {
			close(begun)
		}
		select {
		case <-release:
			return 7, nil
		case <-ctx.Done():
			return 0, ctx.Err()
		}
	}
	// One who goes does not end it for the others.
	impatient, leave := context.WithCancel(t.Context())
	var all sync.WaitGroup
	all.Go(func() {
		if _, err := f.do(impatient, "a", slow); !errors.Is(err, context.Canceled) {
			t.Errorf("who left: %v", err)
		}
	})
	<-begun
	for range 10 {
		all.Go(func() {
			if v, err := f.do(t.Context(), "a", slow); v != 7 || err != nil {
				t.Errorf("%d %v", v, err)
			}
		})
	}
	for waiting := 0; waiting < 11; time.Sleep(time.Millisecond) {
		f.mu.Lock()
		waiting = f.calls["a"].waiting
		f.mu.Unlock()
	}
	leave()
	close(release)
	all.Wait()
	if n := calls.Load(); n != 1 {
		t.Errorf("%d calls", n)
	}

	// When nobody waits any more, it ends.
	ended := make(chan error)
	alone, leave := context.WithCancel(t.Context())
	go f.do(alone, "b", func(ctx context.Context) (int, error) {
		leave()
		<-ctx.Done()
		ended <- ctx.Err()
		return 0, ctx.Err()
	})
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Error(err)
	}

	_, err := f.do(t.Context(), "c", func(context.Context) (int, error) { panic("broken") })
	if err == nil || !strings.Contains(err.Error(), "broken") {
		t.Errorf("a panic: %v", err)
	}
	if v, err := f.do(t.Context(), "c", func(context.Context) (int, error) { return 1, nil }); v != 1 || err != nil {
		t.Errorf("after it: %d %v", v, err)
	}
}
