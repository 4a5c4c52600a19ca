package weaviate

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/soundspace/soundspace/audioclip"
	"github.com/soundspace/soundspace/audioclip/index"
	"github.com/soundspace/soundspace/audioclip/index/storetest"
)

func TestStore(t *testing.T) {
	storetest.Test(t, func(t *testing.T) index.Store { return newFake(t).open(t) })
}

// filled returns a cluster with n recordings and a store in memory with the same.
func filled(t *testing.T, n int) (*fake, *Store, *index.Memory) {
	t.Helper()
	f := newFake(t)
	store, want := f.open(t), index.NewMemory()
	both(t, store, want, func(s index.Store) error { return s.SetIdentity(t.Context(), identity()) })
	r := rand.New(rand.NewPCG(1, 1))
	for i := range n {
		e := randomEntry(r, i)
		both(t, store, want, func(s index.Store) error { return s.Put(t.Context(), e) })
	}
	return f, store, want
}

// TestStale has each node miss other changes.
func TestStale(t *testing.T) {
	f, store, want := filled(t, 30)
	r := rand.New(rand.NewPCG(2, 2))
	for round := range 9 {
		f.set(round%3, true)
		for k := range 5 {
			e := randomEntry(r, r.IntN(40))
			both(t, store, want, func(s index.Store) error { return s.Put(t.Context(), e) })
			if k == 2 {
				path := randomEntry(r, r.IntN(40)).Path
				both(t, store, want, func(s index.Store) error { return s.Remove(t.Context(), path) })
			}
		}
		compareAll(t, store, want)
		f.set(round%3, false)
		f.set((round+1)%3, true)
		compareAll(t, f.open(t), want)
		f.set((round+1)%3, false)
	}
}

func TestTwoDead(t *testing.T) {
	f, store, _ := filled(t, 3)
	f.set(0, true)
	f.set(2, true)
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	q := index.Query{Vector: identity().Probe, K: 3}
	if _, err := store.Search(ctx, q); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Search: %v", err)
	}
	if err := store.Put(ctx, randomEntry(rand.New(rand.NewPCG(1, 2)), 7)); err == nil {
		t.Error("Put did not fail")
	}
	// Whether the one that lives has answered by then is chance.
	_, err := store.Search(t.Context(), q)
	if err == nil || !strings.Contains(err.Error(), ": 0 of 3 nodes answered, 2 must") && !strings.Contains(err.Error(), ": 1 of 3 nodes answered, 2 must") || !strings.Contains(err.Error(), f.nodes[2].server.URL) {
		t.Errorf("Search: %v", err)
	}
}

// TestHanging has a node that takes requests and never answers.
func TestHanging(t *testing.T) {
	f, store, want := filled(t, 10)
	done := make(chan struct{})
	defer close(done)
	var asked atomic.Int64
	f.spoilWith(func(node int, w http.ResponseWriter, r *http.Request, body string) bool {
		if node != 1 {
			return false
		}
		asked.Add(1)
		select {
		case <-done:
		case <-r.Context().Done():
		}
		return true
	})
	began := time.Now()
	for range 10 {
		if err := compareSearch(store, want, index.Query{Vector: identity().Probe, K: 3}); err != nil {
			t.Fatal(err)
		}
	}
	if n, most := asked.Load(), 2+int64(time.Since(began)/avoid); n > most {
		t.Errorf("in ten searches the node that hangs was asked %d times, at most %d are right: it is not asked last", n, most)
	}
}

// TestHalfWritten looks at a recording while it is being written, and after that failed.
func TestHalfWritten(t *testing.T) {
	f, store, want := filled(t, 5)
	r := rand.New(rand.NewPCG(4, 4))
	e := randomEntry(r, 2)
	for len(e.Windows) < 4 {
		e = randomEntry(r, 2)
	}
	look := f.open(t)
	f.spoilWith(func(node int, w http.ResponseWriter, r *http.Request, body string) bool {
		if !strings.Contains(body, `"state":"present"`) {
			return false
		}
		compareAll(t, look, want) // all windows are there, but they do not count
		http.Error(w, `{"error":[{"message":"the disk is full"}]}`, http.StatusUnprocessableEntity)
		return true
	})
	if err := store.Put(t.Context(), e); err == nil || !strings.Contains(err.Error(), "the disk is full") || !strings.Contains(err.Error(), e.Path) {
		t.Errorf("Put: %v", err)
	}
	f.spoilWith(nil)
	compareAll(t, look, want)
	both(t, store, want, func(s index.Store) error { return s.Put(t.Context(), e) })
	compareAll(t, look, want)
}

