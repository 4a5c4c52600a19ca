package checkpoint

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
)

// A table holds keys, in order, and their values (LevelDB's doc/table_format.md):
//
//	blocks     entries, then a byte for their compression (0: none) and the masked
//	           checksum of both, 4 bytes
//	48 bytes   the handle of a block that is not needed here; that of the index, a block
//	           whose values are the handles of all others; zeros; a number to know it by
//
// A handle is an offset and a length, as varints. An entry begins with three varints: how
// many bytes the key has in common with the one before, how many follow, and the length of
// the value; then come the two. After the entries of a block are the offsets of those that
// have nothing in common with the one before, and their number, 4 bytes each.
const (
	tableMagic  = 0xdb4775248b80fb57
	tableFooter = 48
	// Every 16th key is written in full, so that all keys together have at most so many
	// times the length of the file.
	maxShared = 16
)

func isTable(src *source) bool {
	end := make([]byte, 8)
	n, _ := src.ReadAt(end, src.size-8)
	return src.size >= tableFooter && n == len(end) && binary.LittleEndian.Uint64(end) == tableMagic
}

// readTable calls f for each entry of a table, which isTable knows. The key must not be
// kept.
func readTable(data []byte, f func(key, value []byte) error) error {
	footer, data := data[len(data)-tableFooter:], data[:len(data)-tableFooter]
	_, footer, ok := cutHandle(footer)
	index, _, indexed := cutHandle(footer)
	if !ok || !indexed {
		return bad("the footer of the table is damaged")
	}
	var last []byte // key
	keys, end := 0, uint64(0)
	return readBlock(data, index, func(_, value []byte) error {
		at, _, ok := cutHandle(value)
		if !ok || at.offset < end {
			return bad("the index of the table: no block follows the one that ends at byte %d", end)
		}
		end = at.offset + at.size
		return readBlock(data, at, func(key, value []byte) error {
			if keys > 0 && bytes.Compare(key, last) <= 0 {
				return bad("key %.200q after %.200q", key, last)
			}
			last = append(last[:0], key...)
			if keys += len(key) + 1; keys > maxShared*len(data) {
				return bad("keys of more than %d bytes in a table of %d", keys, len(data))
			}
			return f(key, value)
		})
	})
}

// handle is where a block is in a table.
type handle struct{ offset, size uint64 }

func cutHandle(b []byte) (h handle, rest []byte, ok bool) {
	offset, n := binary.Uvarint(b)
	if n <= 0 {
		return h, nil, false
	}
	size, m := binary.Uvarint(b[n:])
	if m <= 0 {
		return h, nil, false
	}
	return handle{offset, size}, b[n+m:], true
}

// readBlock calls f for each entry of a block. The key must not be kept.
func readBlock(data []byte, at handle, f func(key, value []byte) error) error {
	const trailer, count = 5, 4 // bytes
	size := uint64(len(data))
	if at.size < count || at.size > size || at.offset > size-at.size || size-at.size-at.offset < trailer {
		return bad("a block of %d bytes at byte %d of a table of %d", at.size, at.offset, size)
	}
	block := data[at.offset : at.offset+at.size+1]
	if sum := binary.LittleEndian.Uint32(data[at.offset+at.size+1:]); sum != maskedChecksum(block) {
		return bad("the checksum of the block at byte %d of the table is wrong", at.offset)
	}
	if kind := block[at.size]; kind != 0 {
		return bad("the block at byte %d of the table is compressed (kind %d), which TensorFlow does not do", at.offset, kind)
	}
	block = block[:at.size-count]
	restarts := binary.LittleEndian.Uint32(data[at.offset+at.size-count:])
	if uint64(restarts)*4 > uint64(len(block)) {
		return bad("%d restarts in a block of %d bytes", restarts, len(block))
	}
	block = block[:len(block)-4*int(restarts)]
	var key []byte
	for len(block) > 0 {
		var lengths [3]uint64 // shared, unshared, value
		for i := range lengths {
			v, n := binary.Uvarint(block)
			if n <= 0 {
				return bad("an entry of the table is cut off")
			}
			lengths[i], block = v, block[n:]
		}
		shared, unshared, value := lengths[0], lengths[1], lengths[2]
		rest := uint64(len(block))
		if shared > uint64(len(key)) || unshared > rest || value > rest-unshared {
			return bad("an entry of the table is longer than it can be")
		}
		key = append(key[:shared], block[:unshared]...)
		if err := f(key, block[unshared:unshared+value]); err != nil {
			return err
		}
		block = block[unshared+value:]
	}
	return nil
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// maskedChecksum is the CRC-32C of b as LevelDB and TensorFlow keep it.
func maskedChecksum(b []byte) uint32 {
	sum := crc32.Checksum(b, castagnoli)
	return (sum>>15 | sum<<17) + 0xa282ead8
}
