package dataset

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
)

// maxSeconds bounds times in manifests: some 30 years, well within what counts of
// samples can hold.
const maxSeconds = 1e9

// parseTable reads a table with a header. Errors begin with the line number.
func parseTable(data []byte, comma byte) ([]row, error) {
	next := tsvRecords(data)
	if comma == ',' {
		next = csvRecords(data)
	}
	header, line, err := next()
	if err != nil {
		if errors.Is(err, io.EOF) {
			return nil, errors.New(" it is empty")
		}
		return nil, fmt.Errorf("%d: %w", line, err)
	}
	cols, err := parseHeader(header)
	if err != nil {
		return nil, fmt.Errorf("%d: %w", line, err)
	}
	var rows []row
	for {
		record, line, err := next()
		if errors.Is(err, io.EOF) {
			return rows, nil
		}
		if err != nil {
			return nil, fmt.Errorf("%d: %w", line, err)
		}
		if len(record) != len(header) {
			return nil, fmt.Errorf("%d: %d fields, the header has %d", line, len(record), len(header))
		}
		r, err := cols.row(record)
		if err != nil {
			return nil, fmt.Errorf("%d: %w", line, err)
		}
		r.line = line
		rows = append(rows, r)
	}
}

// columns says what the columns of a table are: indices, -1 where there is none.
type columns struct {
	file, youtube, start, seconds, concept, source int
	fold                                           int // whose folder, fold1 …, a file is in
	captions                                       []int
	others                                         []int
	names                                          []string
}

func parseHeader(header []string) (*columns, error) {
	c := &columns{file: -1, youtube: -1, start: -1, seconds: -1, concept: -1, source: -1, fold: -1}
	for _, name := range header {
		c.names = append(c.names, strings.ToLower(strings.TrimSpace(name)))
	}
	own := benchmarkColumns(c.names)
	seen := map[string]bool{}
	for i, name := range c.names {
		if seen[name] {
			return nil, fmt.Errorf("two columns %q", name)
		}
		seen[name] = true
		if own != nil {
			name = own[name]
		}
		at := map[string]*int{
			"file": &c.file, "file_name": &c.file, "youtube_id": &c.youtube, "start": &c.start, "start_time": &c.start,
			"seconds": &c.seconds, "concept": &c.concept, "source": &c.source, foldColumn: &c.fold,
		}[name]
		switch {
		case at != nil && *at >= 0:
			return nil, fmt.Errorf("columns %q and %q mean the same", c.names[*at], name)
		case at != nil:
			*at = i
		case isCaption(name):
			c.captions = append(c.captions, i)
		case c.names[i] != "":
			c.others = append(c.others, i)
		}
	}
	switch {
	case c.file < 0 && c.youtube < 0:
		return nil, fmt.Errorf(`no column "file" in the header %q`, strings.Join(header, " "))
	case c.file >= 0 && c.youtube >= 0: // it tells where the recording is; the identifier is one of the Fields
		c.others = append(c.others, c.youtube)
		c.youtube = -1
	}
	if len(c.captions) == 0 && c.concept < 0 {
		return nil, fmt.Errorf(`neither a column "caption" nor "concept" in the header %q`, strings.Join(header, " "))
	}
	return c, nil
}

// isCaption reports whether a column is named caption, or caption_ and a number.
func isCaption(name string) bool {
	rest, ok := strings.CutPrefix(name, "caption")
	if !ok || rest == "" {
		return ok
	}
	number, ok := strings.CutPrefix(rest, "_")
	_, err := strconv.ParseUint(number, 10, 16)
	return ok && err == nil
}

