package checkpoint

import (
	"bytes"
	"errors"
	"io/fs"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func open(t *testing.T, name string) *File {
	t.Helper()
	f, err := Open(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := f.Err(); err != nil {
			t.Error(err)
		}
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	})
	return f
}

// value is element i of the tensors of make.py.
func value(i int, d DType) float32 {
	v := 37*i%101 - 50
	switch d {
	case Float32, Float64, Float16, BFloat16:
		return float32(v) / 16
	case Uint8, Uint16, Uint32, Uint64:
		return float32(v + 50)
	case Bool:
		return float32(v & 1)
	}
	return float32(v)
}

// check compares a tensor with those elements of make.py's whose indices index
// returns; nil: all in a row.
func check(t *testing.T, tensor *Tensor, d DType, shape []int, index func(i []int) int) {
	t.Helper()
	if tensor == nil {
		t.Fatal("a tensor is missing")
	}
	if tensor.DType != d || !slices.Equal(tensor.Shape, shape) {
		t.Fatalf("%s: %v %v, expected %v %v", tensor.Name, tensor.DType, tensor.Shape, d, shape)
	}
	got := tensor.Floats()
	if len(got) != tensor.Len() {
		t.Fatalf("%s: %d values for shape %v", tensor.Name, len(got), shape)
	}
	for k, v := range got {
		i := make([]int, len(shape))
		for a, rest := len(shape)-1, k; a >= 0; a-- {
			i[a], rest = rest%shape[a], rest/shape[a]
		}
		at := k
		if index != nil {
			at = index(i)
		}
		if want := value(at, d); v != want {
			t.Fatalf("%s%v = %v, expected %v", tensor.Name, i, v, want)
		}
	}
	if len(shape) > 0 {
		checkRows(t, tensor, got)
	}
}

func checkRows(t *testing.T, tensor *Tensor, all []float32) {
	t.Helper()
	for i := range tensor.Shape[0] {
		row := make([]float32, len(all)/tensor.Shape[0])
		tensor.Row(row, i)
		if !slices.Equal(row, all[i*len(row):(i+1)*len(row)]) {
			t.Fatalf("%s: row %d is %v", tensor.Name, i, row)
		}
	}
}

func TestTypes(t *testing.T) {
	for _, file := range []string{"dtypes.safetensors", "dtypes.pt", "dtypes_legacy.pt"} {
		t.Run(file, func(t *testing.T) {
			f := open(t, file)
			for d := Float32; int(d) < dtypes; d++ {
				young := d == Uint16 || d == Uint32 || d == Uint64 || d == Float8E4M3 || d == Float8E5M2
				if young && file == "dtypes_legacy.pt" {
					continue
				}
				tensor := f.Tensor(d.String())
				switch d {
				case Float8E4M3, Float8E5M2:
					// From torch: values that the type has are as they were, others
					// are rounded to even.
					want := map[DType][]float32{
						Float8E4M3: {-3, -0.8125, 1.5, -2.5, -0.1875, 2},
						Float8E5M2: {-3, -0.75, 1.5, -2.5, -0.1875, 2},
					}[d]
					if got := tensor.Floats()[:6]; !slices.Equal(got, want) {
						t.Errorf("%v: %v, expected %v", d, got, want)
					}
				default:
					check(t, tensor, d, []int{2, 3, 4}, nil)
				}
			}
			check(t, f.Tensor("scalar"), Float32, []int{}, nil)
			check(t, f.Tensor("empty"), Float32, []int{3, 0, 2}, nil)
			if f.Tensor("absent") != nil {
				t.Error("there is a tensor that is not")
			}
			if names := f.Names(); !slices.IsSorted(names) || len(names) != len(f.tensors) {
				t.Errorf("names %q", names)
			}
		})
	}
	if got := open(t, "dtypes.safetensors").Metadata; len(got) != 2 || got["format"] != "pt" || got["Größe"] != "a \"b\" \\ \n \u2028 𝄞" {
		t.Errorf("metadata %q", got)
	}
}

