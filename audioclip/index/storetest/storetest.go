// Package storetest tests that an index.Store keeps what its interface promises.
package storetest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"math"
	"math/rand/v2"
	"path"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/soundspace/soundspace/audioclip"
	"github.com/soundspace/soundspace/audioclip/index"
)

// dim is the length of the vectors of the tests.
const dim = 24

// Test runs all tests. Each gets stores of its own from open, which are empty, and which
// it closes.
func Test(t *testing.T, open func(t *testing.T) index.Store) {
	for _, test := range []struct {
		name string
		run  func(t *testing.T, s index.Store)
	}{
		{"Identity", testIdentity},
		{"Entries", testEntries},
		{"Refused", testRefused},
		{"Search", testSearch},
		{"SearchTies", testSearchTies},
		{"SearchChanged", testSearchChanged},
		{"Paths", testPaths},
		{"Concurrent", testConcurrent},
		{"Cancelled", testCancelled},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := open(t)
			test.run(t, s)
			if err := s.Close(); err != nil {
				t.Errorf("Close: %v", err)
			}
		})
	}
}

// identity returns the identity of a model whose probe is unit vector i.
func identity(name string, i int) index.Identity {
	id := index.Identity{Model: name, Dim: dim, Probe: make([]float32, dim)}
	id.Probe[i] = 1
	return id
}

func unit(v []float32) []float32 {
	sum := 0.0
	for _, x := range v {
		sum += float64(x) * float64(x)
	}
	for i := range v {
		v[i] = float32(float64(v[i]) / math.Sqrt(sum))
	}
	return v
}

func randomVector(r *rand.Rand) []float32 {
	v := make([]float32, dim)
	for i := range v {
		v[i] = float32(r.NormFloat64())
	}
	return unit(v)
}

// entry returns a recording with windows of five seconds, half of that apart.
func entry(r *rand.Rand, path string, windows int) index.Entry {
	e := index.Entry{File: index.File{
		Path:       path,
		Size:       r.Int64N(1 << 40),
		ModTime:    time.Unix(1.7e9, r.Int64N(1e9)),
		Format:     "FLAC",
		SampleRate: 44100,
		Channels:   1 + r.IntN(6),
		Duration:   time.Duration(windows+1) * 2500 * time.Millisecond,
	}}
	for i := range e.Hash {
		e.Hash[i] = byte(r.Uint32())
	}
	for i := range windows {
		start := time.Duration(i) * 2500 * time.Millisecond
		e.Windows = append(e.Windows, audioclip.Window{Start: start, End: start + 5*time.Second, Vector: randomVector(r)})
	}
	return e
}

func random() *rand.Rand { return rand.New(rand.NewPCG(6, 0)) }

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func start(t *testing.T, s index.Store) {
	t.Helper()
	must(t, s.SetIdentity(context.Background(), identity("a", 0)))
}

// collection puts recordings of one to thirty windows into the store.
func collection(t *testing.T, s index.Store, n int) []index.Entry {
	t.Helper()
	start(t, s)
	r := random()
	var list []index.Entry
	for i := range n {
		e := entry(r, fmt.Sprintf("/sounds/%c/clip %d.wav", 'a'+i%3, i), 1+r.IntN(30))
		must(t, s.Put(context.Background(), e))
		list = append(list, e)
	}
	return list
}

func same(a, b index.Entry) bool {
	return sameFile(a.File, b.File) && reflect.DeepEqual(a.Windows, b.Windows)
}

func sameFile(a, b index.File) bool {
	equal := a.ModTime.Equal(b.ModTime)
	a.ModTime = b.ModTime
	return equal && a == b
}

func collect[T any](t *testing.T, seq iter.Seq2[T, error]) (list []T) {
	t.Helper()
	for v, err := range seq {
		must(t, err)
		list = append(list, v)
	}
	return list
}

func paths[T any](list []T, path func(T) string) []string {
	names := []string{}
	for _, v := range list {
		names = append(names, path(v))
	}
	return names
}

func filePaths(t *testing.T, s index.Store) []string {
	t.Helper()
	return paths(collect(t, s.Files(context.Background())), func(f index.File) string { return f.Path })
}

