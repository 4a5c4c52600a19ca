package weaviate

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"time"

	"github.com/soundspace/soundspace/audioclip/index"
)

const (
	// fewWindows is how many windows the recordings that a filter leaves may have to be
	// compared one by one.
	fewWindows = 5000
	// maxRead is how many versions are known to have been read.
	maxRead = 1 << 17
)

// search is a search that is going on.
type search struct {
	*Store
	query  index.Query
	allows func(index.File) bool // nil: all
	need   int                   // how many hits, with those that Offset leaves out
	norm   float64               // of the query
	unit   []float32             // the query with length 1
	class  string
	// margin is what scores computed here and the server's may differ, for vectors of
	// length 1: |fl(x·y) − x·y| ≤ n·2⁻²⁴/(1−n·2⁻²⁴)·Σ|xᵢyᵢ| in any order, once there and once
	// for rounding the query to unit length, doubled.
	margin float64
}

// Search implements index.Store. Scores are summed in float64 and rounded once.
func (s *Store) Search(ctx context.Context, q index.Query) ([]index.Hit, error) {
	m, err := s.model(ctx)
	if err != nil {
		return nil, err
	}
	if err := q.Check(m.Dim); err != nil {
		return nil, err
	}
	allows, err := q.Filter()
	if err != nil {
		return nil, err
	}
	if q.K == 0 || m.Dim == 0 {
		return nil, nil
	}
	norm := math.Sqrt(dot(q.Vector, q.Vector))
	unit := make([]float32, m.Dim)
	for i, x := range q.Vector {
		if norm > 0 {
			unit[i] = float32(float64(x) / norm)
		}
	}
	f := &search{
		Store: s, query: q, allows: allows, norm: norm, unit: unit, class: s.windowClass(m.Dim),
		need:   q.Offset + min(q.K, math.MaxInt-q.Offset),
		margin: 4 * float64(m.Dim+16) / (1 << 24),
	}
	if allows != nil {
		list, windows, err := f.allowed(ctx)
		if err != nil {
			return nil, err
		}
		if windows <= fewWindows {
			return f.all(ctx, list)
		}
	}
	for limit := f.firstLimit(); limit < maxResults; limit *= 4 {
		hits, complete, err := f.best(ctx, limit)
		if err != nil {
			return nil, err
		}
		if complete {
			return f.cut(hits), nil
		}
	}
	list, _, err := f.allowed(ctx)
	if err != nil {
		return nil, err
	}
	return f.all(ctx, list)
}

// firstLimit is how many windows are asked for at first: neighbouring ones are alike, so
// that recordings have several among the best.
func (f *search) firstLimit() int {
	if f.query.Windows {
		return 16 + min(f.need, maxResults)
	}
	return 32 + 2*min(f.need, maxResults)
}

// allowed returns the recordings that may be found and how many windows they have.
func (f *search) allowed(ctx context.Context) (list []record, windows int, err error) {
	all, err := f.recordings(ctx)
	for _, r := range all {
		if r.file.Dim == len(f.unit) && (f.allows == nil || f.allows(r.File)) {
			list = append(list, r)
			windows += r.file.Windows
		}
	}
	return list, windows, err
}

// all compares all windows of recordings.
func (f *search) all(ctx context.Context, list []record) ([]index.Hit, error) {
	var hits []index.Hit
	for _, p := range pieces(list, pageSize) {
		windows, err := f.windows(ctx, p, len(f.unit))
		if err != nil {
			return nil, err
		}
		for i, r := range p.records {
			for _, w := range windows[i] {
				hits = append(hits, index.Hit{File: r.File, Start: w.Start, End: w.End, Score: float32(dot(f.query.Vector, w.Vector))})
			}
		}
		hits = f.ranked(hits)
		hits = hits[:min(len(hits), f.need)]
	}
	return f.cut(hits), nil
}

// ranked leaves out hits below MinScore, and all but the best of each recording if that is
// asked for, and sorts the others.
func (f *search) ranked(hits []index.Hit) []index.Hit {
	hits = slices.DeleteFunc(hits, func(h index.Hit) bool { return h.Score < f.query.MinScore })
	slices.SortFunc(hits, func(a, b index.Hit) int {
		return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(a.Path, b.Path), cmp.Compare(a.Start, b.Start))
	})
	if f.query.Windows {
		return hits
	}
	seen := map[string]bool{}
	return slices.DeleteFunc(hits, func(h index.Hit) bool {
		again := seen[h.Path]
		seen[h.Path] = true
		return again
	})
}

// cut leaves out the first Offset of ranked hits and those after K.
func (f *search) cut(hits []index.Hit) []index.Hit {
	hits = hits[min(f.query.Offset, len(hits)):]
	return slices.Clip(hits[:min(f.query.K, len(hits))])
}

