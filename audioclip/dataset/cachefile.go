package dataset

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"math"
	"os"
	"slices"
)

// The file of a cache, little-endian:
//
//	offset  bytes
//	0       8      "sndfeat" and the version
//	8       32     key: a hash of all that the features depend on
//	40      4      number of clips
//	44      4      number of bands
//	48             the frames of the clips, in any order of clips: int16, in 1/128 dB
//	t       12·n   table: of each clip the offset (8) and number (4) of its frames
//	               messages: of each clip skipped the length (4) and text
//	end-16  8      t
//	end-8   4      number of messages
//	end-4   4      CRC-32C of the header and of all from t up to here
const (
	cacheVersion = 1
	headerSize   = 8 + sha256.Size + 4 + 4
	trailerSize  = 16
	maxBands     = 1 << 14
	maxTable     = 1 << 32 // bytes of table and messages, far beyond any use
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func cacheHeader(key [sha256.Size]byte, clips, bands int) []byte {
	h := append([]byte("sndfeat"), cacheVersion)
	h = append(h, key[:]...)
	h = binary.LittleEndian.AppendUint32(h, uint32(clips))
	return binary.LittleEndian.AppendUint32(h, uint32(bands))
}

// cacheWriter writes such a file.
type cacheWriter struct {
	w      io.Writer
	header []byte
	cache  *Cache // what was written so far
	size   int64
	buf    []byte
}

func newCacheWriter(w io.Writer, key [sha256.Size]byte, clips, bands int) (*cacheWriter, error) {
	c := &cacheWriter{w: w, header: cacheHeader(key, clips, bands), cache: &Cache{
		bands: bands, frames: make([]uint32, clips), offsets: make([]int64, clips),
	}}
	return c, c.write(c.header)
}

func (c *cacheWriter) write(p []byte) error {
	n, err := c.w.Write(p)
	c.size += int64(n)
	return err
}

// add writes the features of a clip, in dB.
func (c *cacheWriter) add(clip int, features []float32) error {
	c.buf = c.buf[:0]
	for _, v := range features {
		q := min(max(math.RoundToEven(float64(v)/unit), math.MinInt16), math.MaxInt16)
		c.buf = binary.LittleEndian.AppendUint16(c.buf, uint16(int16(q)))
	}
	c.cache.offsets[clip] = c.size
	c.cache.frames[clip] = uint32(len(features) / c.cache.bands)
	return c.write(c.buf)
}

// finish writes what comes after the features.
func (c *cacheWriter) finish(skipped []error) (*Cache, error) {
	table := c.size
	var b []byte
	for i, n := range c.cache.frames {
		b = binary.LittleEndian.AppendUint64(b, uint64(c.cache.offsets[i]))
		b = binary.LittleEndian.AppendUint32(b, n)
	}
	for _, err := range skipped {
		text := err.Error()
		b = binary.LittleEndian.AppendUint32(b, uint32(len(text)))
		b = append(b, text...)
	}
	b = binary.LittleEndian.AppendUint64(b, uint64(table))
	b = binary.LittleEndian.AppendUint32(b, uint32(len(skipped)))
	b = binary.LittleEndian.AppendUint32(b, cacheSum(c.header, b))
	c.cache.skipped = skipped
	return c.cache, c.write(b)
}

func cacheSum(header, rest []byte) uint32 {
	return crc32.Update(crc32.Checksum(header, castagnoli), castagnoli, rest)
}

var errNotCache = errors.New("dataset: not a whole file of features")

// openCache opens the file of a cache with a given key, and reads it into memory if
// it has at most inMemory bytes, see [CacheConfig].
func openCache(path string, key [sha256.Size]byte, clips, bands int, inMemory int64) (_ *Cache, err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			f.Close()
		}
	}()
	st, err := f.Stat()
	if err != nil {
		return nil, err
	}
	c, err := readCache(f, st.Size(), cacheHeader(key, clips, bands), clips, bands)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if inMemory == 0 {
		inMemory = 2 << 30
	}
	if st.Size() > inMemory {
		c.file = f
		return c, nil
	}
	c.data = make([]byte, st.Size())
	if _, err := f.ReadAt(c.data, 0); err != nil {
		return nil, err
	}
	return c, f.Close()
}

// readCache reads everything but the features.
func readCache(f io.ReaderAt, size int64, header []byte, clips, bands int) (*Cache, error) {
	head, trailer := make([]byte, headerSize), make([]byte, trailerSize)
	if size < headerSize+trailerSize {
		return nil, errNotCache
	}
	if _, err := f.ReadAt(head, 0); err != nil {
		return nil, err
	}
	if _, err := f.ReadAt(trailer, size-trailerSize); err != nil {
		return nil, err
	}
	table := int64(binary.LittleEndian.Uint64(trailer))
	if !bytes.Equal(head, header) || table < headerSize || table > size-trailerSize-12*int64(clips) || size-table > maxTable {
		return nil, errNotCache
	}
	rest := make([]byte, size-table)
	if _, err := f.ReadAt(rest, table); err != nil {
		return nil, err
	}
	n := len(rest)
	if cacheSum(head, rest[:n-4]) != binary.LittleEndian.Uint32(rest[n-4:]) {
		return nil, errNotCache
	}
	c := &Cache{bands: bands, frames: make([]uint32, clips), offsets: make([]int64, clips)}
	for i := range clips {
		entry := rest[12*i:]
		c.offsets[i] = int64(binary.LittleEndian.Uint64(entry))
		c.frames[i] = binary.LittleEndian.Uint32(entry[8:])
		length := 2 * int64(bands) * int64(c.frames[i])
		if c.frames[i] > 0 && (c.offsets[i] < headerSize || c.offsets[i] > table-length) {
			return nil, errNotCache
		}
	}
	messages := rest[12*clips : n-trailerSize]
	for len(messages) > 0 {
		if len(messages) < 4 {
			return nil, errNotCache
		}
		length := int64(binary.LittleEndian.Uint32(messages))
		messages = messages[4:]
		if length > int64(len(messages)) {
			return nil, errNotCache
		}
		c.skipped = append(c.skipped, errors.New(string(messages[:length])))
		messages = messages[length:]
	}
	c.skipped = slices.Clip(c.skipped)
	if len(c.skipped) != int(binary.LittleEndian.Uint32(rest[n-8:])) {
		return nil, errNotCache
	}
	return c, nil
}
