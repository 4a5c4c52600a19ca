package checkpoint

import (
	"bufio"
	"cmp"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"strconv"
	"unicode/utf8"
)

// A safetensors file is
//
//	8 bytes   n, the length of the header, little-endian
//	n bytes   the header, JSON: {"name": {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]}, …,
//	          "__metadata__": {"key": "text", …}}, perhaps with spaces after it
//	the rest  the elements, which the tensors fill without holes or overlaps
const maxHeader = 100_000_000

const metadataKey = "__metadata__"

// tensorHeader is what the header says of a tensor.
type tensorHeader struct {
	name       string
	dtype      string
	shape      []int
	begin, end int64
}

func parseSafetensors(src *source) (*File, error) {
	if src.size < 8 {
		return nil, bad("%d bytes are too few for a safetensors file", src.size)
	}
	b, err := src.bytes(0, 8)
	if err != nil {
		return nil, err
	}
	n := binary.LittleEndian.Uint64(b)
	if n > maxHeader || int64(n) > src.size-8 {
		return nil, bad("safetensors header of %d bytes in a file of %d (at most %d)", n, src.size, maxHeader)
	}
	text, err := src.bytes(8, int64(n))
	if err != nil {
		return nil, err
	}
	f := &File{Format: Safetensors, tensors: map[string]*Tensor{}}
	headers, err := f.parseHeader(text)
	if err != nil {
		return nil, bad("safetensors header: %v", shorten(err))
	}
	// In the order of their places tensors must follow each other exactly.
	slices.SortFunc(headers, func(x, y tensorHeader) int {
		return cmp.Or(cmp.Compare(x.begin, y.begin), cmp.Compare(x.end, y.end))
	})
	data, at := 8+int64(n), int64(0)
	for _, h := range headers {
		t, err := h.tensor(at)
		if err != nil {
			return nil, bad("tensor %.200q: %v", h.name, shorten(err))
		}
		t.src, t.offset, at = src, data+at, h.end
		f.tensors[h.name] = t
	}
	if at != src.size-data {
		return nil, bad("the tensors end at byte %d, the file at %d", data+at, src.size)
	}
	return f, nil
}

// tensor checks the header of a tensor that has to begin at a place.
func (h tensorHeader) tensor(at int64) (*Tensor, error) {
	dtype, ok := dtypeOf(func(d DType) bool { return dtypeTable[d].safetensors == h.dtype })
	if !ok {
		return nil, fmt.Errorf("unknown type %q", h.dtype)
	}
	if h.begin != at || h.end < h.begin {
		return nil, fmt.Errorf("offsets [%d, %d], expected to begin at %d", h.begin, h.end, at)
	}
	n, ok := product(h.shape)
	if !ok || n > math.MaxInt/8 || int64(n)*int64(dtype.Size()) != h.end-h.begin {
		return nil, fmt.Errorf("%d bytes for shape %v of %s", h.end-h.begin, h.shape, h.dtype)
	}
	return &Tensor{Name: h.name, DType: dtype, Shape: h.shape}, nil
}