func testIdentity(t *testing.T, s index.Store) {
	ctx := context.Background()
	id, err := s.Identity(ctx)
	must(t, err)
	if id.Model != "" || id.Dim != 0 || len(id.Probe) != 0 {
		t.Errorf("an empty store has the identity %v", id)
	}
	if err := s.SetIdentity(ctx, index.Identity{Model: "none"}); err == nil {
		t.Error("an identity without values was taken")
	}
	must(t, s.SetIdentity(ctx, identity("a", 0)))
	must(t, s.SetIdentity(ctx, identity("b", 1))) // there is no vector yet
	must(t, s.Put(ctx, entry(random(), "/a.wav", 1)))
	if err := s.SetIdentity(ctx, identity("c", 2)); !errors.Is(err, index.ErrOtherModel) || !strings.Contains(fmt.Sprint(err), `"b"`) || !strings.Contains(fmt.Sprint(err), `"c"`) {
		t.Errorf("another model: %v", err)
	}
	must(t, s.SetIdentity(ctx, identity("b in int8", 1)))
	id, err = s.Identity(ctx)
	must(t, err)
	if want := identity("b", 1); !reflect.DeepEqual(id, want) {
		t.Errorf("identity %v, want %v", id, want)
	}
	must(t, index.Clear(ctx, s))
	if names := filePaths(t, s); len(names) != 0 {
		t.Errorf("there is %q after Clear", names)
	}
	must(t, s.SetIdentity(ctx, identity("c", 2)))
}

func testEntries(t *testing.T, s index.Store) {
	ctx := context.Background()
	if list := collect(t, s.Files(ctx)); len(list) != 0 {
		t.Errorf("an empty store has %v", list)
	}
	list := collection(t, s, 20)
	for _, e := range list {
		got, err := s.Get(ctx, e.ID())
		must(t, err)
		if !same(got, e) {
			t.Errorf("got %v, want %v", got, e)
		}
		file, err := s.File(ctx, e.ID())
		must(t, err)
		if !sameFile(file, e.File) {
			t.Errorf("got %v, want %v", file, e.File)
		}
		// What was returned is the caller's.
		got.Windows[0].Vector[0] += 1
		got.Windows[0].Start += time.Hour
	}
	// So is what was put.
	changed := entry(random(), list[0].Path, 2)
	kept := entry(random(), list[0].Path, 2)
	must(t, s.Put(ctx, changed))
	changed.Windows[1].Vector[2]++
	changed.Windows[0].End = 0
	list[0] = kept
	for _, id := range []string{index.ID("/no.wav"), "'; no ID", "", list[1].ID() + "00", strings.ToUpper(list[1].ID())} {
		if _, err := s.Get(ctx, id); !errors.Is(err, index.ErrNotFound) {
			t.Errorf("Get of %q, which is not there: %v", id, err)
		}
		if _, err := s.File(ctx, id); !errors.Is(err, index.ErrNotFound) {
			t.Errorf("File of %q, which is not there: %v", id, err)
		}
	}
	must(t, s.Remove(ctx, list[3].Path, "/no.wav", list[7].Path))
	must(t, s.Remove(ctx))
	list = slices.Delete(slices.Delete(list, 7, 8), 3, 4)
	slices.SortFunc(list, func(a, b index.Entry) int { return cmp.Compare(a.Path, b.Path) })

	files := collect(t, s.Files(ctx))
	if len(files) != len(list) {
		t.Fatalf("%d recordings, want %d", len(files), len(list))
	}
	for i, e := range list {
		if !sameFile(files[i], e.File) {
			t.Errorf("recording %d is %v, want %v", i, files[i], e.File)
		}
	}
	entries := collect(t, s.Entries(ctx))
	slices.SortFunc(entries, func(a, b index.Entry) int { return cmp.Compare(a.Path, b.Path) })
	if !slices.EqualFunc(entries, list, same) {
		t.Error("Entries has not what was put")
	}
	for range s.Files(ctx) { // stopping is allowed
		break
	}
	for range s.Entries(ctx) {
		break
	}
	// A loop may change what it goes through.
	for f, err := range s.Files(ctx) {
		must(t, err)
		must(t, s.Remove(ctx, f.Path))
	}
	if names := filePaths(t, s); len(names) != 0 {
		t.Errorf("%q was not removed", names)
	}
}

