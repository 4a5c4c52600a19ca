package weaviate

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
	"time"

	"github.com/soundspace/soundspace/audioclip"
	"github.com/soundspace/soundspace/audioclip/index"
)

// object is an object of one of the classes, as answers have it.
type object struct {
	Version string `json:"version,omitempty"`
	// Of recordings and windows.
	Recording string `json:"recording,omitempty"` // index.File.ID
	// Of recordings.
	State string `json:"state,omitempty"`
	File  string `json:"file,omitempty"` // see file
	// Of windows.
	Number int    `json:"number"`         // from 0
	Span   string `json:"span,omitempty"` // start and end in ns, a space between
	// Of windows and models: a vector, see encodeVector.
	Values string `json:"values,omitempty"`
	// Of models.
	Model string `json:"model,omitempty"`

	Additional struct {
		ID       string   `json:"id"`
		Distance *float64 `json:"distance"`
	} `json:"_additional"`
}

// States of a record.
const (
	writing = "writing" // its windows may not all be there yet
	present = "present"
	gone    = "gone"
)

// newVersion returns a name that is greater than that of a version before ("" if there
// was none), and than those of earlier times.
func newVersion(before string) string {
	t := time.Now().UnixNano()
	if at, ok := versionTime(before); ok {
		t = max(t, at.UnixNano()+1)
	}
	var chance [8]byte
	rand.Read(chance[:])
	return fmt.Sprintf("%016x%x", t, chance)
}

// versionTime returns when a version was begun.
func versionTime(version string) (time.Time, bool) {
	if len(version) != 32 {
		return time.Time{}, false
	}
	t, err := strconv.ParseInt(version[:16], 16, 64)
	return time.Unix(0, t), err == nil
}

// uuid returns the name of an object of a version.
func uuid(kind, version string, number int) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s %s %d", kind, version, number))
	sum[6] = sum[6]&0x0f | 0x80 // version 8: made as one likes
	sum[8] = sum[8]&0x3f | 0x80
	h := hex.EncodeToString(sum[:16])
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}

// record is what an object of a recording says.
type record struct {
	recording, version, state string
	file                      file
	index.File
}

// file is index.File in JSON.
type file struct {
	Path       string    `json:"path"` // quoted as in Go: it need not be UTF-8
	Size       int64     `json:"size"`
	Modified   time.Time `json:"modified"`
	Hash       string    `json:"hash"`
	Format     string    `json:"format"`
	SampleRate int       `json:"sampleRate"`
	Channels   int       `json:"channels"`
	Duration   int64     `json:"duration"` // ns
	Windows    int       `json:"windows"`
	Dim        int       `json:"dim"`
}

func newFile(e index.Entry, dim int) file {
	return file{strconv.Quote(e.Path), e.Size, e.ModTime.UTC(), hex.EncodeToString(e.Hash[:]), e.Format, e.SampleRate, e.Channels, int64(e.Duration), len(e.Windows), dim}
}

// newRecord takes an object apart.
func newRecord(o object) (record, error) {
	r := record{recording: o.Recording, version: o.Version, state: o.State}
	if _, ok := versionTime(o.Version); !ok || !isID(o.Recording) {
		return r, fmt.Errorf("a record of %q has version %q", shorten(o.Recording), shorten(o.Version))
	}
	if o.State == gone {
		return r, nil
	}
	if err := json.Unmarshal([]byte(o.File), &r.file); err != nil {
		return r, fmt.Errorf("the record of %s cannot be read: %w", o.Recording, err)
	}
	path, err := strconv.Unquote(r.file.Path)
	hash, hashErr := hex.DecodeString(r.file.Hash)
	f := r.file
	switch {
	case o.State != present && o.State != writing:
		err = fmt.Errorf("its state is %q", shorten(o.State))
	case err != nil:
		err = fmt.Errorf("its path is %q", shorten(f.Path))
	case index.ID(path) != o.Recording:
		err = fmt.Errorf("it is of %q", shorten(path))
	case hashErr != nil || len(hash) != sha256.Size:
		err = fmt.Errorf("its hash is %q", shorten(f.Hash))
	case f.Windows < 1 || f.Dim < 1:
		err = fmt.Errorf("it has %d windows of %d values", f.Windows, f.Dim)
	}
	if err != nil {
		return r, fmt.Errorf("the record of %s cannot be used: %w", o.Recording, err)
	}
	r.File = index.File{Path: path, Size: f.Size, ModTime: f.Modified, Hash: [sha256.Size]byte(hash), Format: f.Format,
		SampleRate: f.SampleRate, Channels: f.Channels, Duration: time.Duration(f.Duration)}
	return r, nil
}

func isID(s string) bool {
	_, err := hex.DecodeString(s)
	return err == nil && len(s) == 32
}

// newWindow takes an object apart.
func newWindow(o object, dim int) (audioclip.Window, error) {
	var w audioclip.Window
	var start, end int64
	if _, err := fmt.Sscanf(o.Span, "%d %d", &start, &end); err != nil || start < 0 || end < start {
		return w, fmt.Errorf("window %d of %s has the span %q", o.Number, o.Recording, shorten(o.Span))
	}
	v, err := decodeVector(o.Values, dim)
	if err != nil {
		return w, fmt.Errorf("window %d of %s: %w", o.Number, o.Recording, err)
	}
	return audioclip.Window{Start: time.Duration(start), End: time.Duration(end), Vector: v}, nil
}

// encodeVector writes values as little-endian float32 in base64: JSON arrays of numbers are
// five times as slow to get.
func encodeVector(v []float32) string {
	data := make([]byte, 0, 4*len(v))
	for _, x := range v {
		data = binary.LittleEndian.AppendUint32(data, math.Float32bits(x))
	}
	return base64.StdEncoding.EncodeToString(data)
}

// decodeVector returns the dim values of a vector; any number of them if dim is negative.
func decodeVector(s string, dim int) ([]float32, error) {
	data, err := base64.StdEncoding.DecodeString(s)
	if err != nil || len(data)%4 != 0 || dim >= 0 && len(data) != 4*dim {
		return nil, errors.New("a vector that cannot be read")
	}
	v := make([]float32, len(data)/4)
	for i := range v {
		v[i] = math.Float32frombits(binary.LittleEndian.Uint32(data[4*i:]))
		if v[i]-v[i] != 0 {
			return nil, fmt.Errorf("a vector with the value %v", v[i])
		}
	}
	return v, nil
}

func decodeJSON(data []byte, v any) error {
	if err := json.Unmarshal(data, v); err != nil {
		return fmt.Errorf("an answer that cannot be read: %w", err)
	}
	return nil
}
