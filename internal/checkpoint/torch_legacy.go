package checkpoint

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/big"

	"github.com/nlpodyssey/gopickle/types"
)

// A file of torch.save before PyTorch 1.6 is
//
//	pickle  a magic number
//	pickle  the version of the format, 1001
//	pickle  a dictionary about the machine, such as {"little_endian": True}
//	pickle  what was saved
//	pickle  the list of the keys of its storages
//	        for each: the number of its elements, 8 bytes, and the elements
const (
	legacyMagic   = "119547037146038801333356"
	legacyVersion = 1001
)

// isPickle tells whether a file begins as a pickle of protocol 2 or later does, or
// as the one of the magic number of protocols 0 and 1.
func isPickle(start []byte) bool {
	return len(start) > 2 && start[0] == 0x80 && start[1] >= 2 && start[1] <= 5 && start[2] >= 0x80 ||
		bytes.HasPrefix(start, []byte("L"+legacyMagic))
}

func parseLegacy(src *source) (*File, error) {
	r := &legacyReader{src: src, storages: map[string]*storage{}}
	magic, err := r.next("magic number")
	if n, ok := magic.(*big.Int); err == nil && (!ok || n.String() != legacyMagic) {
		err = bad("a pickle, but none that torch.save wrote")
	}
	if err != nil {
		return nil, err
	}
	version, err := r.next("version")
	if err == nil && version != legacyVersion {
		err = bad("a version of the format other than %d", legacyVersion)
	}
	if err != nil {
		return nil, err
	}
	info, err := r.next("machine")
	if err != nil {
		return nil, err
	}
	if d, ok := info.(*types.Dict); ok {
		if little, _ := d.Get("little_endian"); little == false {
			return nil, bad("the byte order is not little-endian")
		}
	}
	value, err := r.next("data")
	if err != nil {
		return nil, err
	}
	keys, err := r.next("storage keys")
	if err == nil {
		err = r.place(keys)
	}
	if err != nil {
		return nil, err
	}
	f := &File{Format: TorchLegacy}
	if err := f.flatten(src, value); err != nil {
		return nil, bad("%v", err)
	}
	return f, nil
}

// legacyReader goes through the pickles of a file.
type legacyReader struct {
	src      *source
	at       int64
	storages map[string]*storage
}

// next runs the next pickle.
func (r *legacyReader) next(what string) (any, error) {
	most := min(r.src.size-r.at, maxPickle)
	for n := min(most, 1<<20); ; n = min(most, 4*n) {
		data, err := r.src.bytes(r.at, n)
		if err != nil {
			return nil, err
		}
		value, length, err := (&unpickler{storage: r.storage}).load(data)
		if errors.Is(err, io.ErrUnexpectedEOF) && n < most {
			continue
		}
		if err != nil {
			return nil, bad("pickle of the %s at byte %d: %v", what, r.at, err)
		}
		r.at += int64(length)
		return value, nil
	}
}

// storage returns a storage whose place is not known yet.
func (r *legacyReader) storage(key string, count, size int) (*storage, error) {
	s := r.storages[key]
	if s == nil {
		s = &storage{offset: -1, count: count, size: size}
		r.storages[key] = s
	}
	if s.count != count || s.size != size {
		return nil, fmt.Errorf("it has %d elements of %d bytes in one place, %d of %d in another", s.count, s.size, count, size)
	}
	return s, nil
}

// place finds the places of all storages.
func (r *legacyReader) place(keys any) error {
	list, ok := keys.(*types.List)
	if !ok {
		return bad("the storage keys are no list")
	}
	for _, k := range *list {
		key, _ := k.(string)
		s := r.storages[key]
		if s == nil || s.offset >= 0 {
			return bad("storage %.80q has no tensor, or is there twice", key)
		}
		b, err := r.src.bytes(r.at, 8)
		if err != nil {
			return bad("storage %.80q: %v", key, err)
		}
		if n := binary.LittleEndian.Uint64(b); n != uint64(s.count) {
			return bad("storage %.80q at byte %d has %d elements, expected %d", key, r.at, n, s.count)
		}
		s.offset = r.at + 8
		r.at = s.offset + int64(s.count)*int64(s.size)
		if r.at > r.src.size {
			return bad("storage %.80q ends at byte %d, the file at %d", key, r.at, r.src.size)
		}
	}
	for key, s := range r.storages {
		if s.offset < 0 {
			return bad("storage %.80q is missing", key)
		}
	}
	return nil
}
