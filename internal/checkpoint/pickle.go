package checkpoint

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"strings"

	"github.com/nlpodyssey/gopickle/pickle"
	"github.com/nlpodyssey/gopickle/types"
)

// unpickler runs the pickles of a PyTorch file. What they build are the types of
// gopickle for dictionaries, lists and tuples, and storageView, torchTensor,
// scriptObject and inert. It may contain itself: it must not be printed.
type unpickler struct {
	// storage returns the storage of a key with at least the given number of
	// elements, each of so many bytes.
	storage func(key string, count, size int) (*storage, error)
	script  bool // a TorchScript archive: there are modules
}

// storage is memory that tensors share: a part of the file.
type storage struct {
	offset      int64 // in the file
	count, size int   // of its elements
}

// storageView is what a pickle knows of a storage: what type it is of, and for
// old files which part of it is meant, in elements.
type storageView struct {
	*storage
	dtype        DType
	first, count int
}

// torchTensor is a tensor before the place of its storage is known.
type torchTensor struct {
	Tensor
	storage *storage
	first   int // element of the storage
}

// load runs the pickle at the beginning of data and returns what it builds, which
// holds no part of the data, and its length. The error is io.ErrUnexpectedEOF if
// data ends before it.
func (p *unpickler) load(data []byte) (value any, n int, err error) {
	n, err = checkPickle(data)
	if err != nil {
		return nil, 0, err
	}
	u := pickle.NewUnpickler(bytes.NewReader(data[:n]))
	u.FindClass = p.class
	u.PersistentLoad = p.persistent
	// The check leaves a few cases in which gopickle panics: bytes as a key of an
	// OrderedDict or set, and arrays of the module array with wrong arguments.
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("not possible: %v", r)
		}
		if err != nil {
			value, n, err = nil, 0, shorten(err)
		}
	}()
	value, err = u.Load()
	return value, n, err
}

// shorten keeps errors that print values, as some of gopickle do, legible. It
// leaves nothing but their text.
func shorten(err error) error {
	const most = 300
	text := err.Error()
	if len(text) > most {
		text = strings.ToValidUTF8(text[:most], "") + "…"
	}
	return errors.New(text)
}

// persistent returns the storage that a persistent id stands for:
// ("storage", class, key, device, number of elements[, view]), where the view is
// None or (key of the view, first element, number of elements).
func (p *unpickler) persistent(id any) (any, error) {
	tuple, ok := id.(*types.Tuple)
	if !ok || tuple.Len() < 5 || tuple.Len() > 6 || tuple.Get(0) != "storage" {
		return nil, fmt.Errorf("persistent id is not that of a storage")
	}
	class, ok1 := tuple.Get(1).(dtypeClass)
	key, ok2 := tuple.Get(2).(string)
	count, ok3 := tuple.Get(4).(int)
	if !ok1 || !ok2 || !ok3 || count < 0 || count > math.MaxInt/8 {
		return nil, fmt.Errorf("storage %.80q of %d elements: wrong persistent id", key, count)
	}
	d := DType(class)
	s, err := p.storage(key, count, d.Size())
	if err != nil {
		return nil, fmt.Errorf("storage %.80q: %w", key, err)
	}
	v := &storageView{s, d, 0, count}
	if tuple.Len() == 6 && tuple.Get(5) != nil {
		view, ok := tuple.Get(5).(*types.Tuple)
		if !ok || view.Len() != 3 {
			return nil, fmt.Errorf("storage %.80q: wrong view", key)
		}
		var ok1, ok2 bool
		v.first, ok1 = view.Get(1).(int)
		v.count, ok2 = view.Get(2).(int)
		if !ok1 || !ok2 || v.first < 0 || v.count < 0 || v.first > count || v.count > count-v.first {
			return nil, fmt.Errorf("storage %.80q: view outside of it", key)
		}
	}
	return v, nil
}

// maxExpanded is the number of elements a tensor may have beyond those of its
// storage: strides may let it repeat them.
const maxExpanded = 1 << 22

// rebuild returns the tensor of (storage, offset, shape, strides, …), as
// torch._utils._rebuild_tensor_v2 does, with elements of the given type. If there
// is an argument of index metadata, it may tell that the tensor is the negative or
// conjugate of what is stored.
func rebuild(args []any, d DType, metadata int) (any, error) {
	if len(args) < 4 {
		return nil, fmt.Errorf("%d arguments for a tensor", len(args))
	}
	v, ok1 := args[0].(*storageView)
	offset, ok2 := args[1].(int)
	shape, ok3 := intTuple(args[2])
	strides, ok4 := intTuple(args[3])
	if !ok1 || !ok2 || !ok3 || !ok4 || len(shape) != len(strides) || offset < 0 {
		return nil, fmt.Errorf("wrong arguments for a tensor")
	}
	if len(args) > metadata && args[metadata] != nil {
		if m, ok := args[metadata].(*types.Dict); !ok || m.Len() > 0 {
			return nil, fmt.Errorf("a tensor that is the negative or conjugate of what is stored")
		}
	}
	// Elements of v, all of one size, count from the beginning of its storage.
	have, first := v.count*v.dtype.Size()/d.Size(), v.first*v.dtype.Size()/d.Size()
	n, ok := product(shape)
	if !ok || n > max(have, maxExpanded) {
		return nil, fmt.Errorf("a tensor of shape %v in a storage of %d elements", shape, have)
	}
	last, ok := lastIndex(shape, strides)
	if !ok || n > 0 && (offset > have || last >= have-offset) {
		return nil, fmt.Errorf("a tensor of shape %v, strides %v and offset %d goes out of its storage of %d elements", shape, strides, offset, have)
	}
	if n == 0 {
		offset = 0 // there is nothing to be read, wherever it is
	}
	t := &torchTensor{Tensor: Tensor{DType: d, Shape: shape, strides: strides}, storage: v.storage, first: first + offset}
	if contiguous(shape, strides) {
		t.strides = nil
	}
	return t, nil
}

// lastIndex returns Σ (shape[i]-1)·strides[i], the largest index of a tensor that
// has elements; false if it is not an int or a stride is negative.
func lastIndex(shape, strides []int) (int, bool) {
	last := 0
	for i, d := range shape {
		step, ok := product([]int{max(d-1, 0), strides[i]})
		if !ok || strides[i] < 0 || step > math.MaxInt-1-last {
			return 0, false
		}
		last += step
	}
	return last, true
}

// maxDims is the largest number of dimensions that PyTorch can store.
const maxDims = 64

// intTuple returns the integers of a tuple.
func intTuple(v any) ([]int, bool) {
	tuple, ok := v.(*types.Tuple)
	if !ok || tuple.Len() > maxDims {
		return nil, false
	}
	ints := make([]int, tuple.Len())
	for i, v := range *tuple {
		if ints[i], ok = v.(int); !ok {
			return nil, false
		}
	}
	return ints, true
}
