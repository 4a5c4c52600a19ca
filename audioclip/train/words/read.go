package words

import (
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"unicode/utf8"

	"github.com/soundspace/soundspace/audioclip/corpus"
)

// ReadTexts reads texts from a file: of a table, CSV or tab-separated (.tsv), whose
// first line names the columns, those in the columns caption, caption_1, caption_2 …;
// of any other file a text a line. They must be UTF-8.
func ReadTexts(path string) ([]string, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	var next func() ([]string, error)
	switch strings.ToLower(filepath.Ext(path)) {
	case ".csv":
		next = csv.NewReader(f).Read
	case ".tsv":
		next = func() ([]string, error) {
			line, err := readLine(lines)
			return strings.Split(line, "\t"), err
		}
	default:
		var texts []string
		for {
			line, err := readLine(lines)
			if errors.Is(err, io.EOF) {
				return texts, nil
			}
			if err != nil {
				return nil, fmt.Errorf("%s: %w", path, err)
			}
			texts = append(texts, line)
		}
	}
	texts, err := captions(next)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return texts, nil
}

var errNotText = errors.New("not a text: it is not UTF-8")

func readLine(s *bufio.Scanner) (string, error) {
	if s.Scan() {
		if !utf8.Valid(s.Bytes()) {
			return "", errNotText
		}
		return strings.TrimPrefix(s.Text(), "\ufeff"), nil
	}
	if err := s.Err(); err != nil {
		return "", err
	}
	return "", io.EOF
}

// captions returns the fields of a table's columns of captions.
func captions(next func() ([]string, error)) ([]string, error) {
	header, err := next()
	if errors.Is(err, io.EOF) {
		return nil, errors.New("it is empty")
	}
	if err != nil {
		return nil, err
	}
	columns := corpus.CaptionColumns(header)
	if columns == nil {
		return nil, fmt.Errorf("no column caption in the header %q", header)
	}
	var texts []string
	for row := 2; ; row++ {
		record, err := next()
		if errors.Is(err, io.EOF) {
			return texts, nil
		}
		if err != nil {
			return nil, err
		}
		if len(record) != len(header) {
			return nil, fmt.Errorf("row %d has %d fields, the header %d", row, len(record), len(header))
		}
		for _, i := range columns {
			if !utf8.ValidString(record[i]) {
				return nil, errNotText
			}
			texts = append(texts, record[i])
		}
	}
}
