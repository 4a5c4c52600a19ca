// Package table searches the windows of recordings, whose vectors lie elsewhere.
package table

import (
	"cmp"
	"slices"
	"time"

	"github.com/soundspace/soundspace/audioclip"
	"github.com/soundspace/soundspace/internal/nearest"
)

// Table has codes of the vectors of windows, and for each recording, which has a path, a
// value of type R. Searches may run at the same time, but not while it is changed.
type Table[R any] struct {
	codes      *nearest.Codes
	byPath     map[string]*recording[R]
	recordings []*recording[R] // nil where number is free
	windows    []window        // by id of codes
	freeNumber []int           // numbers of recordings
	freeID     []int
}

type recording[R any] struct {
	path   string
	value  R
	number int
	ids    []int32 // of its windows, ascending: of equal scores, codes has the lower id first
}

type window struct {
	start, end time.Duration
	recording  int32
	index      int32 // among the windows of the recording
}

// New returns an empty table of vectors of dim values.
func New[R any](dim int) *Table[R] {
	return &Table[R]{codes: nearest.NewCodes(dim), byPath: map[string]*recording[R]{}}
}

// Dim returns the length of vectors.
func (t *Table[R]) Dim() int { return t.codes.Dim() }

// Put adds a recording, or replaces the one of the path. The windows are in the order of
// their starts, and their vectors finite. They are not kept.
func (t *Table[R]) Put(path string, value R, windows []audioclip.Window) error {
	t.Remove(path)
	r := &recording[R]{path: path, value: value, ids: make([]int32, len(windows))}
	if n := len(t.freeNumber); n > 0 {
		r.number, t.freeNumber = t.freeNumber[n-1], t.freeNumber[:n-1]
		t.recordings[r.number] = r
	} else {
		r.number = len(t.recordings)
		t.recordings = append(t.recordings, r)
	}
	t.byPath[path] = r
	reused := min(len(t.freeID), len(windows))
	old := t.freeID[len(t.freeID)-reused:]
	slices.Sort(old)
	for i, w := range windows {
		var id int
		var err error
		if i < reused {
			id, err = old[i], t.codes.Put(old[i], w.Vector)
		} else {
			id, err = t.codes.Add(w.Vector)
			t.windows = append(t.windows, window{})
		}
		if err != nil {
			return err
		}
		r.ids[i] = int32(id)
		t.windows[id] = window{w.Start, w.End, int32(r.number), int32(i)}
	}
	t.freeID = t.freeID[:len(t.freeID)-reused]
	return nil
}

// Remove removes the recording of a path, if there is one.
func (t *Table[R]) Remove(path string) {
	r, ok := t.byPath[path]
	if !ok {
		return
	}
	delete(t.byPath, path)
	t.recordings[r.number] = nil
	t.freeNumber = append(t.freeNumber, r.number)
	for _, id := range r.ids {
		t.codes.Remove(int(id))
		t.freeID = append(t.freeID, int(id))
	}
}

// Recordings goes through all recordings, in any order.
func (t *Table[R]) Recordings(yield func(path string, value R) bool) {
	for path, r := range t.byPath {
		if !yield(path, r.value) {
			return
		}
	}
}

// Query says what is looked for (see index.Query).
type Query[R any] struct {
	Vector    []float32
	K, Offset int
	MinScore  float32
	Keep      func(R) bool // nil: all
	Windows   bool
	Workers   int
}

// Hit is what was found.
type Hit[R any] struct {
	Recording  R
	Start, End time.Duration
	Score      float32

	path string
}

// Fetch sets dst to a window's vector, as it was put: that of a number among the
// windows of a recording.
type Fetch[R any] func(dst []float32, recording R, window int) error

// Search returns the best hits, best first; of the same score, in the order of path and
// start.
func (t *Table[R]) Search(q Query[R], fetch Fetch[R]) ([]Hit[R], error) {
	if q.K == 0 || q.Offset >= t.codes.Len() {
		return nil, nil
	}
	need := q.Offset + min(q.K, t.codes.Len()-q.Offset)
	found, err := t.nearest(need, q, fetch)
	if err != nil {
		return nil, err
	}
	var hits []Hit[R]
	for _, h := range found {
		if h.Score >= q.MinScore {
			w := t.windows[h.ID]
			r := t.recordings[w.recording]
			hits = append(hits, Hit[R]{r.value, w.start, w.end, h.Score, r.path})
		}
	}
	slices.SortFunc(hits, func(a, b Hit[R]) int {
		return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(a.path, b.path), cmp.Compare(a.Start, b.Start))
	})
	hits = hits[min(q.Offset, len(hits)):]
	return hits[:min(q.K, len(hits))], nil
}

// nearest returns the best hits, and all those of the same score as the last that is
// needed: which of these come first is not for the codes to say.
func (t *Table[R]) nearest(need int, q Query[R], fetch Fetch[R]) ([]nearest.Hit, error) {
	o := nearest.Options{Workers: q.Workers}
	if q.Keep != nil {
		o.Keep = func(id int) bool { return q.Keep(t.recordings[t.windows[id].recording].value) }
	}
	if !q.Windows {
		o.Group = func(id int) int { return int(t.windows[id].recording) }
	}
	src := source[R]{t, fetch}
	for ask := need + 1; ; ask *= 4 {
		hits, err := t.codes.Search(nil, q.Vector, ask, src, o)
		if err != nil {
			return nil, err
		}
		if len(hits) < ask || hits[ask-1].Score < hits[need-1].Score || hits[need-1].Score < q.MinScore {
			return hits, nil
		}
	}
}

// source has the vectors that codes asks for.
type source[R any] struct {
	t     *Table[R]
	fetch Fetch[R]
}

func (s source[R]) Fetch(dst []float32, ids []int) error {
	dim := s.t.codes.Dim()
	for i, id := range ids {
		w := s.t.windows[id]
		if err := s.fetch(dst[i*dim:][:dim], s.t.recordings[w.recording].value, int(w.index)); err != nil {
			return err
		}
	}
	return nil
}
