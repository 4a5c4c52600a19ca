// Package params gives the weights of a checkpoint to the layers of a model, by
// name and shape, and keeps account of what is missing, misshapen or left over.
package params

import (
	"fmt"
	"slices"
	"sort"
	"strings"

	"github.com/soundspace/soundspace/internal/checkpoint"
	"github.com/soundspace/soundspace/internal/nn"
)

// Source is where tensors come from.
type Source interface {
	// Tensor returns the tensor of a name, nil if there is none. The shape is the
	// one that the model expects.
	Tensor(name string, shape []int) *checkpoint.Tensor
	// Names returns the names of all tensors.
	Names() []string
}

// Map is a Source.
type Map map[string]*checkpoint.Tensor

func (m Map) Tensor(name string, _ []int) *checkpoint.Tensor { return m[name] }

func (m Map) Names() []string {
	names := make([]string, 0, len(m))
	for name := range m {
		names = append(names, name)
	}
	sort.Strings(names)
	return names
}

// Set hands out the tensors under a prefix. Its methods do not fail: what cannot
// be had is noted, zeros take its place, and Err tells in the end.
type Set struct {
	shared *shared
	prefix string
}

type shared struct {
	source   Source
	storage  func(checkpoint.DType) nn.Storage
	used     map[string]bool
	problems []string
}

// New returns the set of all tensors of a source. storage says how the weights of
// linear maps and convolutions are kept, given their type in the file; nil keeps
// them as they are there.
func New(source Source, storage func(checkpoint.DType) nn.Storage) *Set {
	if storage == nil {
		storage = asStored
	}
	return &Set{shared: &shared{source: source, storage: storage, used: map[string]bool{}}}
}

func asStored(d checkpoint.DType) nn.Storage {
	switch d {
	case checkpoint.Float16:
		return nn.Float16
	case checkpoint.BFloat16:
		return nn.BFloat16
	}
	return nn.Float32
}

// Sub returns the set of the tensors whose names begin with prefix, which may be
// a format for args.
func (s *Set) Sub(prefix string, args ...any) *Set {
	if len(args) > 0 {
		prefix = fmt.Sprintf(prefix, args...)
	}
	return &Set{s.shared, s.prefix + prefix}
}

// Shape returns the shape of a tensor, nil if there is none. (That of a single
// number is empty, not nil.)
func (s *Set) Shape(name string) []int {
	t := s.shared.source.Tensor(s.prefix+name, nil)
	if t == nil {
		return nil
	}
	return append([]int{}, t.Shape...)
}

// Name returns the whole name of a tensor.
func (s *Set) Name(name string) string { return s.prefix + name }

// Has tells whether there is a tensor of that name.
func (s *Set) Has(name string) bool { return s.Shape(name) != nil }

// Tensor returns a tensor of the given shape.
func (s *Set) Tensor(name string, shape ...int) *checkpoint.Tensor {
	name = s.prefix + name
	s.shared.used[name] = true
	t := s.shared.source.Tensor(name, shape)
	switch {
	case t == nil:
		s.problem("tensor %s %v is missing", name, shape)
	case !slices.Equal(t.Shape, shape):
		s.problem("tensor %s has shape %v, expected %v", name, t.Shape, shape)
	default:
		return t
	}
	n := 1
	for _, d := range shape {
		n *= d
	}
	return checkpoint.FromFloats(name, shape, make([]float32, n))
}

// Problem notes something else that is wrong.
func (s *Set) problem(format string, args ...any) {
	s.shared.problems = append(s.shared.problems, fmt.Sprintf(format, args...))
}

// Floats returns the values of a tensor, which must not be changed.
func (s *Set) Floats(name string, shape ...int) []float32 { return s.Tensor(name, shape...).Floats() }

// Ignore marks tensors as known but not needed: those whose names, after the
// prefix, are one of names or begin with one that ends in "*".
func (s *Set) Ignore(names ...string) {
	for _, full := range s.shared.source.Names() {
		rest, ok := strings.CutPrefix(full, s.prefix)
		if !ok {
			continue
		}
		for _, name := range names {
			if begin, wild := strings.CutSuffix(name, "*"); rest == name || wild && strings.HasPrefix(rest, begin) {
				s.shared.used[full] = true
			}
		}
	}
}

// Err tells what was missing, misshapen, or not asked for at all.
func (s *Set) Err() error {
	problems := slices.Clone(s.shared.problems)
	for _, name := range s.shared.source.Names() {
		if !s.shared.used[name] && strings.HasPrefix(name, s.prefix) {
			t := s.shared.source.Tensor(name, nil)
			problems = append(problems, fmt.Sprintf("tensor %s %v is not part of the model", name, t.Shape))
		}
	}
	if len(problems) == 0 {
		return nil
	}
	const most = 10
	text := strings.Join(problems[:min(len(problems), most)], "; ")
	if n := len(problems) - most; n > 0 {
		text += fmt.Sprintf("; and %d more", n)
	}
	return fmt.Errorf("the weights do not fit: %s", text)
}
