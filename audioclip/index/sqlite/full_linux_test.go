package sqlite_test

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"syscall"
	"testing"
)

// TestFullDisk indexes on a disk that becomes full, and on it when it is not any more.
func TestFullDisk(t *testing.T) {
	dir, want := tones(t, 40)
	disk := t.TempDir()
	if err := syscall.Mount("none", disk, "tmpfs", 0, "size=1m"); err != nil {
		t.Skip("no disk can be mounted:", err)
	}
	defer syscall.Unmount(disk, 0)
	filler, db := filepath.Join(disk, "filler"), filepath.Join(disk, "index.db")
	if err := os.WriteFile(filler, make([]byte, 300<<10), 0o666); err != nil {
		t.Fatal(err)
	}
	c, stderr := indexer(t, db, dir, "")
	if err := c.Run(); err == nil || !strings.Contains(stderr.String(), "the disk is full") || !strings.Contains(stderr.String(), db) {
		t.Errorf("%v, %s", err, stderr)
	}
	got := entries(t, db)
	for path, e := range got {
		if !reflect.DeepEqual(e, want[path]) {
			t.Errorf("%s is not as it should be", path)
		}
	}
	if len(got) == 0 || len(got) == len(want) {
		t.Error("that is not in the middle")
	}
	t.Logf("%d of %d recordings were indexed: %s", len(got), len(want), stderr)
	if err := syscall.Mount("none", disk, "tmpfs", syscall.MS_REMOUNT, "size=4m"); err != nil {
		t.Fatal(err)
	}
	c, stderr = indexer(t, db, dir, "")
	if err := c.Run(); err != nil || !reflect.DeepEqual(entries(t, db), want) {
		t.Errorf("with room again: %v, %s", err, stderr)
	}
}
