// Package npy reads and writes NumPy's .npy array files (format versions 1.0
// to 3.0) and reads .npz archives of them.
//
// Format: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
package npy

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"regexp"
	"strconv"
	"strings"
)

const magic = "\x93NUMPY"

// headerSize is the size of every header that Header writes: enough for any
// shape of up to four dimensions, and a multiple of 64 as the format asks.
const headerSize = 192

// Header returns the header of a C-ordered little-endian array. Its size does
// not depend on the shape, so that a writer can leave room for it and fill it
// in when the number of rows is known. It panics on more than four dimensions,
// a negative one, and a dtype too long for the room.
func Header(dtype string, shape ...int) []byte {
	if len(shape) > 4 {
		panic("npy: Header takes at most four dimensions")
	}
	var dims strings.Builder
	for _, n := range shape {
		if n < 0 {
			panic("npy: negative dimension")
		}
		fmt.Fprintf(&dims, "%d, ", n)
	}
	tuple := strings.TrimSuffix(dims.String(), " ")
	if len(shape) > 1 {
		tuple = strings.TrimSuffix(tuple, ",")
	}
	text := fmt.Sprintf("{'descr': '%s', 'fortran_order': False, 'shape': (%s), }", dtype, tuple)
	h := make([]byte, 0, headerSize)
	h = append(h, magic...)
	h = append(h, 1, 0)
	h = binary.LittleEndian.AppendUint16(h, headerSize-10)
	h = append(h, text...)
	if len(h) >= headerSize {
		panic("npy: dtype too long")
	}
	for len(h) < headerSize-1 {
		h = append(h, ' ')
	}
	return append(h, '\n')
}

// Array is an array of real or complex numbers. Real dtypes fill Real; complex
// ones fill Complex. Values are in C order.
type Array struct {
	Dtype   string
	Shape   []int
	Real    []float64
	Complex []complex128
}

// ErrFormat is wrapped by every error about bytes that are no array this
// package reads.
var ErrFormat = errors.New("npy: not a readable array")

var (
	descrRE   = regexp.MustCompile(`'descr':\s*'([^']*)'`)
	fortranRE = regexp.MustCompile(`'fortran_order':\s*(True|False)`)
	shapeRE   = regexp.MustCompile(`'shape':\s*\(([0-9,\s]*)\)`)
)

// Read reads one array. It takes dtypes f4, f8, c8, c16, and
// signed and unsigned integers, little-endian, in C order.
func Read(r io.Reader) (*Array, error) {
	var pre [8]byte
	if _, err := io.ReadFull(r, pre[:]); err != nil {
		return nil, fmt.Errorf("%w: magic string: %w", ErrFormat, err)
	}
	if string(pre[:6]) != magic {
		return nil, fmt.Errorf("%w: no magic string", ErrFormat)
	}
	var n int
	switch pre[6] {
	case 1:
		var b [2]byte
		if _, err := io.ReadFull(r, b[:]); err != nil {
			return nil, fmt.Errorf("%w: header: %w", ErrFormat, err)
		}
		n = int(binary.LittleEndian.Uint16(b[:]))
	case 2, 3:
		var b [4]byte
		if _, err := io.ReadFull(r, b[:]); err != nil {
			return nil, fmt.Errorf("%w: header: %w", ErrFormat, err)
		}
		u := binary.LittleEndian.Uint32(b[:])
		if u > 1<<20 {
			return nil, fmt.Errorf("%w: header of %d bytes", ErrFormat, u)
		}
		n = int(u)
	default:
		return nil, fmt.Errorf("%w: version %d", ErrFormat, pre[6])
	}
	text := make([]byte, n)
	if _, err := io.ReadFull(r, text); err != nil {
		return nil, fmt.Errorf("%w: header: %w", ErrFormat, err)
	}
	descr, fortran, shape := descrRE.FindSubmatch(text), fortranRE.FindSubmatch(text), shapeRE.FindSubmatch(text)
	if descr == nil || fortran == nil || shape == nil {
		return nil, fmt.Errorf("%w: header %q", ErrFormat, text)
	}
	a := &Array{Dtype: string(descr[1]), Shape: []int{}}
	count := 1
	for _, f := range strings.Split(string(shape[1]), ",") {
		if f = strings.TrimSpace(f); f == "" {
			continue
		}
		d, err := strconv.Atoi(f)
		if err != nil || d < 0 || (d > 0 && count > math.MaxInt/16/d) {
			return nil, fmt.Errorf("%w: shape (%s)", ErrFormat, shape[1])
		}
		a.Shape = append(a.Shape, d)
		count *= d
	}
	if string(fortran[1]) == "True" && len(a.Shape) > 1 {
		return nil, fmt.Errorf("%w: Fortran order", ErrFormat)
	}
	item, ok := itemSize[strings.TrimLeft(a.Dtype, "<|")]
	if !ok {
		return nil, fmt.Errorf("%w: dtype %q", ErrFormat, a.Dtype)
	}
	// The count is the file's word: read what is there, then compare.
	data, err := io.ReadAll(io.LimitReader(r, int64(count)*int64(item)))
	if err != nil {
		return nil, fmt.Errorf("npy: %w", err)
	}
	if len(data) != count*item {
		return nil, fmt.Errorf("%w: %d bytes of data where shape and dtype ask for %d: %w", ErrFormat, len(data), count*item, io.ErrUnexpectedEOF)
	}
	a.decode(data, item)
	return a, nil
}

