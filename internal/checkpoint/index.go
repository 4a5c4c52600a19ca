package checkpoint

import (
	"fmt"
	"io/fs"
	"maps"
	"path"
	"path/filepath"
	"slices"
)

// An index, model.safetensors.index.json or pytorch_model.bin.index.json, tells
// which file of its folder each tensor is in:
//
//	{"metadata": {"total_size": 123}, "weight_map": {"name": "model-00001-of-00002.safetensors", …}}
const maxShards = 4096

// openIndex opens all shards of the index of a name.
func openIndex(src *source, fsys fs.FS, name string) (_ *File, err error) {
	f := &File{Metadata: map[string]string{}, tensors: map[string]*Tensor{}}
	shards, err := f.parseIndex(src)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			f.Close()
		}
	}()
	for i, shard := range slices.Sorted(maps.Keys(shards)) {
		if err := f.addShard(fsys, path.Join(path.Dir(name), shard), shards[shard], i == 0); err != nil {
			return nil, fmt.Errorf("shard %s: %w", shard, err)
		}
	}
	f.sortNames()
	return f, nil
}

// addShard opens a shard and takes the named tensors from it.
func (f *File) addShard(fsys fs.FS, name string, tensors []string, first bool) error {
	src, err := openSource(fsys, name)
	if err != nil {
		return err
	}
	f.sources = append(f.sources, src)
	shard, err := parse(src)
	if err != nil {
		return err
	}
	if first {
		f.Format = shard.Format
	}
	for _, tensor := range tensors {
		t := shard.Tensor(tensor)
		if t == nil {
			return bad("tensor %q is not in it", tensor)
		}
		f.tensors[tensor] = t
	}
	return nil
}

// parseIndex sets the metadata and returns the names of the tensors of each shard.
func (f *File) parseIndex(src *source) (map[string][]string, error) {
	if src.size > maxHeader {
		return nil, bad("an index of %d bytes", src.size)
	}
	text, err := src.bytes(0, src.size)
	if err != nil {
		return nil, err
	}
	r := newJSONReader(text)
	shards := map[string][]string{}
	err = r.object(func(key string) error {
		switch key {
		case "metadata":
			return r.object(func(key string) (err error) {
				f.Metadata[key], err = r.raw()
				return err
			})
		case "weight_map":
			return r.object(func(tensor string) error {
				shard, err := r.text()
				if err == nil && !filepath.IsLocal(filepath.FromSlash(shard)) {
					err = fmt.Errorf("shard %q is not in the folder of the index", shard)
				}
				shards[shard] = append(shards[shard], tensor)
				return err
			})
		}
		_, err := r.raw()
		return err
	})
	if err == nil {
		err = r.end()
	}
	switch {
	case err != nil:
		return nil, bad("index: %v", shorten(err))
	case len(shards) == 0:
		return nil, bad("JSON, but no index of tensors: it has no weight_map")
	case len(shards) > maxShards:
		return nil, bad("index: %d shards", len(shards))
	}
	return shards, nil
}
