package weaviate

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/soundspace/soundspace/audioclip"
	"github.com/soundspace/soundspace/audioclip/index"
	"github.com/soundspace/soundspace/audioclip/index/storetest"
)

const dim = 48

var classes atomic.Int32

func openServers(t testing.TB, s *servers, class string) *Store {
	t.Helper()
	store, err := Open(context.Background(), s.address(class))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	return store
}

func newClassName() string { return fmt.Sprintf("Test%d", classes.Add(1)) }

func TestServers(t *testing.T) {
	s := startServers(t)
	storetest.Test(t, func(t *testing.T) index.Store { return openServers(t, s, newClassName()) })
}

func randomVector(r *rand.Rand) []float32 { return randomVectorOf(r, dim) }

func randomVectorOf(r *rand.Rand, dim int) []float32 {
	v := make([]float32, dim)
	for i := range v {
		v[i] = float32(r.NormFloat64())
	}
	n := math.Sqrt(dot(v, v))
	for i := range v {
		v[i] = float32(float64(v[i]) / n)
	}
	return v
}

func randomEntry(r *rand.Rand, i int) index.Entry {
	e := index.Entry{File: index.File{
		Path: fmt.Sprintf("/sounds/%04d.wav", i), Size: r.Int64N(1e9), ModTime: time.Unix(1.7e9, r.Int64N(1e9)),
		Format: "WAV", SampleRate: 48000, Channels: 1,
	}}
	for k := range 1 + r.IntN(8) {
		start := time.Duration(k) * 5 * time.Second
		e.Windows = append(e.Windows, audioclip.Window{Start: start, End: start + 5*time.Second, Vector: randomVector(r)})
		e.Duration = start + 5*time.Second
	}
	return e
}

func identity() index.Identity {
	return index.Identity{Model: "test", Dim: dim, Probe: randomVector(rand.New(rand.NewPCG(9, 9)))}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// both does the same to two stores.
func both(t testing.TB, a, b index.Store, do func(s index.Store) error) {
	t.Helper()
	must(t, do(a))
	must(t, do(b))
}

// compareSearch searches in two stores.
func compareSearch(got, want index.Store, q index.Query) error {
	g, err := got.Search(context.Background(), q)
	if err != nil {
		return err
	}
	w, err := want.Search(context.Background(), q)
	if err != nil {
		return err
	}
	same := func(a, b index.Hit) bool {
		return a.Path == b.Path && a.Hash == b.Hash && a.Start == b.Start && a.End == b.End && a.Score == b.Score
	}
	if !slices.EqualFunc(g, w, same) {
		return fmt.Errorf("a wrong answer: %d hits, want %d: %v, want %v", len(g), len(w), brief(g), brief(w))
	}
	return nil
}

func brief(hits []index.Hit) (list []string) {
	for _, h := range hits[:min(len(hits), 10)] {
		list = append(list, fmt.Sprintf("%s %v %.4f", h.Path, h.Start, h.Score))
	}
	return list
}

// compareAll checks that two stores have the same, in several ways.
func compareAll(t *testing.T, got, want index.Store) {
	t.Helper()
	ctx := context.Background()
	all := func(s index.Store) (list []index.Entry) {
		for e, err := range s.Entries(ctx) {
			must(t, err)
			list = append(list, e)
		}
		slices.SortFunc(list, func(a, b index.Entry) int { return cmp.Compare(a.Path, b.Path) })
		return list
	}
	g, w := all(got), all(want)
	if len(g) != len(w) {
		t.Errorf("%d recordings, want %d", len(g), len(w))
	}
	for i := range min(len(g), len(w)) {
		if g[i].Path != w[i].Path || g[i].Size != w[i].Size || !slices.EqualFunc(g[i].Windows, w[i].Windows, func(a, b audioclip.Window) bool {
			return a.Start == b.Start && a.End == b.End && slices.Equal(a.Vector, b.Vector)
		}) {
			t.Fatalf("recording %d is %s, want %s", i, g[i].Path, w[i].Path)
		}
	}
	r := rand.New(rand.NewPCG(uint64(len(w)), 1))
	for i := range 10 {
		must(t, compareSearch(got, want, index.Query{Vector: randomVector(r), K: 10, Windows: i%2 == 0}))
	}
}

// TestKilledWhileSearching kills a node, then another one, and starts both again.
func TestKilledWhileSearching(t *testing.T) {
	s := startServers(t)
	ctx := context.Background()
	class := newClassName()
	store, want := openServers(t, s, class), index.NewMemory()
	both(t, store, want, func(s index.Store) error { return s.SetIdentity(ctx, identity()) })
	r := rand.New(rand.NewPCG(1, 1))
	for i := range 100 {
		e := randomEntry(r, i)
		both(t, store, want, func(s index.Store) error { return s.Put(ctx, e) })
	}

	var stop atomic.Bool
	var count atomic.Int64
	var slowest atomic.Int64
	var wg sync.WaitGroup
	for w := range 3 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			r := rand.New(rand.NewPCG(2, uint64(w)))
			for !stop.Load() {
				began := time.Now()
				if err := compareSearch(store, want, index.Query{Vector: randomVector(r), K: 10}); err != nil {
					t.Error(err)
				}
				slowest.Store(max(slowest.Load(), int64(time.Since(began))))
				count.Add(1)
			}
		}()
	}
	time.Sleep(time.Second)
	before := time.Duration(slowest.Swap(0))
	s.kill(1)
	time.Sleep(2 * time.Second)
	stop.Store(true)
	wg.Wait()
	t.Logf("%d searches; the slowest before one of three nodes was killed took %v, after that %v", count.Load(), before, time.Duration(slowest.Load()))

	// One that begins now.
	began := time.Now()
	other := openServers(t, s, class)
	must(t, compareSearch(other, want, index.Query{Vector: randomVector(r), K: 10}))
	t.Logf("opened and searched with one of three nodes dead: %v", time.Since(began))

	s.kill(0)
	began = time.Now()
	_, err := store.Search(ctx, index.Query{Vector: randomVector(r), K: 10})
	if err == nil || !strings.Contains(err.Error(), "2 must") {
		t.Errorf("with two of three nodes dead: %v", err)
	}
	t.Logf("with two of three nodes dead, after %v: %v", time.Since(began), err)
	short, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	if err := store.Put(short, randomEntry(r, 1000)); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("writing with two of three nodes dead: %v", err)
	}

	startServers(t)
	compareAll(t, store, want)
}

