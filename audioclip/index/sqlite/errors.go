package sqlite

import (
	"errors"
	"fmt"

	driver "modernc.org/sqlite"
	lib "modernc.org/sqlite/lib"
)

var (
	// ErrFormat is the error of a file that is no index, or one of a newer version.
	ErrFormat = errors.New("not an index of recordings")
	// ErrCorrupt is the error of an index that is damaged.
	ErrCorrupt = errors.New("the index is damaged")
)

// code returns SQLite's primary result code of an error, 0 if it is of something else.
func code(err error) int {
	if e := (*driver.Error)(nil); errors.As(err, &e) {
		return e.Code() & 0xff
	}
	return 0
}

func cannotOpen(err error) bool {
	c := code(err)
	return c == lib.SQLITE_CANTOPEN || c == lib.SQLITE_READONLY
}

// wrap adds the name of the file to an error, and what SQLite's codes mean here.
func (s *Store) wrap(err error) error {
	if err == nil {
		return nil
	}
	switch code(err) {
	case 0:
		return err
	case lib.SQLITE_NOTADB:
		return fmt.Errorf("%s: %w", s.path, ErrFormat)
	case lib.SQLITE_CORRUPT, lib.SQLITE_ERROR, lib.SQLITE_TOOBIG: // the statements have no errors
		return fmt.Errorf("%s: %w (%v)", s.path, ErrCorrupt, err)
	case lib.SQLITE_FULL:
		return fmt.Errorf("%s: the disk is full; what was indexed before is safe", s.path)
	case lib.SQLITE_IOERR:
		return fmt.Errorf("%s: the disk cannot be read or written (%w); what was indexed before is safe", s.path, err)
	case lib.SQLITE_BUSY:
		return fmt.Errorf("%s: another program has been writing for too long", s.path)
	}
	return fmt.Errorf("%s: %w", s.path, err)
}

// corrupt returns ErrCorrupt with what is wrong.
func (s *Store) corrupt(format string, args ...any) error {
	return fmt.Errorf("%s: %w (%s)", s.path, ErrCorrupt, fmt.Sprintf(format, args...))
}
