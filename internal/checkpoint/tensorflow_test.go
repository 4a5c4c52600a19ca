package checkpoint

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

const tensorflowIndex = "sharded_tensorflow/variables.index"

// The files that TensorFlow wrote: see testdata/make_tensorflow.py.
func TestTensorFlow(t *testing.T) {
	f := open(t, tensorflowIndex)
	if f.Format != TensorFlow || len(f.sources) != 2 {
		t.Errorf("%v in %d files", f.Format, len(f.sources))
	}
	for d := Float32; int(d) < dtypes; d++ {
		tensor := f.Tensor(d.String())
		switch {
		case tensor == nil:
			t.Errorf("no tensor of type %v", d)
		case d == Float8E4M3 || d == Float8E5M2: // what rounding gives is in TestTypes
			if got, want := tensor.Floats(), open(t, "dtypes.safetensors").Tensor(d.String()).Floats(); !slices.Equal(got, want) {
				t.Errorf("%v: %v, expected %v", d, got, want)
			}
		default:
			check(t, tensor, d, []int{2, 3, 4}, nil)
		}
	}
	check(t, f.Tensor("scalar"), Float32, []int{}, nil)
	check(t, f.Tensor("empty"), Float32, []int{3, 0, 2}, nil)
	check(t, f.Tensor("layer/kernel/.ATTRIBUTES/VARIABLE_VALUE"), Float32, []int{5, 3}, nil)
	// Neither strings nor complex numbers.
	if len(f.Names()) != dtypes+3 {
		t.Errorf("names %q", f.Names())
	}
}

// tableOf returns a table of blocks, each but the trailers.
func tableOf(blocks ...[]byte) []byte {
	var table []byte
	handle := func(block []byte) []byte {
		h := binary.AppendUvarint(binary.AppendUvarint(nil, uint64(len(table))), uint64(len(block)))
		table = append(append(table, block...), 0)
		table = binary.LittleEndian.AppendUint32(table, maskedChecksum(table[len(table)-len(block)-1:]))
		return h
	}
	var handles [][2]string
	for i, b := range blocks {
		handles = append(handles, [2]string{fmt.Sprintf("%08d", i), string(handle(b))})
	}
	footer := append(handle(blockOf()), handle(blockOf(handles...))...)
	footer = append(footer, make([]byte, tableFooter-8-len(footer))...)
	return append(table, binary.LittleEndian.AppendUint64(footer, tableMagic)...)
}

// blockOf returns a block of entries, its keys written in full.
func blockOf(entries ...[2]string) []byte {
	var b []byte
	for _, e := range entries {
		b = append(b, 0)
		b = binary.AppendUvarint(b, uint64(len(e[0])))
		b = binary.AppendUvarint(b, uint64(len(e[1])))
		b = append(append(b, e[0]...), e[1]...)
	}
	return append(b, 0, 0, 0, 0, 1, 0, 0, 0)
}

// message returns a message of fields, numbers and values in turn; a value is an int or a
// message.
func message(fields ...any) string {
	var b []byte
	for i := 0; i < len(fields); i += 2 {
		number := uint64(fields[i].(int))
		switch v := fields[i+1].(type) {
		case int:
			b = binary.AppendUvarint(binary.AppendUvarint(b, number<<3), uint64(v))
		case uint32:
			b = binary.LittleEndian.AppendUint32(binary.AppendUvarint(b, number<<3|5), v)
		case string:
			b = binary.AppendUvarint(binary.AppendUvarint(b, number<<3|2), uint64(len(v)))
			b = append(b, v...)
		}
	}
	return string(b)
}

func shapeOf(dims ...int) string {
	var s string
	for _, d := range dims {
		s += message(2, message(1, d))
	}
	return s
}

// openTable opens a table as the index of a checkpoint with 24 bytes of data.
func openTable(table []byte) (*File, error) {
	return OpenFS(fstest.MapFS{
		"x.index":               {Data: table},
		"x.data-00000-of-00001": {Data: make([]byte, 24)},
	}, "x.index")
}

