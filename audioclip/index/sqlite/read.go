package sqlite

import (
	"context"
	"database/sql"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"iter"
	"time"

	"github.com/soundspace/soundspace/audioclip"
	"github.com/soundspace/soundspace/audioclip/index"
)

// Identity implements index.Store.
func (s *Store) Identity(ctx context.Context) (id index.Identity, err error) {
	err = s.view(ctx, func(tx *sql.Tx) error {
		id, err = s.identity(tx)
		return err
	})
	return id, err
}

func (s *Store) identity(tx *sql.Tx) (id index.Identity, err error) {
	var probe []byte
	var checksum int64
	err = tx.QueryRow("SELECT model, dim, probe, checksum FROM identity").Scan(&id.Model, &id.Dim, &probe, &checksum)
	if errors.Is(err, sql.ErrNoRows) {
		return index.Identity{}, nil
	}
	if err != nil {
		return index.Identity{}, s.scanError(err)
	}
	if id.Dim < 1 || len(probe)%4 != 0 || len(probe)/4 != id.Dim || identityChecksum(id.Model, probe) != checksum {
		return index.Identity{}, s.corrupt("the identity of the model")
	}
	id.Probe = make([]float32, id.Dim)
	decode(id.Probe, probe)
	return id, nil
}

// recording returns a row, or sql.ErrNoRows.
func (s *Store) recording(tx *sql.Tx, id int64) (*recording, error) {
	return s.scanRecording(tx.QueryRow("SELECT "+recordingColumns+" FROM recordings WHERE id = ?", id))
}

// find calls f with the row of an index.ID, unless there is none.
func (s *Store) find(ctx context.Context, id string, f func(*sql.Tx, *recording) error) error {
	row, ok := parseID(id)
	if !ok {
		return index.ErrNotFound
	}
	return s.view(ctx, func(tx *sql.Tx) error {
		r, err := s.recording(tx, row)
		if errors.Is(err, sql.ErrNoRows) || err == nil && r.ID() != id {
			return index.ErrNotFound
		}
		if err != nil {
			return err
		}
		return f(tx, r)
	})
}

// Get implements index.Store.
func (s *Store) Get(ctx context.Context, id string) (e index.Entry, err error) {
	err = s.find(ctx, id, func(tx *sql.Tx, r *recording) error {
		return s.entries(ctx, tx, []*recording{r}, func(_ *recording, got index.Entry) error {
			e = got
			return nil
		})
	})
	return e, err
}

// File implements index.Store.
func (s *Store) File(ctx context.Context, id string) (f index.File, err error) {
	err = s.find(ctx, id, func(_ *sql.Tx, r *recording) error {
		f = r.File
		return nil
	})
	return f, err
}

// Files implements index.Store. It goes through the recordings that were there when it
// began.
func (s *Store) Files(ctx context.Context) iter.Seq2[index.File, error] {
	return func(yield func(index.File, error) bool) {
		err := s.view(ctx, func(tx *sql.Tx) error {
			return s.recordings(ctx, tx, "ORDER BY path", func(r *recording) error {
				if !yield(r.File, nil) {
					return errStop
				}
				return nil
			})
		})
		if err != nil && err != errStop {
			yield(index.File{}, err)
		}
	}
}

// Entries implements index.Store. It goes through the recordings that were there when it
// began.
func (s *Store) Entries(ctx context.Context) iter.Seq2[index.Entry, error] {
	return func(yield func(index.Entry, error) bool) {
		err := s.view(ctx, func(tx *sql.Tx) error {
			var all []*recording
			if err := s.recordings(ctx, tx, "ORDER BY first", func(r *recording) error {
				all = append(all, r)
				return nil
			}); err != nil {
				return err
			}
			return s.entries(ctx, tx, all, func(_ *recording, e index.Entry) error {
				if !yield(e, nil) {
					return errStop
				}
				return nil
			})
		})
		if err != nil && err != errStop {
			yield(index.Entry{}, err)
		}
	}
}

// errStop ends a loop that a caller does not want to go on.
var errStop = errors.New("stop")

// recordings calls f with rows.
func (s *Store) recordings(ctx context.Context, tx *sql.Tx, which string, f func(*recording) error, args ...any) error {
	rows, err := tx.QueryContext(ctx, "SELECT "+recordingColumns+" FROM recordings "+which, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		r, err := s.scanRecording(rows)
		if err != nil {
			return err
		}
		if err := f(r); err != nil {
			return err
		}
	}
	return rows.Err()
}

// entries calls f with recordings, which come in the order of first, and their windows.
// It goes through the windows from the first to the last of them once.
func (s *Store) entries(ctx context.Context, tx *sql.Tx, list []*recording, f func(*recording, index.Entry) error) error {
	if len(list) == 0 {
		return nil
	}
	id, err := s.identity(tx)
	if err != nil {
		return err
	}
	last := list[len(list)-1]
	rows, err := tx.QueryContext(ctx, "SELECT "+windowColumns+" FROM windows WHERE id >= ? AND id < ? ORDER BY id", list[0].first, last.first+last.windows)
	if err != nil {
		return err
	}
	defer rows.Close()
	var w windowRow
	for _, r := range list {
		e := index.Entry{File: r.File}
		for rows.Next() {
			if err := s.scanWindow(rows, &w, id.Dim); err != nil {
				return err
			}
			if w.id < r.first {
				continue // of a recording that is not on the list
			}
			v := make([]float32, id.Dim)
			decode(v, w.vector)
			e.Windows = append(e.Windows, audioclip.Window{Start: time.Duration(w.start), End: time.Duration(w.end), Vector: v})
			if w.id == r.first+r.windows-1 {
				break
			}
		}
		if err := rows.Err(); err != nil {
			return err
		}
		if int64(len(e.Windows)) != r.windows {
			return s.corrupt("%d of %d windows of %s", len(e.Windows), r.windows, r.Path)
		}
		if err := f(r, e); err != nil {
			return err
		}
	}
	return nil
}

// parseID returns the row of an index.ID.
func parseID(id string) (row int64, ok bool) {
	b, err := hex.DecodeString(id)
	if err != nil || len(b) != 16 {
		return 0, false
	}
	return int64(binary.BigEndian.Uint64(b)), true
}

// vectors reads those of windows.
type vectors struct {
	*sql.Stmt
	s   *Store
	ctx context.Context
}

func (s *Store) openVectors(ctx context.Context, tx *sql.Tx) (*vectors, error) {
	stmt, err := tx.PrepareContext(ctx, "SELECT "+windowColumns+" FROM windows WHERE id = ?")
	return &vectors{stmt, s, ctx}, err
}

// fetch sets dst to the vector of a window of a recording.
func (v *vectors) fetch(dst []float32, r *recording, window int) error {
	rows, err := v.QueryContext(v.ctx, r.first+int64(window))
	if err != nil {
		return err
	}
	defer rows.Close()
	if !rows.Next() {
		if err := rows.Err(); err != nil {
			return err
		}
		return v.s.corrupt("window %d of %s is missing", window, r.Path)
	}
	var w windowRow
	if err := v.s.scanWindow(rows, &w, len(dst)); err != nil {
		return err
	}
	decode(dst, w.vector)
	return nil
}
