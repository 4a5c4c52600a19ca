package checkpoint

import (
	"fmt"
	"io/fs"
	"math"
	"strings"
)

// A checkpoint of TensorFlow ("tensor bundle") is a table, NAME.index, and the elements of
// the tensors in one or more files NAME.data-00000-of-00001. The keys of the table are the
// names of the tensors; the first is "", that of the header. The values are messages:
//
//	BundleHeaderProto  1 num_shards, 2 endianness (0: little), 3 version (2 min_consumer)
//	BundleEntryProto   1 dtype, 2 shape, 3 shard_id, 4 offset, 5 size, 6 crc32c, 7 slices
//	TensorShapeProto   2 dim (1 size), 3 unknown_rank
//
// The checksum is that of the elements, masked as those of the table are.
const indexSuffix = ".index"

// tensorflowTypes are those of DataType in types.proto that are numbers of ours.
var tensorflowTypes = map[uint64]DType{
	1: Float32, 2: Float64, 3: Int32, 4: Uint8, 5: Int16, 6: Int8, 9: Int64, 10: Bool,
	14: BFloat16, 17: Uint16, 19: Float16, 22: Uint32, 23: Uint64, 24: Float8E5M2, 25: Float8E4M3,
}

// bundle is a checkpoint of TensorFlow that is being opened.
type bundle struct {
	file   *File
	fsys   fs.FS
	base   string // of the files' names
	shards []*source
}

// openBundle opens the checkpoint whose index is the file of a name.
func openBundle(src *source, fsys fs.FS, name string) (_ *File, err error) {
	base, ok := strings.CutSuffix(name, indexSuffix)
	if !ok {
		return nil, bad("the index of a TensorFlow checkpoint, but its name does not end in %s", indexSuffix)
	}
	if src.size > maxHeader {
		return nil, bad("an index of %d bytes", src.size)
	}
	data, err := src.bytes(0, src.size)
	if err != nil {
		return nil, err
	}
	b := &bundle{file: &File{Format: TensorFlow, tensors: map[string]*Tensor{}}, fsys: fsys, base: base}
	defer func() {
		if err != nil {
			b.file.Close()
		}
	}()
	err = readTable(data, func(key, value []byte) error {
		if b.shards == nil {
			return b.header(key, value)
		}
		if err := b.entry(string(key), value); err != nil {
			return fmt.Errorf("tensor %.200q: %w", key, err)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if b.shards == nil {
		return nil, bad("the index is empty")
	}
	b.file.sortNames()
	return b.file, nil
}

func (b *bundle) header(key, value []byte) error {
	if len(key) > 0 {
		return bad("a table, but no checkpoint of TensorFlow: it begins with key %.200q", key)
	}
	var shards, endianness, version uint64
	err := protoFields(value, func(field, v uint64, content []byte) error {
		switch field {
		case 1:
			shards = v
		case 2:
			endianness = v
		case 3:
			return protoFields(content, func(field, v uint64, _ []byte) error {
				if field == 2 {
					version = v
				}
				return nil
			})
		}
		return nil
	})
	switch {
	case err != nil:
		return err
	case shards < 1 || shards > maxShards:
		return bad("%d files of data", shards)
	case endianness != 0:
		return bad("the elements are big-endian")
	case version > 1:
		return bad("it is for readers of version %d and later", version)
	}
	b.shards = make([]*source, shards)
	return nil
}

// entry adds a tensor, unless its elements are no numbers: strings, for instance.
func (b *bundle) entry(name string, message []byte) error {
	var dtype, shard, offset, size, checksum uint64
	var unknown, sliced bool
	shape := []int{}
	err := protoFields(message, func(field, v uint64, content []byte) (err error) {
		switch field {
		case 1:
			dtype = v
		case 2:
			shape, unknown, err = parseShape(content)
		case 3:
			shard = v
		case 4:
			offset = v
		case 5:
			size = v
		case 6:
			checksum = v
		case 7:
			sliced = true
		}
		return err
	})
	if err != nil {
		return err
	}
	d, ok := tensorflowTypes[dtype]
	if !ok {
		return nil
	}
	n, ok := product(shape)
	switch {
	case sliced:
		return bad("it is kept in slices, which is not supported")
	case unknown:
		return bad("its shape is unknown")
	case !ok || n > math.MaxInt/8 || uint64(n)*uint64(d.Size()) != size:
		return bad("%d bytes for shape %v of %v", size, shape, d)
	}
	src, err := b.shard(shard)
	if err != nil {
		return err
	}
	if end := uint64(src.size); size > end || offset > end-size {
		return bad("%d bytes at byte %d of a file of %d", size, offset, end)
	}
	sum := uint32(checksum)
	b.file.tensors[name] = &Tensor{Name: name, DType: d, Shape: shape, src: src, offset: int64(offset), checksum: &sum}
	return nil
}

// shard opens a file of data, or returns the one that is open.
func (b *bundle) shard(i uint64) (*source, error) {
	if i >= uint64(len(b.shards)) {
		return nil, bad("file %d of %d", i, len(b.shards))
	}
	if b.shards[i] == nil {
		src, err := openSource(b.fsys, fmt.Sprintf("%s.data-%05d-of-%05d", b.base, i, len(b.shards)))
		if err != nil {
			return nil, err
		}
		b.shards[i], b.file.sources = src, append(b.file.sources, src)
	}
	return b.shards[i], nil
}

func parseShape(message []byte) (shape []int, unknown bool, err error) {
	shape = []int{}
	err = protoFields(message, func(field, v uint64, content []byte) error {
		switch field {
		case 2:
			var size uint64
			err := protoFields(content, func(field, v uint64, _ []byte) error {
				if field == 1 {
					size = v
				}
				return nil
			})
			if err != nil {
				return err
			}
			if size > math.MaxInt {
				return bad("dimension %d", int64(size))
			}
			shape = append(shape, int(size))
		case 3:
			unknown = v != 0
		}
		return nil
	})
	return shape, unknown, err
}
