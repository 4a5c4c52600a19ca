package checkpoint

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
)

// jsonReader reads JSON value by value, more strictly than json.Unmarshal: no key
// twice, nothing of another type than asked for.
type jsonReader struct{ dec *json.Decoder }

func newJSONReader(text []byte) *jsonReader {
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.UseNumber()
	return &jsonReader{dec}
}

func (r *jsonReader) token() (json.Token, error) {
	t, err := r.dec.Token()
	if err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	return t, err
}

func (r *jsonReader) delim(want json.Delim) error {
	t, err := r.token()
	if err == nil && t != want {
		err = fmt.Errorf("%.80v in place of %v at byte %d", t, want, r.dec.InputOffset())
	}
	return err
}

// object calls member, which has to read the value, for each key of an object.
func (r *jsonReader) object(member func(key string) error) error {
	if err := r.delim('{'); err != nil {
		return err
	}
	seen := map[string]bool{}
	for r.dec.More() {
		key, err := r.text()
		if err != nil {
			return err
		}
		if seen[key] {
			return fmt.Errorf("key %.200q appears twice", key)
		}
		seen[key] = true
		if err := member(key); err != nil {
			return err
		}
	}
	return r.delim('}')
}

// array calls element, which has to read it, for each element of an array.
func (r *jsonReader) array(element func() error) error {
	if err := r.delim('['); err != nil {
		return err
	}
	for r.dec.More() {
		if err := element(); err != nil {
			return err
		}
	}
	return r.delim(']')
}

func (r *jsonReader) text() (string, error) {
	t, err := r.token()
	if err != nil {
		return "", err
	}
	s, ok := t.(string)
	if !ok {
		return "", fmt.Errorf("%.80v in place of a string at byte %d", t, r.dec.InputOffset())
	}
	return s, nil
}

// integer reads one from 0 to 2⁶³-1.
func (r *jsonReader) integer() (int64, error) {
	t, err := r.token()
	if err != nil {
		return 0, err
	}
	n, _ := t.(json.Number)
	v, err := strconv.ParseUint(n.String(), 10, 63)
	if err != nil {
		return 0, fmt.Errorf("%.80v in place of a natural number at byte %d", t, r.dec.InputOffset())
	}
	return int64(v), nil
}

// raw reads any value and returns it as it is written.
func (r *jsonReader) raw() (string, error) {
	var v json.RawMessage
	err := r.dec.Decode(&v)
	return string(v), err
}

// end tells whether nothing but space is left.
func (r *jsonReader) end() error {
	if t, err := r.dec.Token(); err != io.EOF {
		return fmt.Errorf("%.80v after the end (%v)", t, err)
	}
	return nil
}
