package index

import (
	"errors"
	"fmt"
	"path"
	"path/filepath"
	"strings"
	"time"
)

// Query says what is looked for.
type Query struct {
	// Vector is compared with those of windows: the score is the dot product, the cosine
	// if it has unit length.
	Vector []float32
	// K is the largest number of hits, after the Offset best are left out.
	K, Offset int
	// MinScore is the least score of a hit. Zero leaves out what points away from the
	// vector; -Inf leaves out nothing.
	MinScore float32
	// Path must occur in the path, capital and small letters alike (empty: any). If it
	// has one of *?[ it is a pattern as path.Match has them, of the whole path or of its
	// last elements: "*.wav", "birds/*.wav". Folders may be separated by slashes on all
	// systems.
	Path string
	// MinDuration and MaxDuration limit the length of the recording (zero: they do not).
	MinDuration, MaxDuration time.Duration
	// Windows gives each window as a hit of its own. Otherwise each recording is one hit,
	// with its best window, the first of those of the same score.
	Windows bool
	// Workers is the number of goroutines that share the work (0: 1), where the store
	// does it itself. The hits do not depend on it.
	Workers int
}

// Hit is a recording, or a window of one, that was found.
type Hit struct {
	File
	Start, End time.Duration // of the window
	Score      float32
}

// Check returns an error if the query makes no sense to a store whose vectors have dim
// values.
func (q Query) Check(dim int) error {
	switch {
	case len(q.Vector) == 0:
		return errors.New("index: a query without a vector")
	case dim != 0 && len(q.Vector) != dim:
		return fmt.Errorf("%w: the vector of the query has %d values, those of the store have %d", ErrOtherModel, len(q.Vector), dim)
	case q.K < 0 || q.Offset < 0:
		return fmt.Errorf("index: K is %d and Offset is %d, they must not be negative", q.K, q.Offset)
	case q.MinScore != q.MinScore:
		return errors.New("index: MinScore is NaN")
	case q.MinDuration < 0 || q.MaxDuration < 0:
		return fmt.Errorf("index: durations from %v to %v, they must not be negative", q.MinDuration, q.MaxDuration)
	}
	for i, x := range q.Vector {
		if x-x != 0 {
			return fmt.Errorf("index: value %d of the vector of the query is %v", i, x)
		}
	}
	_, err := q.Filter()
	return err
}

// Filter returns a function that tells whether Path and the durations of the query allow
// a recording, nil if they allow all. The error is that of a pattern.
func (q Query) Filter() (func(File) bool, error) {
	pathAllows, err := pathFilter(q.Path)
	if err != nil {
		return nil, err
	}
	if pathAllows == nil && q.MinDuration == 0 && q.MaxDuration == 0 {
		return nil, nil
	}
	return func(f File) bool {
		return f.Duration >= q.MinDuration && (q.MaxDuration == 0 || f.Duration <= q.MaxDuration) &&
			(pathAllows == nil || pathAllows(f.Path))
	}, nil
}

func pathFilter(pattern string) (func(string) bool, error) {
	fold := func(p string) string { return strings.ToLower(filepath.ToSlash(p)) }
	if pattern == "" {
		return nil, nil
	}
	folded := fold(pattern)
	if !strings.ContainsAny(pattern, "*?[") {
		return func(p string) bool { return strings.Contains(fold(p), folded) }, nil
	}
	if _, err := path.Match(folded, ""); err != nil {
		return nil, fmt.Errorf("index: the pattern %q of paths: %w", pattern, err)
	}
	elements := strings.Count(folded, "/") + 1
	return func(p string) bool {
		p = fold(p)
		ok, _ := path.Match(folded, p)
		if !ok {
			ok, _ = path.Match(folded, lastElements(p, elements))
		}
		return ok
	}, nil
}

// lastElements returns the last n elements of a path with slashes.
func lastElements(p string, n int) string {
	for i := len(p) - 1; i >= 0; i-- {
		if p[i] == '/' {
			if n--; n == 0 {
				return p[i+1:]
			}
		}
	}
	return p
}