func TestInts(t *testing.T) {
	f := open(t, "dtypes.pt")
	for _, d := range []DType{Int64, Int32, Int16, Int8, Uint32, Uint16, Uint8, Bool} {
		got, err := f.Tensor(d.String()).Ints()
		if err != nil || len(got) != 24 {
			t.Fatal(len(got), err)
		}
		for i, v := range got {
			if float32(v) != value(i, d) {
				t.Fatalf("%v[%d] = %d, expected %v", d, i, v, value(i, d))
			}
		}
	}
	defer func() {
		if recover() == nil {
			t.Error("integers of a tensor of floats")
		}
	}()
	f.Tensor("float32").Ints()
}

func TestViews(t *testing.T) {
	for _, file := range []string{"views.pt", "views_legacy.pt"} {
		t.Run(file, func(t *testing.T) {
			f := open(t, file)
			at := func(r, c int) int { return 8*r + c }
			check(t, f.Tensor("base"), Float32, []int{6, 8}, nil)
			check(t, f.Tensor("transposed"), Float32, []int{8, 6}, func(i []int) int { return at(i[1], i[0]) })
			check(t, f.Tensor("slice"), Float32, []int{3, 2}, func(i []int) int { return at(1+2*i[0], 2+3*i[1]) })
			check(t, f.Tensor("row"), Float32, []int{8}, func(i []int) int { return at(3, i[0]) })
			check(t, f.Tensor("column"), Float32, []int{6}, func(i []int) int { return at(i[0], 5) })
			check(t, f.Tensor("expanded"), Float32, []int{3, 4}, func(i []int) int { return at(2, i[1]) })
			check(t, f.Tensor("permuted"), Float16, []int{4, 2, 3}, func(i []int) int { return 12*i[1] + 4*i[2] + i[0] })
			check(t, f.Tensor("parameter"), Float32, []int{2, 8}, func(i []int) int { return at(4+i[0], i[1]) })
			check(t, f.Tensor("corner"), Float32, []int{}, func([]int) int { return at(5, 7) })
			check(t, f.Tensor("none"), Float32, []int{6, 0}, nil)
		})
	}
}

func TestNested(t *testing.T) {
	names := []string{"groups.x.0", "groups.x.1.0",
		"optimizer.state.0.exp_avg", "optimizer.state.0.exp_avg_sq", "optimizer.state.0.step",
		"optimizer.state.1.exp_avg", "optimizer.state.1.exp_avg_sq", "optimizer.state.1.step",
		"state_dict.module.bias", "state_dict.module.weight"}
	files, _ := filepath.Glob("testdata/nested*.pt")
	if len(files) != 10 {
		t.Fatalf("%d files", len(files))
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			f := open(t, filepath.Base(file))
			if got := f.Names(); !slices.Equal(got, names) {
				t.Fatalf("names %q", got)
			}
			if want := (map[bool]Format{false: Torch, true: TorchLegacy})[strings.Contains(file, "legacy")]; f.Format != want {
				t.Errorf("format %v", f.Format)
			}
			check(t, f.Tensor("state_dict.module.weight"), Float32, []int{3, 4}, nil)
			check(t, f.Tensor("state_dict.module.bias"), Float32, []int{3}, nil)
			check(t, f.Tensor("groups.x.1.0"), Float32, []int{3}, nil)
			for key, want := range map[string]string{"epoch": "7", "name": "run", "done": "false", "rate": "0.25",
				"optimizer.param_groups.0.lr": "0.25", "best": ""} {
				if got := f.Metadata[key]; got != want {
					t.Errorf("metadata %s is %q, expected %q", key, got, want)
				}
			}
		})
	}
}