// TestLong has a recording of more windows than a server returns.
func TestLong(t *testing.T) {
	if testing.Short() {
		t.Skip("ten thousand windows")
	}
	_, store, want := filled(t, 10)
	r := rand.New(rand.NewPCG(5, 5))
	e := randomEntry(r, 11)
	v := randomVector(r)
	e.Windows = nil
	for k := range maxResults + 500 {
		start := time.Duration(k) * time.Second
		e.Windows = append(e.Windows, audioclip.Window{Start: start, End: start + 5*time.Second, Vector: v})
	}
	both(t, store, want, func(s index.Store) error { return s.Put(t.Context(), e) })
	for _, q := range []index.Query{{K: 5}, {K: 20, Windows: true}, {K: 20, Offset: maxResults + 490, Windows: true, MinScore: -1}} {
		q.Vector = v
		if err := compareSearch(store, want, q); err != nil {
			t.Error(err)
		}
	}
}

// TestSweep deletes what does not count, when it is old enough, and nothing else.
func TestSweep(t *testing.T) {
	f, store, want := filled(t, 6)
	r := rand.New(rand.NewPCG(6, 6))
	count := func() (n int) {
		for _, objects := range f.nodes[0].objects {
			for _, o := range objects {
				if o.Properties["version"] != nil {
					n++
				}
			}
		}
		return n
	}
	before := count()
	for i := range 3 {
		e := randomEntry(r, i)
		both(t, store, want, func(s index.Store) error { return s.Put(t.Context(), e) })
	}
	both(t, store, want, func(s index.Store) error { return s.Remove(t.Context(), randomEntry(r, 5).Path) })
	must(t, store.SetIdentity(t.Context(), identity()))
	if n := count(); n <= before {
		t.Errorf("there are %d objects, there were %d: what was replaced just now was deleted", n, before)
	}
	// An hour passes.
	for i := range f.nodes {
		for _, class := range []string{store.recordingClass(), store.windowClass(dim)} {
			for _, o := range f.nodes[i].objects[class] {
				v, _ := o.Properties["version"].(string)
				at, ok := versionTime(v)
				if !ok {
					continue
				}
				o.Properties["version"] = fmt.Sprintf("%016x%s", at.Add(-sweepAfter).UnixNano(), v[16:])
			}
		}
	}
	must(t, store.SetIdentity(t.Context(), identity()))
	compareAll(t, store, want)
	records, windows := 6, 0
	for e, err := range want.Entries(t.Context()) {
		must(t, err)
		windows += len(e.Windows)
	}
	if n := count(); n != 1+records+windows {
		t.Errorf("%d objects are left, want one of the model, %d of recordings (one that is gone), %d of windows", n, records, windows)
	}
}

func TestAnswers(t *testing.T) {
	f, store, _ := filled(t, 5)
	q := index.Query{Vector: identity().Probe, K: 3}
	class := store.windowClass(dim)
	for name, test := range map[string]struct{ answer, want string }{
		"no JSON":      {`<html>`, "cannot be read"},
		"GraphQL":      {`{"errors":[{"message":"out of memory"}]}`, "out of memory"},
		"nothing":      {`{}`, "without what was asked for"},
		"no distance":  {`{"data":{"Get":{"` + class + `":[{"span":"0 1","values":"` + encodeVector(q.Vector) + `"}]}}}`, "no distance"},
		"not its own":  {`{"data":{"Get":{"` + class + `":[{"span":"0 1","values":"` + encodeVector(q.Vector) + `","_additional":{"distance":-0.5}}]}}}`, "is not at the distance"},
		"short vector": {`{"data":{"Get":{"` + class + `":[{"span":"0 1","values":"AAAA","_additional":{"distance":-0.5}}]}}}`, "a vector that cannot be read"},
		"bad span":     {`{"data":{"Get":{"` + class + `":[{"span":"5 1","values":"` + encodeVector(q.Vector) + `","_additional":{"distance":-1}}]}}}`, "the span"},
	} {
		f.spoilWith(func(node int, w http.ResponseWriter, r *http.Request, body string) bool {
			if strings.Contains(body, "nearVector") {
				w.Write([]byte(test.answer))
				return true
			}
			return false
		})
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
			defer cancel()
			_, err := askOnceSearch(ctx, store, q)
			if err == nil || !strings.Contains(err.Error(), test.want) || !strings.Contains(err.Error(), "http://127.0.0.1:") {
				t.Errorf("error %v, want %q and a node", err, test.want)
			}
		})
	}
}

