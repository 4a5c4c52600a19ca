package index

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"iter"
	"path/filepath"
	"slices"
	"time"

	"github.com/soundspace/soundspace/audioclip"
)

// ErrNotFound is the error of asking for a recording that is not in the store.
var ErrNotFound = errors.New("index: there is no such recording")

// ErrOtherModel is the error of vectors of one model where there are those of another:
// they cannot be compared.
var ErrOtherModel = errors.New("index: made with another model")

// File is a recording that is indexed.
type File struct {
	// Path is its absolute path, with the separators of the system.
	Path string
	// Size in bytes, ModTime and Hash, the SHA-256 of its bytes, tell whether it has
	// changed. Stores keep ModTime to the nanosecond, but not its location.
	Size    int64
	ModTime time.Time
	Hash    [sha256.Size]byte
	// Format is the name of the file format, as audio.Info has it.
	Format     string
	SampleRate int
	Channels   int
	Duration   time.Duration
}

// ID returns the name of a recording in URLs and databases: 32 hexadecimal digits, the
// first half of the SHA-256 of its path.
func (f File) ID() string { return ID(f.Path) }

// ID returns the ID of the recording of a path.
func ID(path string) string {
	sum := sha256.Sum256([]byte(path))
	return hex.EncodeToString(sum[:16])
}

// Entry is a recording with the vectors of its windows, each of unit length, in the
// order of their starts.
type Entry struct {
	File
	Windows []audioclip.Window
}

// unitTolerance is how far the square of the length of a vector may be from 1.
const unitTolerance = 1e-3

// Check returns an error if a store whose vectors have dim values cannot take the entry.
func (e Entry) Check(dim int) error {
	switch {
	case e.Path == "":
		return errors.New("index: a recording without a path")
	case len(e.Windows) == 0:
		return fmt.Errorf("index: %s has no window", e.Path)
	case dim == 0:
		return fmt.Errorf("index: the store of %s was not told of which model its vectors are", e.Path)
	}
	for i, w := range e.Windows {
		if len(w.Vector) != dim {
			return fmt.Errorf("%w: a vector of %s has %d values, those of the store have %d", ErrOtherModel, e.Path, len(w.Vector), dim)
		}
		squares := 0.0
		for _, x := range w.Vector {
			squares += float64(x) * float64(x)
		}
		if !(squares > 1-unitTolerance && squares < 1+unitTolerance) {
			return fmt.Errorf("index: vector %d of %s has not the length 1", i, e.Path)
		}
		if w.Start < 0 || w.End < w.Start || i > 0 && w.Start < e.Windows[i-1].Start {
			return fmt.Errorf("index: window %d of %s is from %v to %v", i, e.Path, w.Start, w.End)
		}
	}
	return nil
}

// Store keeps vectors of recordings. It is safe for concurrent use. What Put and Remove
// have done is there after a crash of the program; what they had not finished is not
// there at all.
//
// Paths are compared byte by byte. An error of one of the arguments of a method leaves
// the store as it was. What methods return is the caller's. Package storetest has a test
// of all this.
type Store interface {
	// Identity returns which model the vectors are of; the zero value if that was not
	// said yet.
	Identity(ctx context.Context) (Identity, error)
	// SetIdentity says which model vectors will be of. If the store has those of another
	// one (see Identity.Fits), the error is ErrOtherModel; if it is the same, what was
	// said first stays. A store without recordings takes any.
	SetIdentity(ctx context.Context, id Identity) error
	// Put adds a recording, or replaces the one of the same path. There must be a
	// window, and the vectors must have the length of the identity (see Entry.Check).
	Put(ctx context.Context, e Entry) error
	// Remove removes recordings; those that are not there are no error.
	Remove(ctx context.Context, paths ...string) error
	// Get returns the recording of an ID (see File.ID), or ErrNotFound.
	Get(ctx context.Context, id string) (Entry, error)
	// File is Get without the windows, which it does not read.
	File(ctx context.Context, id string) (File, error)
	// Files goes through all recordings, in the order of their paths.
	Files(ctx context.Context) iter.Seq2[File, error]
	// Entries goes through all recordings with their vectors, in any order.
	Entries(ctx context.Context) iter.Seq2[Entry, error]
	// Search returns the best hits, best first; of the same score, in the order of path
	// and start. It is exact: no better one is missed.
	Search(ctx context.Context, q Query) ([]Hit, error)
	// Close gives back what the store holds.
	Close() error
}

// Clear removes all recordings of a store, so that it takes those of any model.
func Clear(ctx context.Context, s Store) error {
	var paths []string
	for f, err := range s.Files(ctx) {
		if err != nil {
			return err
		}
		paths = append(paths, f.Path)
	}
	return s.Remove(ctx, paths...)
}

// RemoveBelow removes the recordings below folders, or those of files, from a store, and
// returns how many there were.
func RemoveBelow(ctx context.Context, s Store, dirs ...string) (int, error) {
	var roots, paths []string
	for _, dir := range dirs {
		root, err := filepath.Abs(dir)
		if err != nil {
			return 0, err
		}
		roots = append(roots, root)
	}
	for f, err := range s.Files(ctx) {
		if err != nil {
			return 0, err
		}
		if slices.ContainsFunc(roots, func(root string) bool { return below(f.Path, root) }) {
			paths = append(paths, f.Path)
		}
	}
	return len(paths), s.Remove(ctx, paths...)
}
