package checkpoint

import (
	"bytes"
	"encoding/binary"
	"errors"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// safetensorsFile puts a file together.
func safetensorsFile(header string, data int) []byte {
	b := binary.LittleEndian.AppendUint64(nil, uint64(len(header)))
	return append(append(b, header...), make([]byte, data)...)
}

// The rules are those of the reference implementation, safetensors 0.8.0, which
// judges each of these files in the same way, but accepts space before the header,
// which the description of the format forbids, and the dimension 2⁶⁴-1.
func TestSafetensorsHeader(t *testing.T) {
	one := func(dtype, shape, offsets string) string {
		return `{"a":{"dtype":"` + dtype + `","shape":` + shape + `,"data_offsets":` + offsets + `}}`
	}
	two := func(x, y string) string {
		return `{"a":{"dtype":"U8","shape":[2],"data_offsets":` + x + `},"b":{"dtype":"U8","shape":[2],"data_offsets":` + y + `}}`
	}
	for _, c := range []struct {
		header, want string
		data         int
	}{
		{"{}", "", 0},
		{"{}    ", "", 0},
		{"{}\n", "", 0},
		{`{"__metadata__":null}`, "", 0},
		{`{"__metadata__":{"a":"b"}}`, "", 0},
		{one("F32", "[2]", "[0,8]"), "", 8},
		{one("F32", "[]", "[0,4]"), "", 4},
		{one("F32", "[0]", "[0,0]"), "", 0},
		{one("F32", "[0,18446744073709551615]", "[0,0]"), "dimension|natural number", 0},
		{one("F32", "[0,9223372036854775807]", "[0,0]"), "", 0},
		{one("U8", "[2]", "[0,2],\"more\":[{\"x\":1}]"), "", 2},
		{two("[2,4]", "[0,2]"), "", 4},
		{two("[0,2]", "[2,4]"), "", 4},

		{"", "too few|begin", 0},
		{" {}", "begin", 0},
		{"[]", "begin", 0},
		{"{", "header", 0},
		{"{}{}", "after the end", 0},
		{"{} x", "after the end", 0},
		{"{\"a\xff\":1}", "UTF-8", 0},
		{`{"a":1}`, `"a"`, 0},
		{`{"a":null}`, `"a"`, 0},
		{`{"a":{}}`, "missing", 0},
		{`{"__metadata__":{"a":1}}`, "string", 0},
		{`{"__metadata__":[]}`, "in place of", 0},
		{`{"a":{"dtype":"U8","shape":[1]}}`, "missing", 1},
		{`{"a":{"dtype":"U8","dtype":"U8","shape":[1],"data_offsets":[0,1]}}`, "twice", 1},
		{`{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"a":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}`, "twice", 2},
		{one("X", "[1]", "[0,1]"), `unknown type "X"`, 1},
		{one("u8", "[1]", "[0,1]"), `unknown type "u8"`, 1},
		{one("U8", "[1]", "[0,1]"), "file at", 2},
		{one("U8", "[2]", "[0,2]"), "file at", 1},
		{one("U8", "[1]", "[1,2]"), "begin at 0", 2},
		{one("U8", "[1]", "[1,0]"), "begin at 0", 1},
		{one("U8", "[1]", "[0]"), "1 offsets", 1},
		{one("U8", "[1]", "[0,1,2]"), "3 offsets", 1},
		{one("U8", "[1]", "[0,-1]"), "natural number", 1},
		{one("U8", "[1]", "[0,1.0]"), "natural number", 1},
		{one("U8", "[1]", "[0,1e0]"), "natural number", 1},
		{one("U8", `["1"]`, "[0,1]"), "natural number", 1},
		{one("U8", "[-1]", "[0,1]"), "natural number", 1},
		{one("U8", "1", "[0,1]"), "in place of", 1},
		{one("U8", "[2]", "[0,1]"), "1 bytes for shape [2]", 1},
		{one("F32", "[1]", "[0,1]"), "1 bytes for shape [1]", 1},
		{one("F32", "[4611686018427387904]", "[0,0]"), "0 bytes for shape", 0},
		{one("U8", "[4294967296,4294967296]", "[0,0]"), "0 bytes for shape", 0},
		{one("U8", "[9223372036854775807]", "[0,9223372036854775807]"), "shape", 1},
		{one("U8", "[18446744073709551616]", "[0,0]"), "natural number", 0},
		{two("[0,2]", "[0,2]"), "begin at 2", 2},
		{two("[0,2]", "[1,3]"), "begin at 2", 3},
		{two("[0,2]", "[3,5]"), "begin at 2", 5},
		{"{\"a\":" + strings.Repeat("[", 20000) + "}", "header", 0},
	} {
		err := tryParse(t, safetensorsFile(c.header, c.data))
		found := c.want == "" && err == nil
		for _, want := range strings.Split(c.want, "|") {
			found = found || c.want != "" && err != nil && strings.Contains(err.Error(), want)
		}
		if !found {
			t.Errorf("%.100s: %.300v, expected %q", c.header, err, c.want)
		}
	}
	for _, n := range []uint64{3, 100_000_000, 100_000_001, 1 << 63, math.MaxUint64} {
		data := append(binary.LittleEndian.AppendUint64(nil, n), "{}"...)
		if err := tryParse(t, data); err == nil {
			t.Errorf("a header of %d bytes", n)
		}
	}
}

// Header lengths whose bytes begin like other formats.
func TestSafetensorsLooksLikeOthers(t *testing.T) {
	for _, n := range []int{'{', 0x2020, 0x0a7b} {
		path := filepath.Join(t.TempDir(), "model")
		os.WriteFile(path, safetensorsFile("{}"+strings.Repeat(" ", n-2), 0), 0o666)
		f, err := Open(path)
		if err != nil {
			t.Errorf("header of %d bytes: %v", n, err)
			continue
		}
		f.Close()
	}
}

func TestWriteSafetensors(t *testing.T) {
	in := open(t, "dtypes.pt")
	views := open(t, "views.pt")
	tensors := []*Tensor{FromFloats("ü \"\\\x01\u2028", []int{1, 3}, []float32{1, 2, 3}), FromFloats("", nil, []float32{5})}
	for _, name := range in.Names() {
		tensors = append(tensors, in.Tensor(name))
	}
	tensors = append(tensors, views.Tensor("transposed"), views.Tensor("permuted"))
	metadata := map[string]string{"format": "pt", "x": "\"\n<ü>"}

	var b bytes.Buffer
	if err := WriteSafetensors(&b, tensors, metadata); err != nil {
		t.Fatal(err)
	}
	var again bytes.Buffer
	slices.Reverse(tensors)
	if err := WriteSafetensors(&again, tensors, metadata); err != nil || !bytes.Equal(b.Bytes(), again.Bytes()) {
		t.Errorf("the order of the tensors makes a difference (%v)", err)
	}
	// For the check with the reference implementation: see testdata/make.py.
	if path := os.Getenv("WRITE_SAFETENSORS"); path != "" {
		os.WriteFile(path, b.Bytes(), 0o666)
	}

	out, err := parse(memorySource(b.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	if !maps.Equal(out.Metadata, metadata) || len(out.Names()) != len(tensors) {
		t.Errorf("metadata %q, %d tensors", out.Metadata, len(out.Names()))
	}
	for _, want := range tensors {
		got := out.Tensor(want.Name)
		if got == nil || got.DType != want.DType || !slices.Equal(got.Shape, want.Shape) {
			t.Fatalf("%q: %+v", want.Name, got)
		}
		x, _ := got.Bytes()
		y, _ := want.Bytes()
		if !bytes.Equal(x, y) {
			t.Errorf("%q: %v, expected %v", want.Name, got.Floats(), want.Floats())
		}
		if size := int64(got.DType.Size()); got.offset%size != 0 {
			t.Errorf("%q is not aligned: offset %d", want.Name, got.offset)
		}
	}

	b.Reset()
	if err := WriteSafetensors(&b, nil, nil); err != nil || b.String() != "\x08\x00\x00\x00\x00\x00\x00\x00{}      " {
		t.Errorf("nothing: %q %v", b.String(), err)
	}
	a := FromFloats("a", nil, []float32{1})
	for name, tensors := range map[string][]*Tensor{
		"twice":    {a, a},
		"reserved": {FromFloats("__metadata__", nil, []float32{1})},
		"UTF-8":    {FromFloats("\xff", nil, []float32{1})},
	} {
		if err := WriteSafetensors(&b, tensors, nil); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := WriteSafetensors(fullDisk{}, []*Tensor{FromFloats("a", []int{5000}, make([]float32, 5000))}, nil); !errors.Is(err, os.ErrClosed) {
		t.Errorf("a full disk: %v", err)
	}
}

type fullDisk struct{}

func (fullDisk) Write([]byte) (int, error) { return 0, os.ErrClosed }
