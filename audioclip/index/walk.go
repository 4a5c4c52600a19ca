package index

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/soundspace/soundspace/internal/inputs"
)

// found is a file that may be a recording, and is new or changed.
type found struct {
	path  string
	size  int64
	named bool // by the caller, not found in a folder
}

// walk looks for recordings. It returns those that have to be read, and notes in
// b.gone which are in the store and were not found.
func (b *builder) walk(ctx context.Context, dirs []string) ([]found, error) {
	var files []found
	seen := map[string]bool{}
	for _, dir := range dirs {
		root, err := filepath.Abs(dir)
		if err != nil {
			return nil, err
		}
		var unread []string // what may hold more
		here := 0
		for _, in := range inputs.Find([]string{root}, true) {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			path := filepath.Clean(in.Path)
			if in.Err != nil {
				b.fail(path, in.Err)
				unread = append(unread, path)
				continue
			}
			st, err := os.Stat(path)
			switch {
			case errors.Is(err, fs.ErrNotExist): // a link to nowhere, or it has just vanished
				continue
			case err == nil && !st.Mode().IsRegular():
				err = errors.New("is not a regular file")
			}
			if err != nil {
				b.fail(path, err)
				unread = append(unread, path)
				continue
			}
			here++
			if seen[path] {
				continue
			}
			seen[path] = true
			if !b.mine(path) {
				continue
			}
			if k, ok := b.known[path]; ok && k.size == st.Size() && k.modTime == st.ModTime().UnixNano() {
				b.report.Unchanged++
				continue
			}
			files = append(files, found{path, st.Size(), !in.Found})
		}
		gone := b.goneBelow(root, unread, seen)
		if here == 0 && len(gone) > 0 {
			b.fail(root, fmt.Errorf("nothing is in it, so that its disk may be missing; the index keeps %d recordings of it", len(gone)))
			continue
		}
		b.gone = append(b.gone, gone...)
	}
	slices.Sort(b.gone)
	b.gone = slices.Compact(b.gone)
	return files, nil
}

// goneBelow returns the recordings of the store below a folder that were not seen, but
// would have been: they are not in one that could not be read.
func (b *builder) goneBelow(root string, unread []string, seen map[string]bool) (gone []string) {
	for path := range b.known {
		if below(path, root) && !seen[path] && b.mine(path) && !slices.ContainsFunc(unread, func(dir string) bool { return below(path, dir) }) {
			gone = append(gone, path)
		}
	}
	return gone
}

// below tells whether path is dir or lies below it.
func below(path, dir string) bool {
	rest, ok := strings.CutPrefix(path, strings.TrimSuffix(dir, string(filepath.Separator)))
	return ok && (rest == "" || rest[0] == filepath.Separator)
}
