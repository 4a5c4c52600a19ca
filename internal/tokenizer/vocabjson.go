package tokenizer

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strings"
)

// tokenIDs is a vocabulary in JSON, {"token": id, …}. Of two ids for a token the later one holds.
//
// Vocabularies are read here by hand, several times faster than by reflection: they are nearly all of the time that
// opening a tokenizer takes.
type tokenIDs map[string]int32

func (v *tokenIDs) UnmarshalJSON(data []byte) error {
	r := jsonReader{data: data}
	if !r.take('{') {
		return errors.New("the vocabulary is not an object of tokens and ids")
	}
	*v = make(tokenIDs, bytes.Count(data, []byte(`":`)))
	for first := true; !r.take('}'); first = false {
		if !first {
			r.take(',')
		}
		token, err := r.string()
		if err != nil {
			return err
		}
		r.take(':')
		id, ok := r.id()
		if !ok {
			return fmt.Errorf("token %q: its id is not a whole number from 0 to %d", token, math.MaxInt32-1)
		}
		(*v)[token] = id
	}
	return nil
}

// mergeList is a list of merges in JSON, each "a b" or ["a", "b"].
type mergeList [][2]string

func (m *mergeList) UnmarshalJSON(data []byte) error {
	r := jsonReader{data: data}
	if !r.take('[') {
		return errors.New("the merges are not a list")
	}
	*m = make(mergeList, 0, bytes.Count(data, []byte(",")))
	for first := true; !r.take(']'); first = false {
		if !first {
			r.take(',')
		}
		merge, err := r.merge()
		if err != nil {
			return fmt.Errorf("merge %d: %w", len(*m), err)
		}
		*m = append(*m, merge)
	}
	return nil
}

func (r *jsonReader) merge() (merge [2]string, err error) {
	if !r.take('[') {
		line, err := r.string()
		if err != nil {
			return merge, err
		}
		return cutMerge(line)
	}
	if merge[0], err = r.string(); err != nil {
		return merge, err
	}
	r.take(',')
	if merge[1], err = r.string(); err != nil {
		return merge, err
	}
	if !r.take(']') {
		return merge, errors.New("not two symbols")
	}
	return merge, nil
}

// cutMerge cuts a merge at the blank between its symbols.
func cutMerge(line string) ([2]string, error) {
	left, right, ok := strings.Cut(line, " ")
	if !ok || strings.Contains(right, " ") {
		return [2]string{}, fmt.Errorf("%q is not two symbols", line)
	}
	return [2]string{left, right}, nil
}

// jsonReader reads JSON whose syntax encoding/json has checked.
type jsonReader struct {
	data []byte
	at   int
}

// peek returns the next byte that is not white space; 0 at the end.
func (r *jsonReader) peek() byte {
	for ; r.at < len(r.data); r.at++ {
		switch c := r.data[r.at]; c {
		case ' ', '\t', '\n', '\r':
		default:
			return c
		}
	}
	return 0
}

// take passes over c if it comes next.
func (r *jsonReader) take(c byte) bool {
	if r.peek() != c {
		return false
	}
	r.at++
	return true
}

func (r *jsonReader) string() (string, error) {
	if r.peek() != '"' {
		return "", errors.New("not a string")
	}
	start, escaped := r.at, false
	for r.at++; r.data[r.at] != '"'; r.at++ {
		if r.data[r.at] == '\\' {
			escaped = true
			r.at++
		}
	}
	r.at++
	if !escaped {
		return string(r.data[start+1 : r.at-1]), nil
	}
	var s string
	err := json.Unmarshal(r.data[start:r.at], &s)
	return s, err
}

// id reads a number from 0 to MaxInt32-1: the number of ids is to be an int32, too.
func (r *jsonReader) id() (int32, bool) {
	r.peek()
	start, n := r.at, int64(0)
	for r.at < len(r.data) && '0' <= r.data[r.at] && r.data[r.at] <= '9' {
		if n = n*10 + int64(r.data[r.at]-'0'); n >= math.MaxInt32 {
			return 0, false
		}
		r.at++
	}
	c := r.peek()
	return int32(n), r.at > start && (c == ',' || c == '}')
}