var itemSize = map[string]int{"f4": 4, "f8": 8, "c8": 8, "c16": 16, "i1": 1, "i2": 2, "i4": 4, "i8": 8, "u1": 1, "u2": 2, "u4": 4, "u8": 8}

func (a *Array) decode(data []byte, item int) {
	le := binary.LittleEndian
	f4 := func(b []byte) float64 { return float64(math.Float32frombits(le.Uint32(b))) }
	f8 := func(b []byte) float64 { return math.Float64frombits(le.Uint64(b)) }
	kind := strings.TrimLeft(a.Dtype, "<|")
	n := len(data) / item
	if kind[0] == 'c' {
		a.Complex = make([]complex128, n)
	} else {
		a.Real = make([]float64, n)
	}
	for i := range n {
		b := data[i*item:]
		switch kind {
		case "f4":
			a.Real[i] = f4(b)
		case "f8":
			a.Real[i] = f8(b)
		case "c8":
			a.Complex[i] = complex(f4(b), f4(b[4:]))
		case "c16":
			a.Complex[i] = complex(f8(b), f8(b[8:]))
		case "i1":
			a.Real[i] = float64(int8(b[0]))
		case "i2":
			a.Real[i] = float64(int16(le.Uint16(b)))
		case "i4":
			a.Real[i] = float64(int32(le.Uint32(b)))
		case "i8":
			a.Real[i] = float64(int64(le.Uint64(b)))
		case "u1":
			a.Real[i] = float64(b[0])
		case "u2":
			a.Real[i] = float64(le.Uint16(b))
		case "u4":
			a.Real[i] = float64(le.Uint32(b))
		case "u8":
			a.Real[i] = float64(le.Uint64(b))
		}
	}
}

// ReadZip reads every array of the .npz archive at path, by its name without
// the ending .npy.
func ReadZip(path string) (map[string]*Array, error) {
	z, err := zip.OpenReader(path)
	if err != nil {
		return nil, fmt.Errorf("npy: %s: %w", path, err)
	}
	defer z.Close()
	arrays := make(map[string]*Array, len(z.File))
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			return nil, fmt.Errorf("npy: %s: %s: %w", path, f.Name, err)
		}
		a, err := Read(r)
		r.Close()
		if err != nil {
			return nil, fmt.Errorf("%s: %s: %w", path, f.Name, err)
		}
		arrays[strings.TrimSuffix(f.Name, ".npy")] = a
	}
	return arrays, nil
}

// AppendFloat32 appends values as little-endian float32 bytes.
func AppendFloat32(dst []byte, values []float32) []byte {
	for _, v := range values {
		dst = binary.LittleEndian.AppendUint32(dst, math.Float32bits(v))
	}
	return dst
}

// Write writes a float32 array. It panics unless len(values) is the product of
// shape.
func Write(w io.Writer, values []float32, shape ...int) error {
	count := 1
	for _, n := range shape {
		count *= n
	}
	if count != len(values) {
		panic(fmt.Sprintf("npy: %d values for shape %v", len(values), shape))
	}
	var b bytes.Buffer
	b.Write(Header("<f4", shape...))
	for len(values) > 0 {
		n := min(len(values), 1<<14)
		b.Write(AppendFloat32(b.AvailableBuffer(), values[:n]))
		if _, err := w.Write(b.Bytes()); err != nil {
			return err
		}
		b.Reset()
		values = values[n:]
	}
	_, err := w.Write(b.Bytes())
	return err
}