// parseHeader sets the metadata and returns the headers of the tensors, each of
// another name.
func (f *File) parseHeader(text []byte) ([]tensorHeader, error) {
	if len(text) == 0 || text[0] != '{' {
		return nil, fmt.Errorf("it does not begin with {")
	}
	if !utf8.Valid(text) {
		return nil, fmt.Errorf("it is not UTF-8")
	}
	r := newJSONReader(text)
	var headers []tensorHeader
	err := r.object(func(key string) error {
		if key == metadataKey {
			return f.parseMetadata(r)
		}
		h, err := parseTensorHeader(r)
		if err != nil {
			return fmt.Errorf("tensor %.200q: %w", key, err)
		}
		h.name = key
		headers = append(headers, h)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return headers, r.end()
}

func (f *File) parseMetadata(r *jsonReader) error {
	text, err := r.raw()
	if err != nil || text == "null" {
		return err
	}
	f.Metadata = map[string]string{}
	r = newJSONReader([]byte(text))
	return r.object(func(key string) error {
		value, err := r.text()
		f.Metadata[key] = value
		return err
	})
}

func parseTensorHeader(r *jsonReader) (h tensorHeader, err error) {
	var seen struct{ dtype, shape, offsets bool }
	err = r.object(func(key string) (err error) {
		switch key {
		case "dtype":
			seen.dtype = true
			h.dtype, err = r.text()
		case "shape":
			seen.shape = true
			h.shape = []int{}
			err = r.array(func() error {
				v, err := r.integer()
				if v > math.MaxInt {
					return fmt.Errorf("dimension %d", v)
				}
				h.shape = append(h.shape, int(v))
				return err
			})
		case "data_offsets":
			seen.offsets = true
			var offsets []int64
			err = r.array(func() error {
				v, err := r.integer()
				offsets = append(offsets, v)
				return err
			})
			if err == nil && len(offsets) != 2 {
				return fmt.Errorf("%d offsets", len(offsets))
			}
			if err == nil {
				h.begin, h.end = offsets[0], offsets[1]
			}
		default: // the reference implementation passes over what it does not know
			_, err = r.raw()
		}
		return err
	})
	if err == nil && !(seen.dtype && seen.shape && seen.offsets) {
		err = fmt.Errorf("dtype, shape or data_offsets is missing")
	}
	return h, err
}

// WriteSafetensors writes tensors and metadata (nil: none) as a safetensors file:
// those with the larger elements first, then by name, so that all are aligned.
// It fails if two tensors have the same name, if one is called "__metadata__", or
// if one cannot be read.
func WriteSafetensors(w io.Writer, tensors []*Tensor, metadata map[string]string) error {
	sorted := slices.Clone(tensors)
	slices.SortStableFunc(sorted, func(x, y *Tensor) int {
		return cmp.Or(cmp.Compare(y.DType.Size(), x.DType.Size()), cmp.Compare(x.Name, y.Name))
	})
	header, err := safetensorsHeader(sorted, metadata)
	if err != nil {
		return fmt.Errorf("checkpoint: %w", err)
	}
	bw := bufio.NewWriter(w)
	bw.Write(binary.LittleEndian.AppendUint64(nil, uint64(len(header))))
	bw.Write(header)
	for _, t := range sorted {
		b, err := t.Bytes()
		if err != nil {
			return err
		}
		if _, err := bw.Write(b); err != nil {
			return fmt.Errorf("checkpoint: tensor %q: %w", t.Name, err)
		}
	}
	if err := bw.Flush(); err != nil {
		return fmt.Errorf("checkpoint: %w", err)
	}
	return nil
}

func safetensorsHeader(tensors []*Tensor, metadata map[string]string) ([]byte, error) {
	h := []byte("{")
	if len(metadata) > 0 {
		h = append(h, `"`+metadataKey+`":{`...)
		for i, key := range slices.Sorted(maps.Keys(metadata)) {
			if i > 0 {
				h = append(h, ',')
			}
			h = append(appendJSON(h, key), ':')
			h = appendJSON(h, metadata[key])
		}
		h = append(h, '}')
	}
	seen := map[string]bool{metadataKey: true}
	var at int64
	for _, t := range tensors {
		if seen[t.Name] || !utf8.ValidString(t.Name) {
			return nil, fmt.Errorf("tensor name %q is reserved, used twice or not UTF-8", t.Name)
		}
		seen[t.Name] = true
		if len(h) > 1 {
			h = append(h, ',')
		}
		h = appendJSON(h, t.Name)
		h = append(h, `:{"dtype":"`+dtypeTable[t.DType].safetensors+`","shape":[`...)
		for i, d := range t.Shape {
			if i > 0 {
				h = append(h, ',')
			}
			h = strconv.AppendInt(h, int64(d), 10)
		}
		end := at + int64(t.Len())*int64(t.DType.Size())
		h = fmt.Appendf(h, `],"data_offsets":[%d,%d]}`, at, end)
		at = end
	}
	h = append(h, '}')
	for len(h)%8 != 0 {
		h = append(h, ' ')
	}
	if len(h) > maxHeader {
		return nil, fmt.Errorf("a safetensors header of %d bytes is too long", len(h))
	}
	return h, nil
}

func appendJSON(dst []byte, s string) []byte {
	b, _ := json.Marshal(s) // strings can always be marshalled
	return append(dst, b...)
}
