package checkpoint

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/bits"
	"slices"

	"github.com/soundspace/soundspace/internal/half"
)

// Tensor is an array of numbers with a name. Where it comes from a file, its
// elements stay there until they are asked for. It may be used by several
// goroutines at a time.
type Tensor struct {
	Name  string
	DType DType
	Shape []int // empty: a single number

	src     *source
	offset  int64 // of the first element in src, in bytes
	strides []int // in elements; nil: one element after the other, last index fastest

	checksum *uint32 // maskedChecksum of the elements (nil: there is none)
}

// FromFloats returns a float32 tensor with the given values, of which no copy is
// made: they must not be changed afterwards. It panics if there are more or fewer
// than the shape has.
func FromFloats(name string, shape []int, values []float32) *Tensor {
	t := &Tensor{Name: name, DType: Float32, Shape: shape, src: memorySource(floatBytes(values))}
	if t.Len() != len(values) {
		panic(fmt.Sprintf("checkpoint: %d values for shape %v", len(values), shape))
	}
	return t
}

// Float16FromFloats returns a tensor of binary16 with the given values, each rounded
// to the nearest: those of 65520 and more, which it cannot hold, to infinity. It panics if there are more or fewer than the shape has.
func Float16FromFloats(name string, shape []int, values []float32) *Tensor {
	data := make([]byte, 0, 2*len(values))
	for _, v := range values {
		data = binary.LittleEndian.AppendUint16(data, half.Float16Bits(v))
	}
	t := &Tensor{Name: name, DType: Float16, Shape: shape, src: memorySource(data)}
	if t.Len() != len(values) {
		panic(fmt.Sprintf("checkpoint: %d values for shape %v", len(values), shape))
	}
	return t
}

// Len returns the number of elements.
func (t *Tensor) Len() int {
	n := 1
	for _, d := range t.Shape {
		n *= d
	}
	return n
}

// Floats returns the elements as float32, each rounded once if it has to be.
// What it returns may be the file's own memory: it must not be changed, nor used
// after the file is closed. If the file cannot be read, all are NaN and the error
// is that of File.Err.
func (t *Tensor) Floats() []float32 {
	b, err := t.Bytes()
	if err == nil && t.DType == Float32 {
		if v, ok := floatView(b); ok {
			return v
		}
	}
	dst := make([]float32, t.Len())
	t.toFloats(dst, b, err)
	return dst
}

// Row converts the elements of first index i to float32: row i of a matrix. It
// panics if there is no such row and if dst has another size. Only the row is
// read. Errors are as in Floats.
func (t *Tensor) Row(dst []float32, i int) {
	if len(t.Shape) == 0 || i < 0 || i >= t.Shape[0] {
		panic(fmt.Sprintf("checkpoint: no row %d in a tensor of shape %v", i, t.Shape))
	}
	row := *t
	row.Shape, row.checksum = t.Shape[1:], nil
	n := row.Len()
	if len(dst) != n {
		panic(fmt.Sprintf("checkpoint: %d values for a row of %d", len(dst), n))
	}
	step := n
	if t.strides != nil {
		step, row.strides = t.strides[0], t.strides[1:]
	}
	row.offset += int64(i) * int64(step) * int64(t.DType.Size())
	b, err := row.Bytes()
	t.toFloats(dst, b, err)
}

// Ints returns the elements of a tensor of integers or truth values (0 and 1). It
// panics if it is of another type or uint64, and fails if they cannot be read.
func (t *Tensor) Ints() ([]int64, error) {
	b, err := t.Bytes()
	if err != nil {
		return nil, err
	}
	dst := make([]int64, t.Len())
	toInts(dst, b, t.DType)
	return dst, nil
}

// Bytes returns the elements as they are stored, little-endian, one after the
// other, last index fastest. What it returns may be the file's own memory, as in
// Floats.
func (t *Tensor) Bytes() ([]byte, error) {
	b, err := t.read()
	if err != nil {
		err = fmt.Errorf("checkpoint: tensor %q: %w", t.Name, err)
		t.src.fail(err)
	}
	return b, err
}

// Release tells the system that the elements are not needed for now, so that a
// mapped file does not fill memory with what has been copied from it. What Floats and
// Bytes have returned stays valid.
func (t *Tensor) Release() {
	if t.strides == nil {
		t.src.release(t.offset, int64(t.Len())*int64(t.DType.Size()))
	}
}

func (t *Tensor) read() ([]byte, error) {
	n, size := t.Len(), t.DType.Size()
	if t.strides == nil || n == 0 {
		b, err := t.src.bytes(t.offset, int64(n)*int64(size))
		if err == nil && t.checksum != nil && maskedChecksum(b) != *t.checksum {
			return nil, bad("the checksum of its elements is wrong")
		}
		return b, err
	}
	last := 0 // index of the last element needed
	for i, d := range t.Shape {
		last += (d - 1) * t.strides[i]
	}
	src, err := t.src.bytes(t.offset, (int64(last)+1)*int64(size))
	if err != nil {
		return nil, err
	}
	dst := make([]byte, 0, n*size)
	index := make([]int, len(t.Shape))
	for at := 0; ; {
		dst = append(dst, src[at*size:(at+1)*size]...)
		i := len(index) - 1
		for ; i >= 0; i-- {
			index[i]++
			at += t.strides[i]
			if index[i] < t.Shape[i] {
				break
			}
			at -= index[i] * t.strides[i]
			index[i] = 0
		}
		if i < 0 {
			return dst, nil
		}
	}
}

// toFloats converts the bytes that were read, or tells by NaN that none were.
func (t *Tensor) toFloats(dst []float32, b []byte, err error) {
	if err != nil {
		for i := range dst {
			dst[i] = float32(math.NaN())
		}
		return
	}
	toFloats(dst, b, t.DType)
}

// product returns the product of dimensions, false if it is not an int or one of
// them is negative. A zero makes it zero however large the others are, as long as
// those before it have a product.
func product(dims []int) (int, bool) {
	n := uint64(1)
	for _, d := range dims {
		hi, lo := bits.Mul64(n, uint64(d))
		if d < 0 || hi != 0 || lo > math.MaxInt {
			return 0, false
		}
		n = lo
	}
	return int(n), true
}

// contiguous tells whether elements with these strides lie one after the other.
func contiguous(shape, strides []int) bool {
	if slices.Contains(shape, 0) {
		return true
	}
	step := 1
	for i := len(shape) - 1; i >= 0; i-- {
		if shape[i] > 1 && strides[i] != step {
			return false
		}
		step *= shape[i]
	}
	return true
}