// best returns the hits among the windows of the best distances, limit of each node, and
// whether these are complete: no better ones are missing among the first need.
func (f *search) best(ctx context.Context, limit int) (hits []index.Hit, complete bool, err error) {
	began := time.Now()
	lists, err := f.near(ctx, "", limit)
	if err != nil {
		return nil, false, err
	}
	bound := f.bound(lists, limit)
	found := map[string]bool{}
	for _, list := range lists {
		for _, n := range list {
			found[n.Recording] = true
		}
	}
	var ids []string
	for id := range found {
		if !isID(id) {
			return nil, false, fmt.Errorf("weaviate: class %s: a window of %q", f.class, shorten(id))
		}
		ids = append(ids, id)
	}
	states, err := f.states(ctx, ids)
	if err != nil {
		return nil, false, err
	}
	records := map[string]record{} // by version
	fresh := map[string]bool{}
	for _, l := range states {
		if l.state == present && l.file.Dim == len(f.unit) && (f.allows == nil || f.allows(l.File)) {
			records[l.version] = l.record
			fresh[l.version] = !f.readBefore(l.version, began)
		}
	}
	type key struct {
		version string
		number  int
	}
	taken := map[key]bool{} // more than one node has a window
	take := func(n near, fresh bool) {
		r, ok := records[n.Version]
		if k := (key{n.Version, n.Number}); ok && !fresh && !taken[k] {
			taken[k] = true
			hits = append(hits, index.Hit{File: r.File, Start: n.start, End: n.end, Score: n.score})
		}
	}
	for _, n := range slices.Concat(lists...) {
		take(n, fresh[n.Version])
	}
	// When the lists were made, a part of the windows of these may have been missing.
	again := slices.DeleteFunc(slices.Collect(maps.Keys(records)), func(v string) bool { return !fresh[v] })
	for part := range slices.Chunk(again, maxIDs) {
		lists, err := f.near(ctx, where("version", part)+",", limit)
		if err != nil {
			return nil, false, err
		}
		bound = max(bound, f.bound(lists, limit))
		for _, n := range slices.Concat(lists...) {
			take(n, false)
		}
	}
	hits = f.ranked(hits)
	if float64(f.query.MinScore) > bound {
		return hits, true, nil
	}
	above := 0
	for above < len(hits) && float64(hits[above].Score) > bound {
		above++
	}
	return hits[:above], above >= f.need || math.IsInf(bound, -1), nil
}

// near is a window near the query.
type near struct {
	object
	start, end time.Duration
	score      float32
	distance   float64 // of the unit vector, by the server
}

// near asks for the windows of the least distances, limit of each node, that a filter (an
// argument with a comma, or "") leaves.
func (f *search) near(ctx context.Context, filter string, limit int) ([][]near, error) {
	vector := []byte{'['}
	for i, x := range f.unit {
		if i > 0 {
			vector = append(vector, ',')
		}
		vector = strconv.AppendFloat(vector, float64(x), 'g', -1, 32)
	}
	sel := selection{f.class, fmt.Sprintf("%slimit:%d,nearVector:{vector:%s]}", filter, limit, vector), windowProperties + " _additional{distance}"}
	return get(ctx, f.Store, "searching", sel, func(objects []object) ([]near, error) {
		list := make([]near, len(objects))
		for i, o := range objects {
			w, err := newWindow(o, len(f.unit))
			if err != nil {
				return nil, err
			}
			if o.Additional.Distance == nil {
				return nil, fmt.Errorf("window %d of %s has no distance", o.Number, o.Recording)
			}
			n := near{o, w.Start, w.End, float32(dot(f.query.Vector, w.Vector)), *o.Additional.Distance}
			// Version 1.35 gives objects the distances of others while some are being
			// deleted; so the order is not to be trusted then.
			if d := n.distance + dot(f.unit, w.Vector); !(math.Abs(d) <= f.margin) {
				return nil, fmt.Errorf("window %d of %s is not at the distance %v that the server says", o.Number, o.Recording, n.distance)
			}
			if i > 0 && n.distance < list[i-1].distance {
				return nil, errors.New("windows that are not in the order of their distances")
			}
			n.Values = ""
			list[i] = n
		}
		return list, nil
	})
}

// bound returns the score above which lists are complete: together they have all windows
// with better ones.
func (f *search) bound(lists [][]near, limit int) float64 {
	bound := math.Inf(-1)
	for _, list := range lists {
		// A list may be a little shorter than limit though there are more windows, if
		// some are just being deleted.
		if n := len(list); n > limit/2 {
			bound = max(bound, (f.margin-list[n-1].distance)*f.norm)
		}
	}
	return bound
}

// readBefore tells whether the record of a version, which was read now, was read before
// a time, too.
func (s *Store) readBefore(version string, began time.Time) bool {
	s.readMu.Lock()
	defer s.readMu.Unlock()
	at, ok := s.read[version]
	if !ok {
		if len(s.read) == maxRead {
			clear(s.read)
		}
		s.read[version] = time.Now()
	}
	return ok && at.Before(began)
}

func dot(x, y []float32) float64 {
	sum := 0.0
	for i, v := range x {
		sum += float64(v) * float64(y[i])
	}
	return sum
}
