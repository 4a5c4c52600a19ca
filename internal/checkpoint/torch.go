package checkpoint

import (
	"archive/zip"
	"fmt"
	"hash/crc32"
	"path"
	"strings"
)

// A file of torch.save is a zip archive of entries that are not compressed, all in
// one folder:
//
//	data.pkl       the pickle of what was saved
//	data/0, …      the storages of its tensors, named by their keys
//	byteorder      "little" or "big"
//	constants.pkl  in TorchScript archives only, as is the code of the model
func parseTorch(src *source) (*File, error) {
	archive, err := zip.NewReader(src, src.size)
	if err != nil {
		return nil, bad("zip archive: %v", err)
	}
	entries := map[string]*zip.File{}
	var main *zip.File
	for _, e := range archive.File {
		if entries[e.Name] != nil {
			return nil, bad("zip archive: %.200q appears twice", e.Name)
		}
		entries[e.Name] = e
		if path.Base(e.Name) == "data.pkl" && strings.Count(e.Name, "/") <= 1 {
			if main != nil {
				return nil, bad("zip archive: %.200q beside %.200q", e.Name, main.Name)
			}
			main = e
		}
	}
	if main == nil {
		return nil, bad("a zip archive without data.pkl is none of PyTorch's")
	}
	root := strings.TrimSuffix(main.Name, "data.pkl")

	if e := entries[root+"byteorder"]; e != nil {
		if b, err := readEntry(src, e, 16); err != nil || string(b) != "little" {
			return nil, bad("byte order %q (%v), expected \"little\"", b, err)
		}
	}
	data, err := readEntry(src, main, maxPickle)
	if err != nil {
		return nil, bad("%v", err)
	}
	// Writers may leave out checksums: they are 0 then.
	if sum := crc32.ChecksumIEEE(data); main.CRC32 != 0 && main.CRC32 != sum {
		return nil, bad("checksum of data.pkl is %08x, expected %08x", sum, main.CRC32)
	}
	p := &unpickler{
		script: entries[root+"constants.pkl"] != nil,
		storage: func(key string, count, size int) (*storage, error) {
			e := entries[root+"data/"+key]
			if e == nil {
				return nil, fmt.Errorf("it is not in the archive")
			}
			offset, n, err := entryRange(src, e)
			if err == nil && n < int64(count)*int64(size) {
				err = fmt.Errorf("%d bytes for %d elements of %d", n, count, size)
			}
			return &storage{offset, count, size}, err
		},
	}
	value, _, err := p.load(data)
	if err != nil {
		return nil, bad("data.pkl: %v", err)
	}
	f := &File{Format: Torch}
	if p.script {
		f.Format = TorchScript
	}
	if err := f.flatten(src, value); err != nil {
		return nil, bad("data.pkl: %v", err)
	}
	return f, nil
}

// entryRange returns where an entry's bytes are in the file.
func entryRange(src *source, e *zip.File) (offset, n int64, err error) {
	if e.Method != zip.Store || e.Flags&1 != 0 || e.CompressedSize64 != e.UncompressedSize64 {
		return 0, 0, fmt.Errorf("%.200q is compressed or encrypted, which PyTorch does not do", e.Name)
	}
	offset, err = e.DataOffset()
	if err != nil {
		return 0, 0, fmt.Errorf("%.200q: %w", e.Name, err)
	}
	if offset < 0 || offset > src.size || e.UncompressedSize64 > uint64(src.size-offset) {
		return 0, 0, fmt.Errorf("%.200q of %d bytes at %d goes beyond the file", e.Name, e.UncompressedSize64, offset)
	}
	return offset, int64(e.UncompressedSize64), nil
}

// readEntry returns an entry of at most so many bytes.
func readEntry(src *source, e *zip.File, most int64) ([]byte, error) {
	offset, n, err := entryRange(src, e)
	if err == nil && n > most {
		err = fmt.Errorf("%.200q has %d bytes, more than %d", e.Name, n, most)
	}
	if err != nil {
		return nil, err
	}
	return src.bytes(offset, n)
}
