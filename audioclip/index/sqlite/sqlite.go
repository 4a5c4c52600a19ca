// Package sqlite keeps the vectors of recordings in a file: it has an index.Store in an
// SQLite database.
//
// # The file
//
// Any program that reads SQLite can read it. Table recordings has the recordings, by the
// first 64 bits of the SHA-256 of their paths; windows has the vectors of their windows,
// those of a recording one after the other, as little-endian float32; identity has the
// model; state counts changes. Rows have a checksum (CRC-32C) of what is in them, since
// SQLite would not notice other numbers in a vector. The database's application_id is
// 0x53736978 ("Ssix"), its user_version that of these tables.
//
// # Several programs at once
//
// Any number of programs may search while others write, each change in a transaction of
// its own, with SQLite's write-ahead log: so the file has companions named -wal and -shm
// as long as it is open, or until it is opened again if a program was killed. A program
// that is killed, or finds the disk full, leaves all that Put and Remove have done, and
// nothing of what they have not finished; what they did right before the power fails may
// be gone. The file must not lie on a network file system while several machines use it.
//
// # Memory
//
// The first search reads all vectors and keeps eight bits of each value, so that a
// million windows of 512 values take some 560 MB; the vectors of those that may be among
// the best are read from the file. Searches after it read what has changed.
package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/soundspace/soundspace/audioclip/index"
	"github.com/soundspace/soundspace/audioclip/index/internal/table"
)

// Store is an index.Store in a file.
type Store struct {
	path  string
	read  *sql.DB
	write *sql.DB // nil: for reading only

	// What is searched. A search holds mu as a reader.
	mu      sync.RWMutex
	table   *table.Table[*recording]
	version int64 // of the state that table has
}

var _ index.Store = (*Store)(nil)

// busyTimeout is how many milliseconds to wait for other programs. Each transaction of
// theirs takes some milliseconds, but the removal of a large collection may take seconds.
const busyTimeout = 60_000

// logPages is how long the write-ahead log gets before its pages, four megabytes, are
// copied to where they belong.
const logPages = 256

// idle is how many connections are kept for the next searches.
const idle = 8

// Open opens the index in a file. It makes the file, with an empty index, if there is
// none; its folder must exist. What cannot be used is an error that names the file:
// ErrFormat or ErrCorrupt.
func Open(path string) (*Store, error) {
	s := &Store{path: path}
	db, err := s.open("rwc", "_txlock=immediate")
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1)
	s.write = db
	err = s.create()
	if err == nil {
		s.read, err = s.open("rw", "_pragma=query_only(1)")
	}
	if err != nil {
		s.Close()
		return nil, s.wrap(err)
	}
	return s, nil
}

// OpenReadOnly opens the index in a file to search it: Put, Remove and SetIdentity are
// errors. If there is no file, or an empty one, the error is fs.ErrNotExist. The file may
// be one that cannot be written.
func OpenReadOnly(path string) (*Store, error) {
	s := &Store{path: path}
	if !exists(path) { // SQLite's error would not say so
		return nil, &fs.PathError{Op: "open", Path: path, Err: fs.ErrNotExist}
	}
	var err error
	for _, option := range []string{"_pragma=query_only(1)", "immutable=1"} {
		if s.read, err = s.open("rw", option); err != nil {
			return nil, err
		}
		if err = s.check(); err == nil {
			return s, nil
		}
		s.Close()
		// In a folder that cannot be written, SQLite cannot make the companions of the
		// file. It needs none if nobody writes.
		if !cannotOpen(err) || exists(path+"-wal") {
			break
		}
	}
	return nil, s.wrap(err)
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// open opens the database in a mode of SQLite's URIs.
func (s *Store) open(mode string, options ...string) (*sql.DB, error) {
	abs, err := filepath.Abs(s.path)
	if err != nil {
		return nil, err
	}
	if st, err := os.Stat(abs); err == nil && st.IsDir() {
		return nil, fmt.Errorf("%s is a folder", s.path)
	}
	p := filepath.ToSlash(abs)
	if !strings.HasPrefix(p, "/") {
		p = "/" + p // C:/…
	}
	uri := url.URL{Scheme: "file", Path: p, OmitHost: true, RawQuery: strings.Join(append(options,
		"mode="+mode, fmt.Sprintf("_pragma=busy_timeout(%d)", busyTimeout), "_pragma=synchronous(normal)", fmt.Sprintf("_pragma=wal_autocheckpoint(%d)", logPages)), "&")}
	db, err := sql.Open("sqlite", uri.String())
	if err == nil {
		db.SetMaxIdleConns(idle)
	}
	return db, err
}

// Close implements index.Store.
func (s *Store) Close() error {
	var errs []error
	for _, db := range []*sql.DB{s.read, s.write} {
		if db != nil {
			errs = append(errs, db.Close())
		}
	}
	return s.wrap(errors.Join(errs...))
}

// view calls f in a transaction that sees one state of the database.
func (s *Store) view(ctx context.Context, f func(tx *sql.Tx) error) error {
	tx, err := s.read.BeginTx(ctx, nil)
	if err != nil {
		return s.wrap(err)
	}
	defer tx.Rollback()
	return s.wrap(orCancelled(ctx, f(tx)))
}

// update calls f in a transaction that changes the database, wholly or not at all.
func (s *Store) update(ctx context.Context, f func(tx *sql.Tx) error) error {
	if s.write == nil {
		return fmt.Errorf("%s was opened for reading only", s.path)
	}
	tx, err := s.write.BeginTx(ctx, nil)
	if err != nil {
		return s.wrap(err)
	}
	defer tx.Rollback()
	if err := f(tx); err != nil {
		return s.wrap(orCancelled(ctx, err))
	}
	return s.wrap(orCancelled(ctx, tx.Commit()))
}

// orCancelled returns the error of ctx instead of one that it has led to.
func orCancelled(ctx context.Context, err error) error {
	if err != nil && ctx.Err() != nil {
		return ctx.Err()
	}
	return err
}
