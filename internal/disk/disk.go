// Package disk lets what reads files of an fs.FS read those of the system as well.
package disk

import (
	"io/fs"
	"os"
	"path/filepath"
)

// FS has the files of a volume of the system. Unlike those of other file systems, its
// names are any paths, with slashes between their parts: "/a/b", "../a".
type FS struct{ volume string }

var _ fs.StatFS = FS{}

// At returns the file system that has the file, or the folder, of a path, and its name
// there.
func At(path string) (fsys fs.FS, name string) {
	volume := filepath.VolumeName(path) // "" but for Windows
	return FS{volume}, filepath.ToSlash(path[len(volume):])
}

// Open implements fs.FS.
func (f FS) Open(name string) (fs.File, error) { return os.Open(f.path(name)) }

// Stat implements fs.StatFS. (To open some files, such as pipes, would mean to wait.)
func (f FS) Stat(name string) (fs.FileInfo, error) { return os.Stat(f.path(name)) }

func (f FS) path(name string) string { return f.volume + filepath.FromSlash(name) }
