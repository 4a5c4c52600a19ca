package checkpoint

import (
	"fmt"
	"math/big"
	"strconv"

	"github.com/nlpodyssey/gopickle/types"
)

// Limits of what a pickle may unfold to: by referring to the same dictionary again
// and again, a small one could have any number of tensors.
const (
	maxDepth     = 64
	maxNodes     = 1 << 20
	maxNameBytes = 16 << 20
	maxText      = 4096 // of a string in the metadata
)

// flattener gives names to the tensors of a value.
type flattener struct {
	file             *File
	src              *source
	nodes, nameBytes int
}

// flatten sets the tensors and metadata of a file from what its pickle built.
func (f *File) flatten(src *source, value any) error {
	f.tensors, f.Metadata = map[string]*Tensor{}, map[string]string{}
	return (&flattener{file: f, src: src}).add("", value, 0)
}

// add adds a value that is depth levels deep and has the given name.
func (f *flattener) add(name string, value any, depth int) error {
	f.nodes++
	f.nameBytes += len(name)
	if depth > maxDepth || f.nodes > maxNodes || f.nameBytes > maxNameBytes {
		return fmt.Errorf("nested too deeply, or unfolds to too much, at %.80q", name)
	}
	switch v := value.(type) {
	case *torchTensor:
		if f.file.tensors[name] != nil {
			return fmt.Errorf("there are two tensors %.200q", name)
		}
		t := v.Tensor
		t.Name, t.src = name, f.src
		t.offset = v.storage.offset + int64(v.first)*int64(t.DType.Size())
		f.file.tensors[name] = &t
	case *types.Dict:
		for _, e := range *v {
			if err := f.entry(name, e.Key, e.Value, depth); err != nil {
				return err
			}
		}
	case *types.OrderedDict:
		for e := v.List.Front(); e != nil; e = e.Next() {
			entry := e.Value.(*types.OrderedDictEntry)
			if err := f.entry(name, entry.Key, entry.Value, depth); err != nil {
				return err
			}
		}
	case *scriptObject: // its attributes are at its own depth: they have no name
		if attributes, ok := v.state.(*types.Dict); ok {
			return f.add(name, attributes, depth)
		}
	case *types.List:
		return f.sequence(name, *v, depth)
	case *types.Tuple:
		return f.sequence(name, *v, depth)
	}
	return nil
}

// entry adds an entry of the dictionary of a name.
func (f *flattener) entry(name string, key, value any, depth int) error {
	var last string
	switch k := key.(type) {
	case string:
		last = k
	case int:
		last = strconv.Itoa(k)
	default:
		return nil
	}
	name = join(name, last, depth)
	switch v := value.(type) {
	case bool, int, float64, *big.Int:
		f.file.Metadata[name] = fmt.Sprint(v)
	case string:
		if len(v) <= maxText {
			f.file.Metadata[name] = v
		}
	}
	return f.add(name, value, depth+1)
}

// sequence adds the elements of the list or tuple of a name. There may be many
// numbers among them, which nobody wants.
func (f *flattener) sequence(name string, values []any, depth int) error {
	for i, v := range values {
		switch v.(type) {
		case nil, bool, int, float64, *big.Int, string:
			continue
		}
		if err := f.add(join(name, strconv.Itoa(i), depth), v, depth+1); err != nil {
			return err
		}
	}
	return nil
}

// join returns the name of a member of what has a name and depth.
func join(name, member string, depth int) string {
	if depth == 0 {
		return member
	}
	return name + "." + member
}
