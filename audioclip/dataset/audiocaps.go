package dataset

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/soundspace/soundspace/internal/inputs"
)

// idLength is the length of a YouTube identifier.
const idLength = 11

// youtubeName is the name of the clip of a video that begins at a time.
func youtubeName(id string, start float64) string {
	return id + "_" + strconv.FormatFloat(start, 'f', -1, 64)
}

// youtube returns the path of the clip of a video that begins at start seconds. Its
// name is the identifier, alone or followed by _ and the start, in seconds or
// milliseconds, and what else there may be, as the end of the clip. Before the
// identifier there may be a Y, as in AudioSet's own names.
func (f *finder) youtube(id string, start float64) (string, error) {
	if f.ids == nil {
		f.ids = map[string][]string{}
		for _, folder := range f.folders {
			entries, err := os.ReadDir(folder)
			if err != nil {
				continue // that none is found there is said below
			}
			for _, e := range entries {
				if e.IsDir() || !inputs.NamedLikeSound(e.Name()) {
					continue
				}
				name, path := stem(e.Name()), filepath.Join(folder, e.Name())
				if len(name) >= idLength {
					f.ids[name[:idLength]] = append(f.ids[name[:idLength]], path)
				}
				if len(name) > idLength && name[0] == 'Y' {
					f.ids[name[1:idLength+1]] = append(f.ids[name[1:idLength+1]], path)
				}
			}
		}
	}
	alone := ""
	for _, path := range f.ids[id] {
		rest, ok := strings.CutPrefix(stem(path), id)
		if !ok {
			rest = strings.TrimPrefix(stem(path), "Y"+id)
		}
		if rest == "" && alone == "" {
			alone = path
		}
		if after, ok := strings.CutPrefix(rest, "_"); ok {
			number, _, _ := strings.Cut(after, "_")
			if v, err := strconv.ParseFloat(number, 64); err == nil && (v == start || v == 1000*start) {
				return path, nil
			}
		}
	}
	if alone == "" {
		return "", fmt.Errorf("%w: %s.* or %s.*", ErrMissing, youtubeName(id, start), id)
	}
	return alone, nil
}