func (c *columns) row(record []string) (row, error) {
	field := func(i int) string {
		if i < 0 {
			return ""
		}
		return strings.TrimSpace(record[i])
	}
	r := row{
		clip:    Clip{File: field(c.file), Concept: field(c.concept), Source: field(c.source)},
		youtube: field(c.youtube),
	}
	if fold := field(c.fold); fold != "" {
		r.clip.File = "fold" + fold + "/" + r.clip.File
	}
	if c.youtube >= 0 && r.youtube == "" {
		return row{}, errors.New("an empty youtube_id")
	}
	for at, dst := range map[int]*float64{c.start: &r.clip.Start, c.seconds: &r.clip.Seconds} {
		s := field(at)
		if s == "" {
			continue
		}
		v, err := strconv.ParseFloat(s, 64)
		if err != nil {
			return row{}, fmt.Errorf("%s %q is not a number", c.names[at], s)
		}
		*dst = v
	}
	for _, i := range c.captions {
		r.clip.Captions = append(r.clip.Captions, field(i))
	}
	for _, i := range c.others {
		if v := field(i); v != "" {
			if r.clip.Fields == nil {
				r.clip.Fields = map[string]string{}
			}
			r.clip.Fields[c.names[i]] = v
		}
	}
	return r, r.finish()
}

// finish checks a row, and fills in what follows from the rest.
func (r *row) finish() error {
	c := &r.clip
	if c.File == "" && r.youtube == "" {
		return errors.New("no file name")
	}
	if strings.ContainsRune(c.File, 0) {
		return fmt.Errorf("a file name with a zero byte: %q", c.File)
	}
	for _, v := range []struct {
		name  string
		value float64
	}{{"start", c.Start}, {"seconds", c.Seconds}} {
		if !(v.value >= 0 && v.value <= maxSeconds) || math.IsNaN(v.value) {
			return fmt.Errorf("%s is %g, it must be 0 to %g", v.name, v.value, maxSeconds)
		}
	}
	captions := c.Captions[:0]
	for _, s := range c.Captions {
		if s = strings.TrimSpace(s); s != "" {
			captions = append(captions, s)
		}
	}
	if len(captions) == 0 {
		if c.Concept == "" {
			return errors.New("neither a caption nor a concept")
		}
		captions = append(captions, words(c.Concept))
	}
	c.Captions = captions
	if c.Source == "" {
		c.Source = c.File
		if c.File == "" {
			c.Source = r.youtube
		}
	}
	return nil
}

// tsvRecords returns a function that gives the next record that is not blank, with
// its line number, and io.EOF at the end. A record is a line; there are no line
// breaks in fields.
func tsvRecords(data []byte) func() ([]string, int, error) {
	line := 0
	return func() ([]string, int, error) {
		for len(data) > 0 {
			text, rest, _ := bytes.Cut(data, []byte("\n"))
			data = rest
			line++
			if len(bytes.TrimSpace(text)) == 0 {
				continue
			}
			fields := strings.Split(strings.TrimSuffix(string(text), "\r"), "\t")
			for i, s := range fields {
				fields[i] = unquote(s)
			}
			return fields, line, nil
		}
		return nil, line, io.EOF
	}
}

// unquote takes off quotes around a field if those inside are doubled, as CSV has
// it. Any other field is what it is.
func unquote(s string) string {
	if len(s) < 2 || s[0] != '"' || s[len(s)-1] != '"' {
		return s
	}
	inner := s[1 : len(s)-1]
	if strings.Contains(strings.ReplaceAll(inner, `""`, ""), `"`) {
		return s
	}
	return strings.ReplaceAll(inner, `""`, `"`)
}

// csvRecords is tsvRecords for CSV as RFC 4180 has it.
func csvRecords(data []byte) func() ([]string, int, error) {
	r := csv.NewReader(bytes.NewReader(data))
	r.FieldsPerRecord = -1
	return func() ([]string, int, error) {
		for {
			record, err := r.Read()
			var bad *csv.ParseError
			if errors.As(err, &bad) {
				return nil, bad.StartLine, bad.Err
			}
			if err != nil {
				return nil, 0, err
			}
			line, _ := r.FieldPos(0)
			if len(record) > 1 || strings.TrimSpace(record[0]) != "" {
				return record, line, nil
			}
		}
	}
}