func testRefused(t *testing.T, s index.Store) {
	ctx := context.Background()
	if err := s.Put(ctx, entry(random(), "/early.wav", 1)); err == nil {
		t.Error("a recording was taken before the model was said")
	}
	list := collection(t, s, 3)
	for name, spoil := range map[string]func(e *index.Entry){
		"no path":          func(e *index.Entry) { e.Path = "" },
		"no window":        func(e *index.Entry) { e.Windows = nil },
		"too short":        func(e *index.Entry) { e.Windows[1].Vector = e.Windows[1].Vector[1:] },
		"not of length 1":  func(e *index.Entry) { e.Windows[1].Vector = make([]float32, dim) },
		"NaN":              func(e *index.Entry) { e.Windows[1].Vector[3] = float32(math.NaN()) },
		"infinite":         func(e *index.Entry) { e.Windows[1].Vector[3] = float32(math.Inf(1)) },
		"ends too early":   func(e *index.Entry) { e.Windows[1].End = e.Windows[1].Start - 1 },
		"not in the order": func(e *index.Entry) { slices.Reverse(e.Windows) },
	} {
		e := entry(random(), list[1].Path, 2)
		if spoil(&e); s.Put(ctx, e) == nil {
			t.Errorf("%s: taken", name)
		}
	}
	v := list[0].Windows[0].Vector
	for name, q := range map[string]index.Query{
		"no vector":         {K: 1},
		"too long":          {K: 1, Vector: append([]float32{0}, v...)},
		"NaN":               {K: 1, Vector: append([]float32{float32(math.NaN())}, v[1:]...)},
		"negative K":        {K: -1, Vector: v},
		"negative Offset":   {K: 1, Offset: -1, Vector: v},
		"MinScore":          {K: 1, MinScore: float32(math.NaN()), Vector: v},
		"pattern":           {K: 1, Path: "[a", Vector: v},
		"negative duration": {K: 1, MinDuration: -1, Vector: v},
	} {
		if _, err := s.Search(ctx, q); err == nil {
			t.Errorf("%s: searched", name)
		}
	}
	for _, e := range list {
		if got, err := s.Get(ctx, e.ID()); err != nil || !same(got, e) {
			t.Errorf("after what was refused: %v %v, want %v", got, err, e)
		}
	}
	if n := len(filePaths(t, s)); n != len(list) {
		t.Errorf("%d recordings, want %d", n, len(list))
	}
}

// search is what Store.Search must give, the slow way.
func search(list []index.Entry, q index.Query) []index.Hit {
	var hits []index.Hit
	for _, e := range list {
		if !allowed(e, q) {
			continue
		}
		var windows []index.Hit
		for _, w := range e.Windows {
			score := 0.0
			for i, x := range w.Vector {
				score += float64(x) * float64(q.Vector[i])
			}
			if score >= float64(q.MinScore) {
				windows = append(windows, index.Hit{File: e.File, Start: w.Start, End: w.End, Score: float32(score)})
			}
		}
		slices.SortStableFunc(windows, func(a, b index.Hit) int { return cmp.Compare(b.Score, a.Score) })
		if !q.Windows && len(windows) > 1 {
			windows = windows[:1]
		}
		hits = append(hits, windows...)
	}
	slices.SortFunc(hits, func(a, b index.Hit) int {
		return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(a.Path, b.Path), cmp.Compare(a.Start, b.Start))
	})
	hits = hits[min(len(hits), q.Offset):]
	return hits[:min(len(hits), q.K)]
}

// allowed is for patterns of one or two elements.
func allowed(e index.Entry, q index.Query) bool {
	ok := strings.Contains(strings.ToLower(e.Path), strings.ToLower(q.Path))
	if strings.ContainsAny(q.Path, "*?[") {
		elements := strings.Split(e.Path, "/")
		elements = elements[len(elements)-1-strings.Count(q.Path, "/"):]
		ok, _ = path.Match(strings.ToLower(q.Path), strings.ToLower(strings.Join(elements, "/")))
	}
	return ok && e.Duration >= q.MinDuration && (q.MaxDuration == 0 || e.Duration <= q.MaxDuration)
}

// compare checks hits against what they must be. Scores may differ by how they are
// rounded.
func compare(t *testing.T, what string, got, want []index.Hit) {
	t.Helper()
	if len(got) != len(want) {
		t.Errorf("%s: %d hits, want %d", what, len(got), len(want))
		return
	}
	for i, w := range want {
		g := got[i]
		if !sameFile(g.File, w.File) || g.Start != w.Start || g.End != w.End || !(math.Abs(float64(g.Score-w.Score)) <= 1e-6) {
			t.Errorf("%s: hit %d is %s %v–%v %.7f, want %s %v–%v %.7f", what, i, g.Path, g.Start, g.End, g.Score, w.Path, w.Start, w.End, w.Score)
			return
		}
	}
}

func check(t *testing.T, s index.Store, list []index.Entry, q index.Query) {
	t.Helper()
	got, err := s.Search(context.Background(), q)
	must(t, err)
	q.Vector = slices.Clone(q.Vector)
	want := search(list, q)
	q.Vector = nil
	compare(t, fmt.Sprintf("%+v", q), got, want)
}