// TestKilledWhileIndexing has two writers, kills nodes in turn, and starts them again.
func TestKilledWhileIndexing(t *testing.T) {
	s := startServers(t)
	ctx := context.Background()
	class := newClassName()
	store, want := openServers(t, s, class), index.NewMemory()
	both(t, store, want, func(s index.Store) error { return s.SetIdentity(ctx, identity()) })
	var wg sync.WaitGroup
	var written atomic.Int32
	const each = 150
	for w := range 2 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			mine := openServers(t, s, class)
			if err := mine.SetIdentity(ctx, identity()); err != nil {
				t.Error(err)
				return
			}
			r := rand.New(rand.NewPCG(3, uint64(w)))
			for i := range each {
				e := randomEntry(r, 2*(i%100)+w) // the last fifty again
				if err := mine.Put(ctx, e); err != nil {
					t.Error(err)
					return
				}
				if err := want.Put(ctx, e); err != nil {
					t.Error(err)
				}
				if i%10 == 7 {
					if err := mine.Remove(ctx, e.Path); err != nil {
						t.Error(err)
					}
					if err := want.Remove(ctx, e.Path); err != nil {
						t.Error(err)
					}
				}
				written.Add(1)
			}
		}()
	}
	for written.Load() < each/3 && !t.Failed() {
		time.Sleep(10 * time.Millisecond)
	}
	began := time.Now()
	s.kill(2)
	for n := written.Load() + 2; written.Load() < n && !t.Failed(); {
		time.Sleep(time.Millisecond)
	}
	t.Logf("the next recordings were written %v after one of three nodes was killed", time.Since(began))
	wg.Wait()
	compareAll(t, store, want)

	// The node that was dead does not know what was written since; one that knows dies.
	s.start(t, 2)
	s.wait(t, 2)
	s.kill(0)
	compareAll(t, store, want)
	compareAll(t, openServers(t, s, class), want)
	r := rand.New(rand.NewPCG(5, 5))
	for i := range 20 {
		e := randomEntry(r, 7*i)
		both(t, store, want, func(s index.Store) error { return s.Put(ctx, e) })
	}
	startServers(t)
	s.kill(1)
	compareAll(t, store, want)
	startServers(t)
	compareAll(t, store, want)
}

// TestKilledAfterWriting kills the nodes in turn, the first just after the last recording
// was written, which another one missed.
func TestKilledAfterWriting(t *testing.T) {
	s := startServers(t)
	store, want := openServers(t, s, newClassName()), index.NewMemory()
	both(t, store, want, func(s index.Store) error { return s.SetIdentity(t.Context(), identity()) })
	s.kill(2)
	r := rand.New(rand.NewPCG(8, 8))
	for i := range 20 {
		e := randomEntry(r, i)
		both(t, store, want, func(s index.Store) error { return s.Put(t.Context(), e) })
	}
	s.kill(0)
	startServers(t)
	s.kill(1)
	compareAll(t, store, want)
}

// BenchmarkServers writes 2,000 recordings of about nine windows of 512 values, of which
// it says how long that takes, and searches them; beside it, the store in memory.
func BenchmarkServers(b *testing.B) {
	s := startServers(b)
	ctx := context.Background()
	store, want := openServers(b, s, newClassName()), index.NewMemory()
	const dim, recordings = 512, 2000
	r := rand.New(rand.NewPCG(7, 7))
	id := index.Identity{Model: "test", Dim: dim, Probe: randomVectorOf(r, dim)}
	both(b, store, want, func(s index.Store) error { return s.SetIdentity(ctx, id) })
	entries := make([]index.Entry, recordings)
	for i := range entries {
		entries[i] = randomEntry(r, i)
		for k := range entries[i].Windows {
			entries[i].Windows[k].Vector = randomVectorOf(r, dim)
		}
		must(b, want.Put(ctx, entries[i]))
	}
	began := time.Now()
	var next atomic.Int32
	var wg sync.WaitGroup
	for range 4 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for i := next.Add(1) - 1; i < recordings; i = next.Add(1) - 1 {
				if err := store.Put(ctx, entries[i]); err != nil {
					b.Error(err)
				}
			}
		}()
	}
	wg.Wait()
	fmt.Printf("%d recordings written in %v\n", recordings, time.Since(began))
	for _, q := range []index.Query{{K: 10}, {K: 10, Path: "12"}} {
		for name, s := range map[string]index.Store{"weaviate": store, "memory": want} {
			b.Run(fmt.Sprintf("%s/path=%q", name, q.Path), func(b *testing.B) {
				var times []time.Duration
				for range b.N {
					q.Vector = randomVectorOf(r, dim)
					began := time.Now()
					_, err := s.Search(ctx, q)
					must(b, err)
					times = append(times, time.Since(began))
				}
				slices.Sort(times)
				b.ReportMetric(times[len(times)/2].Seconds()*1000, "p50-ms")
				b.ReportMetric(times[len(times)*99/100].Seconds()*1000, "p99-ms")
			})
		}
	}
}
