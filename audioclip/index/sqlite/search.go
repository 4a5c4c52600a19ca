package sqlite

import (
	"context"
	"database/sql"

	"github.com/soundspace/soundspace/audioclip/index"
	"github.com/soundspace/soundspace/audioclip/index/internal/table"
)

// Search implements index.Store. The first one reads all vectors, whether ctx ends
// meanwhile or not.
func (s *Store) Search(ctx context.Context, q index.Query) ([]index.Hit, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	ctx = context.WithoutCancel(ctx)
	hits, current, err := s.searchCurrent(ctx, q)
	if current || err != nil {
		return hits, err
	}
	// The table is brought up to date and searched in one transaction, since a program
	// that keeps writing may have changed the state right after it.
	s.mu.Lock()
	defer s.mu.Unlock()
	err = s.view(ctx, func(tx *sql.Tx) error {
		if err := s.refresh(ctx, tx); err != nil {
			s.table, s.version = nil, 0 // a part may have been done
			return err
		}
		hits, err = s.search(ctx, tx, q)
		return err
	})
	return hits, err
}

// searchCurrent searches if the table is that of the state of the database.
func (s *Store) searchCurrent(ctx context.Context, q index.Query) (hits []index.Hit, current bool, err error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	err = s.view(ctx, func(tx *sql.Tx) error {
		state, err := s.state(tx)
		if err != nil || state != s.version {
			return err
		}
		current = true
		hits, err = s.search(ctx, tx, q)
		return err
	})
	return hits, current, err
}

func (s *Store) state(tx *sql.Tx) (changes int64, err error) {
	if err := tx.QueryRow("SELECT changes FROM state").Scan(&changes); err != nil {
		return 0, s.scanError(err)
	}
	return changes, nil
}

// search searches the table. tx sees the state that the table is of.
func (s *Store) search(ctx context.Context, tx *sql.Tx, q index.Query) ([]index.Hit, error) {
	dim := 0
	if s.table != nil {
		dim = s.table.Dim()
	}
	if err := q.Check(dim); err != nil || dim == 0 {
		return nil, err
	}
	tq := table.Query[*recording]{Vector: q.Vector, K: q.K, Offset: q.Offset, MinScore: q.MinScore, Windows: q.Windows, Workers: q.Workers}
	allows, err := q.Filter()
	if err != nil {
		return nil, err
	}
	if allows != nil {
		tq.Keep = func(r *recording) bool { return allows(r.File) }
	}
	vectors, err := s.openVectors(ctx, tx)
	if err != nil {
		return nil, err
	}
	defer vectors.Close()
	found, err := s.table.Search(tq, vectors.fetch)
	hits := make([]index.Hit, len(found))
	for i, h := range found {
		hits[i] = index.Hit{File: h.Recording.File, Start: h.Start, End: h.End, Score: h.Score}
	}
	return hits, err
}

// refresh brings the table to the state that tx sees.
func (s *Store) refresh(ctx context.Context, tx *sql.Tx) error {
	state, err := s.state(tx)
	if err != nil || state == s.version {
		return err
	}
	id, err := s.identity(tx)
	if err != nil {
		return err
	}
	if id.Dim == 0 {
		s.table, s.version = nil, state
		return nil
	}
	if s.table == nil || s.table.Dim() != id.Dim || state < s.version {
		s.table, s.version = table.New[*recording](id.Dim), 0
	}
	if s.version > 0 {
		if err := s.forget(ctx, tx); err != nil {
			return err
		}
	}
	var changed []*recording
	if err := s.recordings(ctx, tx, "WHERE change > ? ORDER BY first", func(r *recording) error {
		changed = append(changed, r)
		return nil
	}, s.version); err != nil {
		return err
	}
	if err := s.entries(ctx, tx, changed, func(r *recording, e index.Entry) error {
		return s.table.Put(r.Path, r, e.Windows)
	}); err != nil {
		return err
	}
	s.version = state
	return nil
}

// forget removes from the table what is not in the database any more.
func (s *Store) forget(ctx context.Context, tx *sql.Tx) error {
	rows, err := tx.QueryContext(ctx, "SELECT id FROM recordings")
	if err != nil {
		return err
	}
	defer rows.Close()
	there := map[int64]bool{}
	for rows.Next() {
		var id int64
		if err := rows.Scan(&id); err != nil {
			return s.scanError(err)
		}
		there[id] = true
	}
	if err := rows.Err(); err != nil {
		return err
	}
	var gone []string
	for path, r := range s.table.Recordings {
		if !there[r.id] {
			gone = append(gone, path)
		}
	}
	for _, path := range gone {
		s.table.Remove(path)
	}
	return nil
}
