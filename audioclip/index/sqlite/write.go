package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/soundspace/soundspace/audioclip/index"
)

// SetIdentity implements index.Store.
func (s *Store) SetIdentity(ctx context.Context, id index.Identity) error {
	if err := id.Check(); err != nil {
		return err
	}
	return s.update(ctx, func(tx *sql.Tx) error {
		var n int
		if err := tx.QueryRow("SELECT count(*) FROM (SELECT 1 FROM recordings LIMIT 1)").Scan(&n); err != nil {
			return err
		}
		if n > 0 {
			old, err := s.identity(tx)
			if err != nil {
				return err
			}
			return old.Fits(id)
		}
		if _, err := tx.Exec("DELETE FROM identity"); err != nil {
			return err
		}
		probe := encode(nil, id.Probe)
		if _, err := tx.Exec("INSERT INTO identity VALUES (?, ?, ?, ?)", id.Model, id.Dim, probe, identityChecksum(id.Model, probe)); err != nil {
			return err
		}
		_, err := s.change(tx)
		return err
	})
}

// change counts a change and returns its number.
func (s *Store) change(tx *sql.Tx) (n int64, err error) {
	err = tx.QueryRow("UPDATE state SET changes = changes + 1 RETURNING changes").Scan(&n)
	return n, err
}

// Put implements index.Store.
func (s *Store) Put(ctx context.Context, e index.Entry) error {
	return s.update(ctx, func(tx *sql.Tx) error {
		id, err := s.identity(tx)
		if err != nil {
			return err
		}
		if err := e.Check(id.Dim); err != nil {
			return err
		}
		if err := s.remove(tx, e.Path); err != nil {
			return err
		}
		r := recording{File: e.File, id: rowID(e.Path), windows: int64(len(e.Windows))}
		if r.change, err = s.change(tx); err != nil {
			return err
		}
		if err := tx.QueryRow("SELECT coalesce(max(id), 0) + 1 FROM windows").Scan(&r.first); err != nil {
			return err
		}
		insert, err := tx.Prepare("INSERT INTO windows (" + windowColumns + ") VALUES (?, ?, ?, ?, ?)")
		if err != nil {
			return err
		}
		defer insert.Close()
		for i, w := range e.Windows {
			row := newWindowRow(r.first+int64(i), w)
			if _, err := insert.Exec(row.values()...); err != nil {
				return err
			}
		}
		_, err = tx.Exec("INSERT INTO recordings ("+recordingColumns+") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", r.values()...)
		return err
	})
}

// remove removes a recording, if it is there.
func (s *Store) remove(tx *sql.Tx, path string) error {
	r, err := s.recording(tx, rowID(path))
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err != nil {
		return err
	}
	if r.Path != path {
		return fmt.Errorf("%s: the paths %q and %q have the same hash; one of the files must have another name", s.path, r.Path, path)
	}
	if _, err := tx.Exec("DELETE FROM windows WHERE id >= ? AND id < ?", r.first, r.first+r.windows); err != nil {
		return err
	}
	_, err = tx.Exec("DELETE FROM recordings WHERE id = ?", r.id)
	return err
}

// Remove implements index.Store.
func (s *Store) Remove(ctx context.Context, paths ...string) error {
	return s.update(ctx, func(tx *sql.Tx) error {
		for _, p := range paths {
			if err := s.remove(tx, p); err != nil {
				return err
			}
		}
		_, err := s.change(tx)
		return err
	})
}
