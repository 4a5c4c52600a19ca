//go:build unix

package sqlite_test

import (
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// limitFiles limits the size, in bytes, of files that this process writes.
func limitFiles(limit string) error {
	if limit == "" {
		return nil
	}
	n, err := strconv.ParseUint(limit, 10, 63)
	if err != nil {
		return err
	}
	var r syscall.Rlimit
	if err := syscall.Getrlimit(fileSizeLimit, &r); err != nil {
		return err
	}
	r.Cur = n
	return syscall.Setrlimit(fileSizeLimit, &r)
}

// fileSizeLimit is RLIMIT_FSIZE, the same everywhere.
const fileSizeLimit = 1

// TestNoRoom indexes where there is no room for all: the limit of a file's size stands
// for a disk that is full.
func TestNoRoom(t *testing.T) {
	dir, want := tones(t, 40)
	db := filepath.Join(t.TempDir(), "index.db")
	for _, limit := range []int{0, 20_000, 60_000, 100_000} {
		c, stderr := indexer(t, db, dir, strconv.Itoa(limit))
		err := c.Run()
		if err == nil || !strings.Contains(stderr.String(), db) || strings.Contains(stderr.String(), "goroutine") {
			t.Errorf("at most %d bytes: %v, %s", limit, err, stderr)
		}
		t.Logf("at most %d bytes: %s", limit, stderr)
		for path, e := range entries(t, db) {
			if !reflect.DeepEqual(e, want[path]) {
				t.Errorf("at most %d bytes: %s is not as it should be", limit, path)
			}
		}
	}
	c, stderr := indexer(t, db, dir, "")
	if err := c.Run(); err != nil || !reflect.DeepEqual(entries(t, db), want) {
		t.Errorf("with room again: %v, %s", err, stderr)
	}
}
