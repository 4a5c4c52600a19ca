package weaviate

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"slices"
	"sync"
	"time"

	"github.com/soundspace/soundspace/audioclip/index"
)

// Store is an index.Store in a Weaviate cluster. It is safe for concurrent use.
type Store struct {
	cluster *cluster
	class   string

	mu    sync.Mutex      // of known and nodes, held while a server is asked
	known map[string]bool // classes that are there
	nodes int             // for how many they were made, 0 if there are none

	readMu sync.Mutex
	read   map[string]time.Time // when the record of a version was first read
}

var _ index.Store = (*Store)(nil)

// Open returns the store at an address weaviate://HOST:PORT[,HOST:PORT…][/CLASS], of nodes
// of one cluster (weaviates:// if they are behind TLS). CLASS, Soundspace if it is
// missing, begins the names of all that the store keeps there. The address must name as
// many nodes as a quorum has (see the package): two of three.
//
// If the servers ask for a key, it is taken from the environment variable
// WEAVIATE_API_KEY.
//
// Open makes nothing: what the store needs is made by the first SetIdentity, for which all
// nodes of the cluster must be there.
func Open(ctx context.Context, address string) (*Store, error) {
	urls, class, err := parseAddress(address)
	if err != nil {
		return nil, err
	}
	s := &Store{cluster: newCluster(urls), class: class, known: map[string]bool{}, read: map[string]time.Time{}}
	if _, err := s.exists(ctx, s.modelClass()); err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

// Close implements index.Store.
func (s *Store) Close() error {
	s.cluster.client.CloseIdleConnections()
	return nil
}

// model is what an object of the class of models says.
type model struct {
	version string // "" if there is none
	index.Identity
}

// model returns which model vectors are of.
func (s *Store) model(ctx context.Context) (model, error) {
	var m model
	if ok, err := s.exists(ctx, s.modelClass()); !ok {
		return m, err
	}
	answers, err := get(ctx, s, "reading the model", selection{s.modelClass(), "", modelProperties}, objects)
	if err != nil {
		return m, err
	}
	nodes := 0
	for _, o := range slices.Concat(answers...) {
		switch {
		case o.Version == m.version:
			nodes++
		case o.Version > m.version:
			nodes = 1
			probe, err := decodeVector(o.Values, -1)
			if err != nil {
				return m, fmt.Errorf("weaviate: class %s: the probe: %w", s.modelClass(), err)
			}
			m = model{o.Version, index.Identity{Model: o.Model, Dim: len(probe), Probe: probe}}
		}
	}
	if m.version == "" {
		return m, nil
	}
	if err := m.Check(); err != nil {
		return m, fmt.Errorf("weaviate: class %s: %w", s.modelClass(), err)
	}
	if nodes < len(answers) {
		if err := s.write(ctx, "completing the model", []stored{s.modelObject(m.version, m.Identity)}); err != nil {
			return m, err
		}
	}
	return m, nil
}

// Identity implements index.Store.
func (s *Store) Identity(ctx context.Context) (index.Identity, error) {
	m, err := s.model(ctx)
	return m.Identity, err
}

// recording returns the record of a recording that is there, or index.ErrNotFound.
func (s *Store) recording(ctx context.Context, id string) (record, error) {
	if !isID(id) {
		return record{}, index.ErrNotFound
	}
	states, err := s.states(ctx, []string{id})
	if err != nil {
		return record{}, err
	}
	r := states[id].record
	if r.state != present {
		return record{}, index.ErrNotFound
	}
	return r, nil
}

// File implements index.Store.
func (s *Store) File(ctx context.Context, id string) (index.File, error) {
	r, err := s.recording(ctx, id)
	return r.File, err
}

// Get implements index.Store.
func (s *Store) Get(ctx context.Context, id string) (index.Entry, error) {
	r, err := s.recording(ctx, id)
	if err != nil {
		return index.Entry{}, err
	}
	e := index.Entry{File: r.File}
	for _, p := range pieces([]record{r}, pageSize) {
		windows, err := s.windows(ctx, p, r.file.Dim)
		if err != nil {
			return index.Entry{}, err
		}
		e.Windows = append(e.Windows, windows[0]...)
	}
	return e, nil
}

// recordings returns the records of all recordings that are there, by path.
func (s *Store) recordings(ctx context.Context) ([]record, error) {
	states, err := s.allStates(ctx)
	if err != nil {
		return nil, err
	}
	var list []record
	for _, l := range states {
		if l.state == present {
			list = append(list, l.record)
		}
	}
	slices.SortFunc(list, func(a, b record) int { return cmp.Compare(a.Path, b.Path) })
	return list, nil
}

// Files implements index.Store. It goes through the recordings that were there when it
// began, and holds what it knows of them, about 500 bytes each.
func (s *Store) Files(ctx context.Context) iter.Seq2[index.File, error] {
	return func(yield func(index.File, error) bool) {
		list, err := s.recordings(ctx)
		if err != nil {
			yield(index.File{}, err)
			return
		}
		for _, r := range list {
			if !yield(r.File, nil) {
				return
			}
		}
	}
}

// Entries implements index.Store. It goes through the recordings that were there when it
// began, by path.
func (s *Store) Entries(ctx context.Context) iter.Seq2[index.Entry, error] {
	return func(yield func(index.Entry, error) bool) {
		list, err := s.recordings(ctx)
		if err != nil {
			yield(index.Entry{}, err)
			return
		}
		var e index.Entry
		for _, p := range pieces(list, pageSize) {
			windows, err := s.windows(ctx, p, p.records[0].file.Dim)
			if err != nil {
				yield(index.Entry{}, err)
				return
			}
			for i, r := range p.records {
				e.File = r.File
				e.Windows = append(e.Windows, windows[i]...)
				if len(e.Windows) < r.file.Windows {
					continue // the next piece has more of it
				}
				if !yield(e, nil) {
					return
				}
				e.Windows = nil
			}
		}
	}
}