// askOnceSearch is Search without the patience.
func askOnceSearch(ctx context.Context, s *Store, q index.Query) ([]index.Hit, error) {
	defer func(p time.Duration) { s.cluster.patience = p }(s.cluster.patience)
	s.cluster.patience = 0
	return s.Search(ctx, q)
}

func TestKey(t *testing.T) {
	t.Setenv(keyVariable, "open sesame")
	f := newFake(t)
	var refused atomic.Int64
	f.spoilWith(func(node int, w http.ResponseWriter, r *http.Request, body string) bool {
		if r.Header.Get("Authorization") == "Bearer open sesame" {
			return false
		}
		refused.Add(1)
		http.Error(w, `{"error":[{"message":"anonymous access not enabled"}]}`, http.StatusUnauthorized)
		return true
	})
	f.open(t)
	t.Setenv(keyVariable, "wrong")
	_, err := Open(t.Context(), f.address())
	if err == nil || !strings.Contains(err.Error(), "anonymous access not enabled") || strings.Contains(err.Error(), "wrong") {
		t.Errorf("Open: %v", err)
	}
	if n := refused.Load(); n > int64(len(f.nodes)) {
		t.Errorf("what cannot succeed was asked %d times", n)
	}
}

func TestForeignClass(t *testing.T) {
	f, _, _ := filled(t, 1)
	f.classes["SoundspaceModel"] = []byte(`{"class":"SoundspaceModel","description":"mine","vectorIndexType":"hnsw"}`)
	if _, err := Open(t.Context(), f.address()); err == nil || !strings.Contains(err.Error(), `"mine"`) {
		t.Errorf("Open: %v", err)
	}
}

func TestTooFewAddresses(t *testing.T) {
	f, _, _ := filled(t, 1)
	one, _, _ := strings.Cut(f.address(), ",")
	if _, err := Open(t.Context(), one); err == nil || !strings.Contains(err.Error(), "name 2 of them at least") {
		t.Errorf("Open: %v", err)
	}
	two := f.address()[:strings.LastIndex(f.address(), ",")]
	s, err := Open(t.Context(), two)
	must(t, err)
	s.Close()
}

func TestAddress(t *testing.T) {
	nodes, class, err := parseAddress("weaviate://Host:8080,[::1]:81/Birds2")
	if err != nil || strings.Join(nodes, " ") != "http://host:8080 http://[::1]:81" || class != "Birds2" {
		t.Errorf("%q %q %v", nodes, class, err)
	}
	nodes, class, err = parseAddress("weaviates://h:443/")
	if err != nil || strings.Join(nodes, " ") != "https://h:443" || class != defaultClass {
		t.Errorf("%q %q %v", nodes, class, err)
	}
	for _, a := range []string{"", "weaviate://", "weaviate://host", "http://host:1", "weaviate://host:0", "weaviate://host:65536", "weaviate://:80", "weaviate://h:1,h:1", "weaviate://h:1,",
		"weaviate://h:1/birds", "weaviate://h:1/A/B", "weaviate://h:1/A?x=1", "weaviate://h:1/A-B", "weaviate://h h:1", "weaviate://h#:1", "weaviate://key@h:1"} {
		if nodes, class, err := parseAddress(a); err == nil || strings.Contains(err.Error(), "key@") {
			t.Errorf("%q: %q %q %v", a, nodes, class, err)
		}
	}
}
