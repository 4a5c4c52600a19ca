package corpus

import (
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"
)

// open opens an input; hint says where people get it who don't have it.
func open(path, hint string) (*os.File, error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) && hint != "" {
		return nil, fmt.Errorf("corpus: %w (%s)", err, hint)
	}
	if err != nil {
		return nil, fmt.Errorf("corpus: %w", err)
	}
	return f, nil
}

// readFile opens a file and reads it with read.
func readFile[T any](path, hint string, read func(io.Reader) (T, error)) (T, error) {
	f, err := open(path, hint)
	if err != nil {
		return *new(T), err
	}
	defer f.Close()
	v, err := read(f)
	if err != nil {
		return *new(T), fmt.Errorf("corpus: %s: %w", path, err)
	}
	return v, nil
}

// CaptionColumns returns the columns of a table that hold captions, given its header: those named caption, or caption_1
// and so on.
func CaptionColumns(header []string) []int {
	var columns []int
	for i, name := range header {
		if name = strings.TrimPrefix(name, "\ufeff"); name == "caption" || strings.HasPrefix(name, "caption_") {
			columns = append(columns, i)
		}
	}
	return columns
}

// readCaptions reads a CSV file with a header: every column that is named caption, or caption_1 and so on.
func readCaptions(r io.Reader) ([]string, error) {
	rows := csv.NewReader(r)
	rows.ReuseRecord = true
	header, err := rows.Read()
	if err == io.EOF {
		return nil, errors.New("it is empty")
	}
	if err != nil {
		return nil, err
	}
	columns := CaptionColumns(header)
	if len(columns) == 0 {
		return nil, fmt.Errorf("the header has no caption: %q", header)
	}
	var captions []string
	for {
		row, err := rows.Read()
		if err == io.EOF {
			return captions, nil
		}
		if err != nil {
			return nil, err
		}
		for _, i := range columns {
			captions = append(captions, strings.Clone(row[i]))
		}
	}
}

// readLines reads plain text, a sentence a line.
func readLines(r io.Reader) ([]string, error) {
	var lines []string
	scanner := bufio.NewScanner(r)
	scanner.Buffer(nil, 1<<20)
	for scanner.Scan() {
		if line := strings.TrimSpace(strings.TrimPrefix(scanner.Text(), "\ufeff")); line != "" {
			lines = append(lines, line)
		}
	}
	if err := scanner.Err(); err != nil {
		return nil, fmt.Errorf("line %d: %w", len(lines)+1, err)
	}
	return lines, nil
}

// ReadColumns reads columns of a file of tab-separated values whose first line names them, and returns the values of
// each, one for every line that is not blank. A value that is missing or empty is an error.
func ReadColumns(path string, columns ...string) ([][]string, error) {
	return readFile(path, "", func(r io.Reader) ([][]string, error) { return readColumns(r, columns) })
}

func readColumns(r io.Reader, columns []string) ([][]string, error) {
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 1<<20)
	var places []int
	values := make([][]string, len(columns))
	for n := 1; lines.Scan(); n++ {
		cells := strings.Split(strings.TrimPrefix(lines.Text(), "\ufeff"), "\t")
		switch {
		case strings.TrimSpace(lines.Text()) == "":
			continue
		case places == nil:
			for _, column := range columns {
				place := slices.Index(cells, column)
				if place < 0 {
					return nil, fmt.Errorf("no column %q among %q", column, cells)
				}
				places = append(places, place)
			}
			continue
		}
		for i, place := range places {
			if place >= len(cells) || cells[place] == "" {
				return nil, fmt.Errorf("line %d: there is no %s", n, columns[i])
			}
			values[i] = append(values[i], cells[place])
		}
	}
	if err := lines.Err(); err != nil {
		return nil, err
	}
	if places == nil {
		return nil, errors.New("no header")
	}
	return values, nil
}
