package sqlite

import (
	"context"
	"database/sql"
	"fmt"
	"io/fs"
)

const (
	applicationID = 0x53736978
	schemaVersion = 1
	// pageSize holds ten vectors of 384 values or seven of 512: little is left over.
	pageSize = 16384
)

const schema = `
CREATE TABLE identity (
	model    TEXT NOT NULL,
	dim      INTEGER NOT NULL,
	probe    BLOB NOT NULL, -- a vector
	checksum INTEGER NOT NULL
);
CREATE TABLE state (
	changes INTEGER NOT NULL -- how many there were
);
INSERT INTO state VALUES (0);
CREATE TABLE recordings (
	id          INTEGER PRIMARY KEY, -- the first 64 bits of the SHA-256 of the path
	change      INTEGER NOT NULL,    -- of state.changes that put it here
	path        TEXT NOT NULL,
	size        INTEGER NOT NULL,    -- in bytes
	mod_time    INTEGER NOT NULL,    -- in nanoseconds since 1970
	hash        BLOB NOT NULL,       -- SHA-256 of the file
	format      TEXT NOT NULL,
	sample_rate INTEGER NOT NULL,
	channels    INTEGER NOT NULL,
	duration    INTEGER NOT NULL,    -- in nanoseconds
	first       INTEGER NOT NULL,    -- windows.id of the first window
	windows     INTEGER NOT NULL,    -- how many there are
	checksum    INTEGER NOT NULL
);
CREATE TABLE windows (
	id       INTEGER PRIMARY KEY,
	start    INTEGER NOT NULL, -- in nanoseconds
	"end"    INTEGER NOT NULL,
	vector   BLOB NOT NULL,
	checksum INTEGER NOT NULL
);
`

// check finds out whether the database is an index.
func (s *Store) check() error {
	id, version, things, err := header(s.read)
	if err != nil {
		return err
	}
	if id == 0 && version == 0 && things == 0 { // it is only being made, or that was broken off
		return &fs.PathError{Op: "open", Path: s.path, Err: fs.ErrNotExist}
	}
	return s.checkHeader(id, version)
}

func (s *Store) checkHeader(id, version int) error {
	if id != applicationID {
		return fmt.Errorf("%s: %w", s.path, ErrFormat)
	}
	if version != schemaVersion {
		return fmt.Errorf("%s: %w of this version: it has version %d, this program reads %d", s.path, ErrFormat, version, schemaVersion)
	}
	return nil
}

// queryer is a database, a connection or a transaction.
type queryer interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// header returns what tells of which program the database is, and how many tables and
// other things it has.
func header(q queryer) (id, version, things int, err error) {
	err = q.QueryRowContext(context.Background(), `SELECT application_id, user_version, (SELECT count(*) FROM sqlite_schema)
		FROM pragma_application_id, pragma_user_version`).Scan(&id, &version, &things)
	return id, version, things, err
}

// create makes an index of an empty database. Others are left as they are.
func (s *Store) create() error {
	ctx := context.Background()
	c, err := s.write.Conn(ctx)
	if err != nil {
		return err
	}
	defer c.Close()
	id, version, things, err := header(c)
	if err != nil {
		return err
	}
	if id != 0 || version != 0 || things != 0 {
		return s.checkHeader(id, version)
	}
	// Neither can be done within the transaction.
	if _, err := c.ExecContext(ctx, fmt.Sprintf("PRAGMA page_size = %d", pageSize)); err != nil {
		return err
	}
	if _, err := c.ExecContext(ctx, "PRAGMA journal_mode = wal"); err != nil {
		return err
	}
	tx, err := c.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if id, version, things, err = header(tx); err != nil {
		return err
	}
	if id != 0 || version != 0 || things != 0 { // another program was faster
		return s.checkHeader(id, version)
	}
	if _, err := tx.Exec(schema + fmt.Sprintf("PRAGMA application_id = %d; PRAGMA user_version = %d", applicationID, schemaVersion)); err != nil {
		return err
	}
	return tx.Commit()
}
