package checkpoint

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"testing/fstest"
)

// onlyRead has files that can be read from the beginning and in no other way.
type onlyRead struct{ fs.FS }

func (o onlyRead) Open(name string) (fs.File, error) {
	f, err := o.FS.Open(name)
	return struct{ fs.File }{f}, err
}

// The same comes out of any file system.
func TestOpenFS(t *testing.T) {
	memory := fstest.MapFS{}
	paths, err := filepath.Glob("testdata/*")
	if err != nil {
		t.Fatal(err)
	}
	shards, _ := filepath.Glob("testdata/sharded_*/*")
	opened := 0
	for _, path := range append(paths, shards...) {
		if data, err := os.ReadFile(path); err == nil {
			memory[filepath.ToSlash(path)] = &fstest.MapFile{Data: data}
		}
	}
	for name := range memory {
		want, failed := Open(name)
		for _, fsys := range []fs.FS{os.DirFS("."), memory, onlyRead{memory}} {
			got, err := OpenFS(fsys, name)
			if failed != nil {
				if err == nil || err.Error() != failed.Error() {
					t.Errorf("%T: %v, want %v", fsys, err, failed)
				}
				continue
			}
			if err != nil {
				t.Errorf("%T: %v", fsys, err)
				continue
			}
			opened++
			if !slices.Equal(got.Names(), want.Names()) {
				t.Errorf("%T, %s: tensors %q", fsys, name, got.Names())
			}
			for _, tensor := range got.Names() {
				a, failed := got.Tensor(tensor).Bytes()
				if b, err := want.Tensor(tensor).Bytes(); failed != nil || err != nil || !slices.Equal(a, b) {
					t.Errorf("%T, %s: tensor %s differs (%v, %v)", fsys, name, tensor, failed, err)
				}
			}
			if err := got.Close(); err != nil {
				t.Errorf("%T, %s: %v", fsys, name, err)
			}
		}
		if failed == nil {
			want.Close()
		}
	}
	if opened == 0 {
		t.Error("no checkpoint in testdata")
	}
	if _, err := OpenFS(memory, "testdata"); err == nil {
		t.Error("a folder is opened")
	}
}