func TestScript(t *testing.T) {
	f := open(t, "script.pt")
	if f.Format != TorchScript {
		t.Errorf("format %v", f.Format)
	}
	shapes := map[string][]int{
		"conv1.weight": {4, 3, 2, 2}, "positions": {5},
		"norm.weight": {4}, "norm.bias": {4}, "norm.running_mean": {4}, "norm.running_var": {4}, "norm.num_batches_tracked": {},
	}
	for _, block := range []string{"blocks.0.", "blocks.1."} {
		shapes[block+"attn.weight"], shapes[block+"attn.bias"], shapes[block+"gain"] = []int{4, 4}, []int{4}, []int{4}
	}
	if len(f.Names()) != len(shapes) {
		t.Errorf("names %q", f.Names())
	}
	for name, shape := range shapes {
		d := Float16
		if name == "positions" || name == "norm.num_batches_tracked" {
			d = Int64
		}
		check(t, f.Tensor(name), d, shape, nil)
	}
	if f.Metadata["training"] != "false" || f.Metadata["sizes.x"] != "1" {
		t.Errorf("metadata %q", f.Metadata)
	}
}

func TestOthers(t *testing.T) {
	check(t, open(t, "tensor.pt").Tensor(""), Float32, []int{2, 3}, nil)
	check(t, open(t, "without_checksums.pt").Tensor("a"), Float32, []int{2, 3}, nil)
}

func TestNotReadable(t *testing.T) {
	refused := func(path, want string) {
		t.Helper()
		_, err := Open(path)
		if !errors.Is(err, ErrFormat) || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: %v, expected %q", path, err, want)
		}
	}
	refused("testdata/module.pt", "torch.nn.modules.linear.Linear")
	refused("testdata", "not a regular file")
	for content, want := range map[string]string{
		"": "empty", "x": "neither", "PK\x03\x04": "zip", "{}": "weight_map", "\x80\x02}q\x00.": "neither",
		"version https://git-lfs.github.com/spec/v1\noid sha256:0\n": "Git LFS",
		"\x80\x02\x8a\x01\x05.": "torch.save", "<html>not found</html>": "neither",
	} {
		path := filepath.Join(t.TempDir(), "file")
		os.WriteFile(path, []byte(content), 0o666)
		refused(path, want)
	}
	if _, err := Open("testdata/absent.pt"); !errors.Is(err, fs.ErrNotExist) || errors.Is(err, ErrFormat) {
		t.Error(err)
	}
}

// Files that cannot be mapped are read piece by piece, to the same effect.
func TestUnmapped(t *testing.T) {
	files, _ := filepath.Glob("testdata/*.*t*")
	for _, path := range files {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		unmapped, err1 := parse(&source{size: int64(len(data)), file: bytes.NewReader(data)})
		mapped, err2 := Open(path)
		if (err1 == nil) != (err2 == nil) {
			t.Fatalf("%s: %v, %v", path, err1, err2)
		}
		if err1 != nil {
			continue
		}
		if !slices.Equal(unmapped.Names(), mapped.Names()) || !maps.Equal(unmapped.Metadata, mapped.Metadata) {
			t.Errorf("%s: names %q, %q", path, unmapped.Names(), mapped.Names())
		}
		for _, name := range mapped.Names() {
			x, err1 := unmapped.Tensor(name).Bytes()
			y, err2 := mapped.Tensor(name).Bytes()
			if err1 != nil || err2 != nil || !bytes.Equal(x, y) {
				t.Errorf("%s: %s differs (%v, %v)", path, name, err1, err2)
			}
		}
		mapped.Close()
	}
}

// Without a mapping, reading fails where the file ends by then.
func TestReadErrors(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.safetensors")
	data, _ := os.ReadFile("testdata/dtypes.safetensors")
	os.WriteFile(path, data, 0o666)
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	f, err := parse(&source{size: int64(len(data)), file: file, free: file.Close})
	if err != nil {
		t.Fatal(err)
	}
	check(t, f.Tensor("float32"), Float32, []int{2, 3, 4}, nil)
	check(t, f.Tensor("float16"), Float16, []int{2, 3, 4}, nil)
	if err := os.Truncate(path, 100); err != nil {
		t.Fatal(err)
	}
	for _, v := range f.Tensor("float32").Floats() {
		if !math.IsNaN(float64(v)) {
			t.Fatalf("%v was read from nowhere", v)
		}
	}
	if f.Err() == nil || !strings.Contains(f.Err().Error(), `"float32"`) {
		t.Errorf("error %v", f.Err())
	}
	if err := f.Close(); err != nil {
		t.Error(err)
	}

	f = open(t, "dtypes.safetensors")
	g, _ := Open("testdata/dtypes.safetensors")
	g.Close()
	if _, err := g.Tensor("int64").Ints(); !errors.Is(err, os.ErrClosed) {
		t.Errorf("after Close: %v", err)
	}
	if _, err := f.Tensor("int64").Ints(); err != nil {
		t.Error(err)
	}
}