func testSearch(t *testing.T, s index.Store) {
	r := random()
	v := randomVector(r)
	must(t, s.Remove(context.Background(), "/nothing.wav"))
	if hits, err := s.Search(context.Background(), index.Query{Vector: v, K: 3}); err != nil || len(hits) != 0 {
		t.Errorf("an empty store: %v, %v", hits, err)
	}
	list := collection(t, s, 60)
	for _, q := range []index.Query{
		{K: 10},
		{K: 1},
		{},
		{K: 7, Offset: 5},
		{K: 7, Offset: 1000},
		{K: 1000},
		{K: 1000, MinScore: float32(math.Inf(-1))},
		{K: 1000, MinScore: 0.4},
		{K: 10, MinScore: 2},
		{K: 1000, Windows: true},
		{K: 20, Offset: 30, Windows: true},
		{K: 1000, MinScore: float32(math.Inf(-1)), Windows: true},
		{K: 10, Path: "SOUNDS/A"},
		{K: 10, Path: "nowhere"},
		{K: 30, Path: "clip ?.WAV"},
		{K: 30, Path: "[bc]/*[37]*"},
		{K: 30, Path: "*.flac"},
		{K: 10, MinDuration: 30 * time.Second},
		{K: 10, MaxDuration: 30 * time.Second},
		{K: 10, MinDuration: 10 * time.Second, MaxDuration: 12500 * time.Millisecond, Windows: true},
		{K: 10, Path: "b/", MinDuration: 10 * time.Second, MinScore: -1},
	} {
		q.Vector = v
		check(t, s, list, q)
	}
	for i := range 20 {
		q := index.Query{Vector: randomVector(r), K: 1 + r.IntN(20), Offset: r.IntN(5), Windows: i%2 == 0}
		for d := range q.Vector { // scores are not cosines then
			q.Vector[d] *= 3
		}
		got, err := s.Search(context.Background(), q)
		must(t, err)
		want := search(list, q)
		for i := range min(len(got), len(want)) {
			got[i].Score, want[i].Score = got[i].Score/3, want[i].Score/3
		}
		compare(t, "a long vector", got, want)
	}
}

// testSearchTies has many windows of the same vectors.
func testSearchTies(t *testing.T, s index.Store) {
	ctx := context.Background()
	start(t, s)
	r := random()
	few := [][]float32{randomVector(r), randomVector(r), randomVector(r)}
	var list []index.Entry
	for _, i := range r.Perm(40) {
		e := entry(r, fmt.Sprintf("/ties/%02d.wav", i), 12)
		for w := range e.Windows {
			e.Windows[w].Vector = few[(i+w/4)%3]
		}
		must(t, s.Put(ctx, e))
		list = append(list, e)
	}
	for _, v := range few {
		for _, k := range []int{1, 5, 17, 40} {
			check(t, s, list, index.Query{Vector: v, K: k})
			check(t, s, list, index.Query{Vector: v, K: k, Offset: 9})
			check(t, s, list, index.Query{Vector: v, K: k, Windows: true})
			check(t, s, list, index.Query{Vector: v, K: k, Offset: 130, Windows: true, MinScore: -1})
			check(t, s, list, index.Query{Vector: v, K: k, Path: "/*[02468].wav"})
		}
	}
}

// testSearchChanged searches after recordings were replaced, removed and added.
func testSearchChanged(t *testing.T, s index.Store) {
	ctx := context.Background()
	list := collection(t, s, 30)
	r := rand.New(rand.NewPCG(7, 0))
	for range 10 {
		for range 3 {
			i := r.IntN(len(list))
			must(t, s.Remove(ctx, list[i].Path))
			list = slices.Delete(list, i, i+1)
		}
		i := r.IntN(len(list))
		list[i] = entry(r, list[i].Path, 1+r.IntN(40))
		must(t, s.Put(ctx, list[i]))
		e := entry(r, fmt.Sprintf("/more/%d.ogg", r.Uint32()), 1+r.IntN(4))
		must(t, s.Put(ctx, e))
		list = append(list, e)
		v := randomVector(r)
		check(t, s, list, index.Query{Vector: v, K: 10})
		check(t, s, list, index.Query{Vector: v, K: 1000, MinScore: -1, Windows: true})
	}
}

