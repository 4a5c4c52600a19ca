package checkpoint

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestIndex(t *testing.T) {
	for path, format := range map[string]Format{
		"sharded_safetensors/model.safetensors.index.json": Safetensors,
		"sharded_bin/pytorch_model.bin.index.json":         Torch,
	} {
		f := open(t, path)
		if f.Format != format || f.Metadata["total_size"] != "120" || len(f.Names()) != 4 {
			t.Errorf("%s: %v, metadata %q, names %q", path, f.Format, f.Metadata, f.Names())
		}
		for i, name := range f.Names() {
			check(t, f.Tensor(name), Float32, []int{i + 1, 3}, nil)
		}
	}
}

func TestHostileIndex(t *testing.T) {
	dir := t.TempDir()
	shard, err := os.ReadFile("testdata/sharded_safetensors/model-00001-of-00002.safetensors")
	if err != nil {
		t.Fatal(err)
	}
	os.Mkdir(filepath.Join(dir, "sub"), 0o777)
	os.WriteFile(filepath.Join(dir, "shard"), shard, 0o666)
	os.WriteFile(filepath.Join(dir, "sub", "shard"), shard, 0o666)
	os.WriteFile(filepath.Join(dir, "damaged"), shard[:50], 0o666)
	path := filepath.Join(dir, "model.safetensors.index.json")
	for _, c := range []struct{ index, want string }{
		{`{"weight_map":{"layers.0.weight":"shard"}}`, ""},
		{` {"weight_map":{"layers.0.weight":"sub/shard","layers.2.weight":"shard"},"other":[]}`, ""},
		{`{"weight_map":{"layers.1.weight":"shard"}}`, `shard shard: damaged or unsupported checkpoint: tensor "layers.1.weight"`},
		{`{"weight_map":{"layers.0.weight":"absent"}}`, "shard absent"},
		{`{"weight_map":{"layers.0.weight":"damaged"}}`, "shard damaged"},
		{`{"weight_map":{"layers.0.weight":"sub"}}`, "not a regular file"},
		{`{"weight_map":{"layers.0.weight":"../x"}}`, `"../x" is not in the folder`},
		{`{"weight_map":{"layers.0.weight":"sub/../../x"}}`, "is not in the folder"},
		{`{"weight_map":{"layers.0.weight":"/etc/passwd"}}`, `"/etc/passwd" is not in the folder`},
		{`{"weight_map":{"layers.0.weight":""}}`, "is not in the folder"},
		{`{"weight_map":{"layers.0.weight":"model.safetensors.index.json"}}`, "neither"},
		{`{"weight_map":{"layers.0.weight":1}}`, "in place of a string"},
		{`{"weight_map":{"a":"shard","a":"shard"}}`, "twice"},
		{`{"weight_map":{}}`, "no weight_map"},
		{`{"metadata":{"total_size":1}}`, "no weight_map"},
		{`{"weight_map":{"layers.0.weight":"shard"}} {}`, "after the end"},
		{`{"weight_map":{"layers.0.weight":"shard"}`, "EOF"},
	} {
		os.WriteFile(path, []byte(c.index), 0o666)
		f, err := Open(path)
		switch {
		case c.want == "":
			if err != nil {
				t.Error(err)
				continue
			}
			f.Close()
		case err == nil || !strings.Contains(err.Error(), c.want):
			t.Errorf("%s: %v, expected %q", c.index, err, c.want)
		case errors.Is(err, ErrFormat) == errors.Is(err, fs.ErrNotExist):
			t.Errorf("%s: error of the wrong kind: %v", c.index, err)
		}
	}
}
