package sqlite_test

import (
	"path/filepath"
	"testing"

	"github.com/soundspace/soundspace/audioclip/index"
	"github.com/soundspace/soundspace/audioclip/index/sqlite"
	"github.com/soundspace/soundspace/audioclip/index/storetest"
)

func open(t testing.TB, path string) *sqlite.Store {
	t.Helper()
	s, err := sqlite.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func TestStore(t *testing.T) {
	storetest.Test(t, func(t *testing.T) index.Store { return open(t, filepath.Join(t.TempDir(), "a ?#%20.db")) })
}
