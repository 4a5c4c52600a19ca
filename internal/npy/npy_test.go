package npy

import (
	"bytes"
	"errors"
	"io"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"testing"
)

func readFile(t *testing.T, name string) (*Array, error) {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return Read(bytes.NewReader(b))
}

// TestReadZip reads every dtype out of what numpy.savez_compressed wrote: see
// testdata/npy.py.
func TestReadZip(t *testing.T) {
	signed := []float64{0, -1, 2, 100, 101, 127}
	f4, f8 := make([]float64, 6), make([]float64, 6)
	c8, c16 := make([]complex128, 6), make([]complex128, 6)
	for i, v := range signed {
		f4[i], f8[i] = float64(float32(v)*0.1), v*0.1
		c8[i], c16[i] = complex(f4[i], float64(i)), complex(f8[i], float64(i))
	}
	unsigned := slices.Clone(signed)
	unsigned[1] = 1
	shape := []int{2, 3}
	want := map[string]*Array{
		"f4":  {Dtype: "<f4", Shape: shape, Real: f4},
		"f8":  {Dtype: "<f8", Shape: shape, Real: f8},
		"c8":  {Dtype: "<c8", Shape: shape, Complex: c8},
		"c16": {Dtype: "<c16", Shape: shape, Complex: c16},
		"i1":  {Dtype: "|i1", Shape: shape, Real: signed},
		"i2":  {Dtype: "<i2", Shape: shape, Real: signed},
		"i4":  {Dtype: "<i4", Shape: shape, Real: signed},
		"i8":  {Dtype: "<i8", Shape: shape, Real: signed},
		"u1":  {Dtype: "|u1", Shape: shape, Real: unsigned},
		"u2":  {Dtype: "<u2", Shape: shape, Real: unsigned},
		"u4":  {Dtype: "<u4", Shape: shape, Real: unsigned},
		"u8":  {Dtype: "<u8", Shape: shape, Real: unsigned},
	}
	got, err := ReadZip("testdata/dtypes.npz")
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != len(want) {
		t.Errorf("%d arrays, want %d", len(got), len(want))
	}
	for name, w := range want {
		if !reflect.DeepEqual(got[name], w) {
			t.Errorf("%s: got %+v, want %+v", name, got[name], w)
		}
	}
	if _, err := ReadZip("testdata/none.npz"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("missing file: %v", err)
	}
}

// TestReadNumpy reads what numpy.save wrote.
func TestReadNumpy(t *testing.T) {
	for name, want := range map[string]Array{
		"scalar":   {Dtype: "<f8", Shape: []int{}, Real: []float64{2.5}},
		"vector":   {Dtype: "<f4", Shape: []int{5}, Real: []float64{0, 1, 2, 3, 4}},
		"empty":    {Dtype: "<f4", Shape: []int{0, 4}, Real: []float64{}},
		"version2": {Dtype: "<f4", Shape: []int{3}, Real: []float64{0, 1, 2}},
		"version3": {Dtype: "<f4", Shape: []int{3}, Real: []float64{0, 1, 2}},
	} {
		got, err := readFile(t, name+".npy")
		if err != nil {
			t.Errorf("%s: %v", name, err)
		} else if !reflect.DeepEqual(*got, want) {
			t.Errorf("%s: got %+v, want %+v", name, *got, want)
		}
	}
	for _, name := range []string{"big_endian", "fortran", "string", "record"} {
		if _, err := readFile(t, name+".npy"); !errors.Is(err, ErrFormat) {
			t.Errorf("%s: error %v", name, err)
		}
	}
}

func TestReadDamaged(t *testing.T) {
	good, err := os.ReadFile("testdata/vector.npy")
	if err != nil {
		t.Fatal(err)
	}
	for n := range len(good) {
		if _, err := Read(bytes.NewReader(good[:n])); !errors.Is(err, ErrFormat) {
			t.Fatalf("cut to %d bytes: error %v", n, err)
		}
	}
	if _, err := Read(bytes.NewReader(good[:len(good)-1])); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("cut data: error %v", err)
	}
	for _, shape := range []string{"(9223372036854775807, 2)", "(99999999999999999999,)", "(4611686018427387904,)", "(1000000000000, 3)"} {
		b := Header("<f4", 1)
		copy(b[10:], "{'descr': '<f4', 'fortran_order': False, 'shape': "+shape+", }   ")
		if _, err := Read(bytes.NewReader(b)); !errors.Is(err, ErrFormat) {
			t.Errorf("shape %s: error %v", shape, err)
		}
	}
}

// TestWrite compares with files that testdata/npy.py checks with numpy.load.
func TestWrite(t *testing.T) {
	inf, nan := float32(math.Inf(1)), float32(math.NaN())
	for name, a := range map[string]struct {
		values []float32
		shape  []int
	}{
		"written_0d": {[]float32{1.5}, nil},
		"written_1d": {[]float32{0, 1, 2}, []int{3}},
		"written_2d": {[]float32{1.5, -2, inf, 0, math.SmallestNonzeroFloat32, nan}, []int{2, 3}},
		"written_3d": {nil, []int{2, 0, 3}},
		"written_4d": {[]float32{0, 1, 2, 3, 4, 5}, []int{1, 2, 1, 3}},
	} {
		var b bytes.Buffer
		if err := Write(&b, a.values, a.shape...); err != nil {
			t.Fatal(err)
		}
		want, err := os.ReadFile(filepath.Join("testdata", name+".npy"))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(b.Bytes(), want) {
			t.Errorf("%s: wrote %q, want %q", name, b.Bytes(), want)
		}
	}
}

// TestWriteLong goes beyond the block that Write works by.
func TestWriteLong(t *testing.T) {
	values := make([]float32, 3<<14+5)
	for i := range values {
		values[i] = float32(i)
	}
	var b bytes.Buffer
	if err := Write(&b, values, len(values)); err != nil {
		t.Fatal(err)
	}
	a, err := Read(&b)
	if err != nil {
		t.Fatal(err)
	}
	for i, v := range a.Real {
		if v != float64(i) {
			t.Fatalf("value %d is %g", i, v)
		}
	}
	if len(a.Real) != len(values) || b.Len() != 0 {
		t.Errorf("%d values, %d bytes left", len(a.Real), b.Len())
	}
}

func TestHeaderSize(t *testing.T) {
	const most = math.MaxInt
	for _, shape := range [][]int{{}, {0}, {1, 2}, {most, most, most, most}} {
		if h := Header("<c16", shape...); len(h) != len(Header("<f4")) || len(h)%64 != 0 || h[len(h)-1] != '\n' {
			t.Errorf("shape %v: header %q", shape, h)
		}
	}
}

func FuzzRead(f *testing.F) {
	files, err := filepath.Glob("testdata/*.npy")
	if err != nil {
		f.Fatal(err)
	}
	for _, name := range files {
		b, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		a, err := Read(bytes.NewReader(b))
		if err != nil {
			if a != nil || !errors.Is(err, ErrFormat) {
				t.Fatalf("array %v with error %v", a, err)
			}
			return
		}
		count := 1
		for _, n := range a.Shape {
			count *= n
		}
		if len(a.Real)+len(a.Complex) != count {
			t.Fatalf("%d real and %d complex values for shape %v", len(a.Real), len(a.Complex), a.Shape)
		}
	})
}
