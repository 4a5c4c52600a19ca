package disk

import (
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"testing"
)

func TestAt(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "file"), []byte("text"), 0o666); err != nil {
		t.Fatal(err)
	}
	t.Chdir(dir)
	for _, folder := range []string{dir, ".", filepath.Join("..", filepath.Base(dir))} {
		fsys, name := At(folder)
		if data, err := fs.ReadFile(fsys, path.Join(name, "file")); err != nil || string(data) != "text" {
			t.Errorf("%s: read %q, %v", folder, data, err)
		}
		if entries, err := fs.ReadDir(fsys, name); err != nil || len(entries) != 1 || entries[0].Name() != "file" {
			t.Errorf("%s: %v, %v", folder, entries, err)
		}
		if st, err := fs.Stat(fsys, path.Join(name, "file")); err != nil || st.Size() != 4 {
			t.Errorf("%s: %v, %v", folder, st, err)
		}
	}
}
