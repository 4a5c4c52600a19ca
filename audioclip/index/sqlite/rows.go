package sqlite

import (
	"crypto/sha256"
	"database/sql"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"math"
	"time"

	"github.com/soundspace/soundspace/audioclip"
	"github.com/soundspace/soundspace/audioclip/index"
)

// recording is a row of recordings.
type recording struct {
	index.File
	id, change     int64
	first, windows int64
}

// rowID returns the id of the recording of a path.
func rowID(path string) int64 {
	sum := sha256.Sum256([]byte(path))
	return int64(binary.BigEndian.Uint64(sum[:]))
}

const recordingColumns = "id, change, path, size, mod_time, hash, format, sample_rate, channels, duration, first, windows, checksum"

// values returns the row, in the order of recordingColumns.
func (r *recording) values() []any {
	return []any{r.id, r.change, r.Path, r.Size, r.ModTime.UnixNano(), r.Hash[:], r.Format, r.SampleRate, r.Channels, int64(r.Duration), r.first, r.windows, r.checksum()}
}

// checksum returns that of all else in the row.
func (r *recording) checksum() int64 {
	b := make([]byte, 0, 256)
	for _, v := range []int64{r.id, r.change, r.Size, r.ModTime.UnixNano(), int64(r.SampleRate), int64(r.Channels), int64(r.Duration), r.first, r.windows, int64(len(r.Path))} {
		b = binary.LittleEndian.AppendUint64(b, uint64(v))
	}
	b = append(b, r.Hash[:]...)
	b = append(b, r.Path...)
	return crc(append(b, r.Format...))
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func crc(b []byte) int64 { return int64(crc32.Checksum(b, castagnoli)) }

func identityChecksum(model string, probe []byte) int64 {
	return crc(append([]byte(model), probe...))
}

// scanRecording reads a row of recordingColumns.
func (s *Store) scanRecording(row interface{ Scan(...any) error }) (*recording, error) {
	var (
		r                           recording
		modTime, duration, checksum int64
		hash                        []byte
	)
	if err := row.Scan(&r.id, &r.change, &r.Path, &r.Size, &modTime, &hash, &r.Format, &r.SampleRate, &r.Channels, &duration, &r.first, &r.windows, &checksum); err != nil {
		return nil, s.scanError(err)
	}
	r.ModTime, r.Duration = time.Unix(0, modTime), time.Duration(duration)
	copy(r.Hash[:], hash)
	if len(hash) != len(r.Hash) || r.checksum() != checksum {
		return nil, s.corrupt("recording %d", r.id)
	}
	return &r, nil
}

// scanError tells a row of other types of values than there should be, which only damage
// can bring about, from other errors.
func (s *Store) scanError(err error) error {
	if code(err) != 0 || errors.Is(err, sql.ErrNoRows) {
		return err
	}
	return s.corrupt("%v", err)
}

const windowColumns = `id, start, "end", vector, checksum`

// windowRow is a row of windows.
type windowRow struct {
	id         int64
	start, end int64
	vector     []byte // valid until the next row, if it was read
}

func newWindowRow(id int64, w audioclip.Window) windowRow {
	return windowRow{id, int64(w.Start), int64(w.End), encode(nil, w.Vector)}
}

func (w *windowRow) values() []any {
	return []any{w.id, w.start, w.end, w.vector, w.checksum()}
}

func (w *windowRow) checksum() int64 {
	b := make([]byte, 0, 24)
	for _, v := range []int64{w.id, w.start, w.end} {
		b = binary.LittleEndian.AppendUint64(b, uint64(v))
	}
	return int64(crc32.Update(crc32.Checksum(b, castagnoli), castagnoli, w.vector))
}

// scanWindow reads a row of windowColumns.
func (s *Store) scanWindow(rows *sql.Rows, w *windowRow, dim int) error {
	var checksum int64
	if err := rows.Scan(&w.id, &w.start, &w.end, (*sql.RawBytes)(&w.vector), &checksum); err != nil {
		return s.scanError(err)
	}
	if len(w.vector) != 4*dim || w.checksum() != checksum {
		return s.corrupt("window %d", w.id)
	}
	return nil
}

// encode appends the bytes of a vector to dst.
func encode(dst []byte, v []float32) []byte {
	for _, x := range v {
		dst = binary.LittleEndian.AppendUint32(dst, math.Float32bits(x))
	}
	return dst
}

// decode sets v to the vector that b has the bytes of.
func decode(v []float32, b []byte) {
	for i := range v {
		v[i] = math.Float32frombits(binary.LittleEndian.Uint32(b[4*i:]))
	}
}