func TestNoCopy(t *testing.T) {
	f, err := Open("testdata/views.pt")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	base := f.Tensor("base")
	b, _ := base.Bytes()
	if _, ok := floatView(b); !ok || base.src.file != nil {
		t.Skip("no mapping, or another byte order")
	}
	if n := testing.AllocsPerRun(10, func() { base.Floats() }); n > 0 {
		t.Errorf("%v allocations", n)
	}
	row := make([]float32, 8)
	if n := testing.AllocsPerRun(10, func() { base.Row(row, 2) }); n > 0 {
		t.Errorf("%v allocations for a row", n)
	}
	if x, y := base.Floats(), base.Floats(); &x[0] != &y[0] {
		t.Error("Floats copies")
	}
}

func TestFromFloats(t *testing.T) {
	x := FromFloats("x", []int{2, 2}, []float32{1, 2, 3, 4})
	if got := x.Floats(); !slices.Equal(got, []float32{1, 2, 3, 4}) {
		t.Error(got)
	}
	checkRows(t, x, x.Floats())
	for name, f := range map[string]func(){
		"too few values": func() { FromFloats("x", []int{2}, nil) },
		"no such row":    func() { x.Row(make([]float32, 2), 2) },
		"short row":      func() { x.Row(make([]float32, 1), 0) },
		"row of number":  func() { FromFloats("x", nil, []float32{1}).Row(make([]float32, 1), 0) },
	} {
		func() {
			defer func() {
				if r, _ := recover().(string); !strings.HasPrefix(r, "checkpoint: ") {
					t.Errorf("%s: %q", name, r)
				}
			}()
			f()
		}()
	}
}

// What has been released is read again, and memory that is no file's is left alone.
func TestRelease(t *testing.T) {
	values := make([]float32, 100000)
	for i := range values {
		values[i] = float32(i)
	}
	path := filepath.Join(t.TempDir(), "model.safetensors")
	var b bytes.Buffer
	inMemory := FromFloats("a", []int{1000, 100}, values)
	if err := WriteSafetensors(&b, []*Tensor{inMemory, FromFloats("b", []int{3}, []float32{1, 2, 3})}, nil); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, b.Bytes(), 0o666); err != nil {
		t.Fatal(err)
	}
	f, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	tensor := f.Tensor("a")
	before := tensor.Floats()
	for _, r := range []*Tensor{tensor, f.Tensor("b"), inMemory} {
		r.Release()
	}
	for what, got := range map[string][]float32{"before": before, "after": tensor.Floats(), "in memory": inMemory.Floats()} {
		if !slices.Equal(got, values) {
			t.Errorf("values got %s differ", what)
		}
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	tensor.Release()
}

func TestFloat16FromFloats(t *testing.T) {
	var b bytes.Buffer
	values := []float32{0, -1.5, 65504, 1.0 / 3, 1e-9, 2049}
	if err := WriteSafetensors(&b, []*Tensor{Float16FromFloats("x", []int{2, 3}, values)}, nil); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "half.safetensors")
	if err := os.WriteFile(path, b.Bytes(), 0o666); err != nil {
		t.Fatal(err)
	}
	f, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	x := f.Tensor("x")
	if want := []float32{0, -1.5, 65504, 0.33325195, 0, 2048}; x.DType != Float16 || !slices.Equal(x.Floats(), want) {
		t.Errorf("%v %v, want %v", x.DType, x.Floats(), want)
	}
}
