package dataset

import (
	"fmt"
	"path/filepath"
	"strings"

	"github.com/soundspace/soundspace/audio"
	"github.com/soundspace/soundspace/internal/inputs"
)

// readFolder makes a clip of every recording in a folder and below.
func readFolder(folder string) ([]Clip, error) {
	out := &LeftOutError{Manifest: folder}
	var clips []Clip
	for _, in := range inputs.Find([]string{folder}, true) {
		if in.Err == nil && !inputs.NamedLikeSound(in.Path) {
			continue
		}
		out.Total++
		err := in.Err
		if err == nil {
			_, err = audio.Stat(in.Path, audio.Config{})
		}
		if err != nil {
			out.Recordings = append(out.Recordings, (&Clip{File: in.Path}).Wrap(err))
			continue
		}
		c := Clip{File: in.Path, Source: filepath.ToSlash(filepath.Join(in.Below, filepath.Base(in.Path)))}
		if in.Below != "" && in.Below != "." {
			c.Concept = filepath.Base(in.Below)
			c.Captions = []string{words(c.Concept)}
		} else {
			c.Captions = []string{words(stem(in.Path))}
		}
		clips = append(clips, c)
	}
	switch {
	case len(clips) == 0 && out.Total > 0:
		return nil, fmt.Errorf("%s: none of its %d recordings can be opened, the first: %w", folder, out.Total, out.Recordings[0])
	case len(clips) == 0:
		return nil, fmt.Errorf("%s: no recordings in this folder", folder)
	case len(out.Recordings) > 0:
		return clips, out
	}
	return clips, nil
}

// stem returns the name of a file without folder and ending.
func stem(path string) string {
	return strings.TrimSuffix(filepath.Base(path), filepath.Ext(path))
}

// words makes a caption of a name: blanks for _ and -, and no number at its end,
// unless there is nothing else.
func words(name string) string {
	fields := strings.FieldsFunc(name, func(r rune) bool { return r == '_' || r == '-' || r == ' ' })
	for i := len(fields) - 1; i > 0 && strings.Trim(fields[i], "0123456789") == ""; i-- {
		fields = fields[:i]
	}
	if len(fields) == 0 {
		return name
	}
	return strings.Join(fields, " ")
}