// testPaths has names that need care in files, queries and URLs.
func testPaths(t *testing.T, s index.Store) {
	ctx := context.Background()
	start(t, s)
	r := random()
	var list []index.Entry
	for _, name := range []string{
		"/Case.wav", "/case.wav", "/a/Case.wav", "/a b/c'd\"e.wav", "/%/_.wav", "/new\nline.wav", "/tab\t\\back.wav",
		"/\u00fc.wav", "/u\u0308.wav", "/\u4e2d\u6587/\U0001f415.wav", "/<script>.wav", "/../x.wav", "/" + strings.Repeat("long/", 700) + "x.wav", "/not UTF-8 \xff\xfe.wav", "rel.wav",
	} {
		e := entry(r, filepath.FromSlash(name), 2)
		must(t, s.Put(ctx, e))
		list = append(list, e)
	}
	for _, e := range list {
		got, err := s.Get(ctx, e.ID())
		if err != nil || !same(got, e) {
			t.Errorf("%q: got %v, %v", e.Path, got, err)
		}
		if file, err := s.File(ctx, e.ID()); err != nil || !sameFile(file, e.File) {
			t.Errorf("%q: got %v, %v", e.Path, file, err)
		}
	}
	want := paths(list, func(e index.Entry) string { return e.Path })
	slices.Sort(want)
	if got := filePaths(t, s); !slices.Equal(got, want) {
		t.Errorf("paths are %q, want %q", got, want)
	}
	for _, q := range []index.Query{{}, {Path: "case"}, {Path: "%"}, {Path: "_"}, {Path: "'"}, {Path: `"`}, {Path: "\u00dc"}, {Path: "\U0001f415"}} {
		q.Vector, q.K, q.MinScore = randomVector(r), 100, -2
		check(t, s, list, q)
	}
	must(t, s.Remove(ctx, list[0].Path))
	if got := filePaths(t, s); len(got) != len(list)-1 || !slices.Contains(got, list[1].Path) {
		t.Errorf("after %q was removed there are %q", list[0].Path, got)
	}
}

// testConcurrent writes and reads at once.
func testConcurrent(t *testing.T, s index.Store) {
	ctx := context.Background()
	start(t, s)
	const writers, each = 4, 15
	var wg sync.WaitGroup
	lists := make([][]index.Entry, writers)
	for w := range writers {
		wg.Add(2)
		go func() {
			defer wg.Done()
			r := rand.New(rand.NewPCG(8, uint64(w)))
			for i := range each {
				p := fmt.Sprintf("/%d/%d.wav", w, i)
				if err := s.Put(ctx, entry(r, p, 3)); err != nil {
					t.Errorf("Put: %v", err)
				}
				e := entry(r, p, 5)
				if err := s.Put(ctx, e); err != nil {
					t.Errorf("Put: %v", err)
				}
				if i%3 == 0 {
					if err := s.Remove(ctx, p); err != nil {
						t.Errorf("Remove: %v", err)
					}
					continue
				}
				lists[w] = append(lists[w], e)
			}
		}()
		go func() {
			defer wg.Done()
			r := rand.New(rand.NewPCG(9, uint64(w)))
			for range each {
				hits, err := s.Search(ctx, index.Query{Vector: randomVector(r), K: 1000, MinScore: -1, Windows: true})
				if err != nil {
					t.Errorf("Search: %v", err)
				}
				windows := map[string]int{}
				for _, h := range hits {
					windows[h.Path]++
				}
				for p, n := range windows {
					if n != 3 && n != 5 {
						t.Errorf("%s was found with %d windows, has 3 or 5", p, n)
					}
				}
				for f, err := range s.Files(ctx) {
					if err != nil {
						t.Errorf("Files: %v", err)
					}
					if e, err := s.Get(ctx, f.ID()); err == nil && len(e.Windows) != 3 && len(e.Windows) != 5 || err != nil && !errors.Is(err, index.ErrNotFound) {
						t.Errorf("Get: %d windows, %v", len(e.Windows), err)
					}
				}
			}
		}()
	}
	wg.Wait()
	check(t, s, slices.Concat(lists...), index.Query{Vector: randomVector(random()), K: 1000, MinScore: -1, Windows: true})
}

// testCancelled calls methods with a context that is done: they end with its error, or
// have done all.
func testCancelled(t *testing.T, s index.Store) {
	list := collection(t, s, 3)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	e := entry(random(), "/cancelled.wav", 3)
	put := s.Put(ctx, e)
	remove := s.Remove(ctx, list[0].Path)
	for what, err := range map[string]error{"Put": put, "Remove": remove} {
		if err != nil && !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v", what, err)
		}
	}
	names := filePaths(t, s)
	if slices.Contains(names, e.Path) != (put == nil) || slices.Contains(names, list[0].Path) == (remove == nil) {
		t.Errorf("Put %v, Remove %v, and there is %q", put, remove, names)
	}
	if hits, err := s.Search(ctx, index.Query{Vector: list[0].Windows[0].Vector, K: 1}); err == nil && len(hits) == 0 || err != nil && !errors.Is(err, context.Canceled) {
		t.Errorf("Search: %v, %v", hits, err)
	}
}
