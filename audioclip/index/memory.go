package index

import (
	"cmp"
	"context"
	"iter"
	"maps"
	"slices"
	"sync"

	"github.com/soundspace/soundspace/audioclip/index/internal/table"
)

// Memory is a Store that lasts as long as the program. Per window it takes five bytes for
// each value of a vector.
type Memory struct {
	mu       sync.RWMutex
	identity Identity
	entries  map[string]*Entry // by ID; never changed, only replaced
	table    *table.Table[*Entry]
}

var _ Store = (*Memory)(nil)

// NewMemory returns an empty store.
func NewMemory() *Memory {
	return &Memory{entries: map[string]*Entry{}}
}

// Identity implements Store.
func (s *Memory) Identity(context.Context) (Identity, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	id := s.identity
	id.Probe = slices.Clone(id.Probe)
	return id, nil
}

// SetIdentity implements Store.
func (s *Memory) SetIdentity(_ context.Context, id Identity) error {
	if err := id.Check(); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.entries) > 0 {
		return s.identity.Fits(id)
	}
	id.Probe = slices.Clone(id.Probe)
	s.identity = id
	s.table = table.New[*Entry](id.Dim)
	return nil
}

// Put implements Store.
func (s *Memory) Put(_ context.Context, e Entry) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := e.Check(s.identity.Dim); err != nil {
		return err
	}
	e = e.clone()
	if err := s.table.Put(e.Path, &e, e.Windows); err != nil {
		return err
	}
	s.entries[e.ID()] = &e
	return nil
}

func (e Entry) clone() Entry {
	e.Windows = slices.Clone(e.Windows)
	for i := range e.Windows {
		e.Windows[i].Vector = slices.Clone(e.Windows[i].Vector)
	}
	return e
}

// Remove implements Store.
func (s *Memory) Remove(_ context.Context, paths ...string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, p := range paths {
		if id := ID(p); s.entries[id] != nil {
			delete(s.entries, id)
			s.table.Remove(p)
		}
	}
	return nil
}

// Get implements Store.
func (s *Memory) Get(_ context.Context, id string) (Entry, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	e, ok := s.entries[id]
	if !ok {
		return Entry{}, ErrNotFound
	}
	return e.clone(), nil
}

// File implements Store.
func (s *Memory) File(_ context.Context, id string) (File, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	e, ok := s.entries[id]
	if !ok {
		return File{}, ErrNotFound
	}
	return e.File, nil
}

// Files implements Store. It goes through the recordings that were there when it began.
func (s *Memory) Files(ctx context.Context) iter.Seq2[File, error] {
	return func(yield func(File, error) bool) {
		for _, e := range s.sorted() {
			if !yield(e.File, nil) {
				return
			}
		}
	}
}

// Entries implements Store. It goes through the recordings that were there when it began.
func (s *Memory) Entries(ctx context.Context) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		for _, e := range s.sorted() {
			if !yield(e.clone(), nil) {
				return
			}
		}
	}
}

// sorted returns the entries by path.
func (s *Memory) sorted() []*Entry {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return slices.SortedFunc(maps.Values(s.entries), func(a, b *Entry) int { return cmp.Compare(a.Path, b.Path) })
}

// Search implements Store.
func (s *Memory) Search(ctx context.Context, q Query) ([]Hit, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if err := q.Check(s.identity.Dim); err != nil {
		return nil, err
	}
	if s.table == nil {
		return nil, ctx.Err()
	}
	allows, err := q.Filter()
	if err != nil {
		return nil, err
	}
	tq := table.Query[*Entry]{Vector: q.Vector, K: q.K, Offset: q.Offset, MinScore: q.MinScore, Windows: q.Windows, Workers: q.Workers}
	if allows != nil {
		tq.Keep = func(e *Entry) bool { return allows(e.File) }
	}
	found, err := s.table.Search(tq, func(dst []float32, e *Entry, window int) error {
		copy(dst, e.Windows[window].Vector)
		return nil
	})
	hits := make([]Hit, len(found))
	for i, h := range found {
		hits[i] = Hit{h.Recording.File, h.Start, h.End, h.Score}
	}
	return hits, err
}

// Close implements Store.
func (s *Memory) Close() error { return nil }