func TestHostileTensorFlow(t *testing.T) {
	header := [2]string{"", message(1, 1)}
	sum := maskedChecksum(make([]byte, 24))
	good := []any{1, 1, 2, shapeOf(2, 3), 5, 24, 6, sum}
	entry := func(name string, fields ...any) [2]string {
		return [2]string{name, message(append(slices.Clone(good), fields...)...)}
	}
	one := func(fields ...any) []byte { return tableOf(blockOf(header, entry("a", fields...))) }
	head := func(fields ...any) []byte {
		return tableOf(blockOf([2]string{"", message(fields...)}, entry("a")))
	}
	block := blockOf(header, entry("a"))
	compressed := tableOf(block)
	compressed[len(block)] = 1
	binary.LittleEndian.PutUint32(compressed[len(block)+1:], maskedChecksum(compressed[:len(block)+1]))
	for _, c := range []struct {
		what  string
		table []byte
		want  string
	}{
		{"good", one(), ""},
		{"several blocks", tableOf(blockOf(header), blockOf(), blockOf(entry("a")), blockOf(entry("b"), entry("c"))), ""},
		{"unknown fields", one(15, 3, 16, "text"), ""},
		{"strings", one(1, 7, 5, 1<<30), ""},
		{"slices", one(7, message()), "slices"},
		{"unknown shape", one(2, message(3, 1)), "unknown"},
		{"another size", one(5, 20), "20 bytes for shape [2 3]"},
		{"negative dimension", one(2, shapeOf(-2, -3)), "dimension -2"},
		{"large dimensions", one(2, shapeOf(1<<30, 1<<30, 1<<30)), "bytes for shape"},
		{"beyond the end", one(4, 1), "24 bytes at byte 1 of a file of 24"},
		{"far beyond the end", one(4, math.MaxInt), "of a file of 24"},
		{"negative offset", one(4, -1), "of a file of 24"},
		{"file 1 of 1", one(3, 1), "file 1 of 1"},
		{"no such file", head(1, 2), "x.data-00000-of-00002"},
		{"many files", head(1, 1<<30), "files of data"},
		{"no files", head(), "0 files of data"},
		{"big-endian", head(1, 1, 2, 1), "big-endian"},
		{"a later version", head(1, 1, 3, message(2, 2)), "version 2"},
		{"no header", tableOf(blockOf(entry("a"))), "begins with key"},
		{"nothing", tableOf(), "empty"},
		{"keys out of order", tableOf(blockOf(header, entry("b"), entry("a"))), `key "a" after "b"`},
		{"a key twice", tableOf(blockOf(header, entry("b")), blockOf(entry("b"))), `key "b" after "b"`},
		{"compressed", compressed, "compressed"},
		{"field that is cut off", tableOf(blockOf(header, [2]string{"a", "\x08"})), "cut off"},
		{"message that is cut off", tableOf(blockOf(header, [2]string{"a", "\x12\x05"})), "cut off"},
		{"group", tableOf(blockOf(header, [2]string{"a", "\x0b"})), "wire type 3"},
		{"entry that is cut off", tableOf([]byte{0, 1, 0x80, 0, 0, 0, 0}), "cut off"},
		{"long key", tableOf([]byte{0, 9, 0, 0, 0, 0, 0}), "longer than it can be"},
		{"nothing to share", tableOf([]byte{1, 0, 0, 0, 0, 0, 0}), "longer than it can be"},
		{"restarts", tableOf([]byte{0, 0, 0, 1, 0, 0, 0}), "restarts"},
		{"short block", tableOf([]byte{0, 0, 0}), "a block of 3 bytes"},
	} {
		f, err := openTable(c.table)
		switch {
		case c.want == "":
			if err != nil {
				t.Errorf("%s: %v", c.what, err)
				continue
			}
			for _, name := range f.Names() {
				if _, err := f.Tensor(name).Bytes(); err != nil {
					t.Errorf("%s: %v", c.what, err)
				}
			}
			f.Close()
		case err == nil || !strings.Contains(err.Error(), c.want):
			t.Errorf("%s: %v, expected %q", c.what, err, c.want)
		case errors.Is(err, ErrFormat) == errors.Is(err, fs.ErrNotExist):
			t.Errorf("%s: error of the wrong kind: %v", c.what, err)
		}
	}
	if _, err := OpenFS(fstest.MapFS{"x": {Data: one()}}, "x"); !errors.Is(err, ErrFormat) {
		t.Error("an index of another name:", err)
	}
}

// Many keys that share a long beginning do not fill memory.
func TestSharedKeys(t *testing.T) {
	block := blockOf([2]string{"", message(1, 1)}, [2]string{strings.Repeat("a", 1<<16), message(1, 7)})
	block = block[:len(block)-8]
	for i := range 1 << 14 {
		block = binary.AppendUvarint(block, uint64(1<<16+i))
		block = append(block, 1, 0, 'a')
	}
	_, err := openTable(tableOf(append(block, 0, 0, 0, 0)))
	if !errors.Is(err, ErrFormat) || !strings.Contains(err.Error(), "keys of more than") {
		t.Error(err)
	}
}

// What the checksums say of elements is looked at when they are read.
func TestTensorFlowChecksum(t *testing.T) {
	files := tensorflowFiles(t)
	data := files["variables.data-00000-of-00002"].Data
	for i := range data {
		data[i] ^= 0x40
	}
	f, err := OpenFS(files, "variables.index")
	if err != nil {
		t.Fatal(err)
	}
	wrong := 0
	for _, name := range f.Names() {
		if _, err := f.Tensor(name).Bytes(); err != nil {
			if !errors.Is(err, ErrFormat) || f.Tensor(name).Floats()[0] == f.Tensor(name).Floats()[0] {
				t.Errorf("%s: %v", name, err)
			}
			wrong++
		}
	}
	// Those in the first file, but for one without elements.
	if wrong < len(f.Names())/3 || wrong > 2*len(f.Names())/3 || !errors.Is(f.Err(), ErrFormat) {
		t.Errorf("%d of %d tensors are damaged: %v", wrong, len(f.Names()), f.Err())
	}
}

func tensorflowFiles(t testing.TB) fstest.MapFS {
	t.Helper()
	files := fstest.MapFS{}
	for _, name := range []string{"variables.index", "variables.data-00000-of-00002", "variables.data-00001-of-00002"} {
		data, err := os.ReadFile("testdata/sharded_tensorflow/" + name)
		if err != nil {
			t.Fatal(err)
		}
		files[name] = &fstest.MapFile{Data: data}
	}
	return files
}

// openAndRead opens the index of tensorflowFiles and reads all elements.
func openAndRead(t testing.TB, files fstest.MapFS) error {
	f, err := OpenFS(files, "variables.index")
	if err == nil {
		for _, name := range f.Names() {
			if got := len(f.Tensor(name).Floats()); got != f.Tensor(name).Len() {
				t.Errorf("%d values of %d", got, f.Tensor(name).Len())
			}
		}
		err = f.Err()
		f.Close()
	}
	if err != nil && !errors.Is(err, ErrFormat) && !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("error of another kind: %v", err)
	}
	return err
}

// Whatever happens to the files, they are refused or read; and refused if the checksums
// are not put right.
func TestTensorFlowDamage(t *testing.T) {
	files := tensorflowFiles(t)
	if err := openAndRead(t, files); err != nil {
		t.Fatal(err)
	}
	index := files["variables.index"].Data
	for i := range index[:len(index)-tableFooter] {
		bad := slices.Clone(index)
		bad[i] ^= 1 << (i % 8)
		files["variables.index"].Data = bad
		if openAndRead(t, files) == nil && !metaindex(index, i) {
			t.Errorf("byte %d changed, and accepted", i)
		}
		files["variables.index"].Data = index[:i]
		if openAndRead(t, files) == nil {
			t.Errorf("cut to %d of %d bytes, and accepted", i, len(index))
		}
	}
	good := indexBlock(t, index)
	rng := rand.New(rand.NewPCG(1, 2))
	refused := 0
	for range 20000 {
		bad := slices.Clone(good)
		if rng.IntN(2) == 0 {
			bad[rng.IntN(len(bad))] ^= 1 << rng.IntN(8)
		} else {
			var field [8]byte
			binary.LittleEndian.PutUint64(field[:], extremes[rng.IntN(len(extremes))])
			copy(bad[rng.IntN(len(bad)):], field[:1<<rng.IntN(4)])
		}
		files["variables.index"].Data = tableOf(bad)
		if openAndRead(t, files) != nil {
			refused++
		}
	}
	t.Logf("%d of 20000 refused", refused)
}

// metaindex tells whether byte i of a table is in the block that is not needed.
func metaindex(table []byte, i int) bool {
	at, _, _ := cutHandle(table[len(table)-tableFooter:])
	return uint64(i) >= at.offset && uint64(i) < at.offset+at.size+5
}

// indexBlock returns the only block of entries of a table.
func indexBlock(t testing.TB, table []byte) []byte {
	t.Helper()
	at, _, _ := cutHandle(table[len(table)-tableFooter:])
	return table[:at.offset-5]
}

// FuzzTensorFlow tries blocks of entries: the checksums of a table protect them from the
// changes that a fuzzer makes.
func FuzzTensorFlow(f *testing.F) {
	files := tensorflowFiles(f)
	f.Add(indexBlock(f, files["variables.index"].Data))
	f.Fuzz(func(t *testing.T, block []byte) {
		files := tensorflowFiles(t)
		files["variables.index"].Data = tableOf(block)
		openAndRead(t, files)
	})
}

// FuzzTable tries tables as they are.
func FuzzTable(f *testing.F) {
	f.Add(tensorflowFiles(f)["variables.index"].Data)
	f.Fuzz(func(t *testing.T, table []byte) {
		src := memorySource(table)
		if !isTable(src) {
			return
		}
		if file, err := openBundle(src, tensorflowFiles(t), "variables.index"); err == nil {
			file.Close()
		} else if !errors.Is(err, ErrFormat) && !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("error of another kind: %v", err)
		}
	})
}
