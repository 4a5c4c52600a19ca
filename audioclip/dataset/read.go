package dataset

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"unicode/utf8"
)

// ReadConfig says how a manifest is read. The zero value is valid.
type ReadConfig struct {
	// Audio is the folder that relative file names start from. If "", a file is
	// looked for beside the manifest, then in a folder beside it that is named as
	// the manifest is, without its ending, and then in audio beside its folder: for
	// data/meta/sounds.tsv in data/meta, data/meta/sounds and data/audio.
	Audio string
}

// LeftOutError says which recordings a list of clips does without. It comes with
// the clips of the others.
type LeftOutError struct {
	// Manifest is the file or folder that was read.
	Manifest string
	// Total is the number of recordings that it names.
	Total int
	// Recordings says of each one left out what is wrong with it.
	Recordings []error
}

// Error implements error.
func (e *LeftOutError) Error() string {
	return fmt.Sprintf("%s: %d of %d recordings left out, the first: %v", e.Manifest, len(e.Recordings), e.Total, e.Recordings[0])
}

// Unwrap returns Recordings.
func (e *LeftOutError) Unwrap() []error { return e.Recordings }

// ErrMissing is wrapped where a manifest names a recording that is not there.
var ErrMissing = errors.New("dataset: no such recording")

// Read reads a list of clips, in the order in which they stand there, from
//
//   - a table with a header, of columns separated by tabs (TSV) or commas (CSV):
//     file (or file_name), start, seconds, caption, caption_1, caption_2 …, concept,
//     source, in any order; other columns become Fields. Only file is needed, and a
//     caption or a concept in each row. In a TSV, quotes around a field are taken
//     off; quotes inside one stay. Clotho's CSV is such a table;
//   - AudioCaps' CSV (audiocap_id, youtube_id, start_time, caption): a recording is
//     the clip cut out of a video, named YOUTUBEID_START.wav or YOUTUBEID.wav, with
//     any ending that sound files have. Rows of one clip become one with several
//     captions;
//   - the tables of ESC-50 and of UrbanSound8K as they come;
//   - JSON lines: an object in each line, with the same keys; "captions" is a list
//     of strings, and "start" and "seconds" are numbers;
//   - a folder: all recordings in it and below, see [audio.Open]. The name of the
//     folder that one lies in is its concept and, with blanks for _ and -, its
//     caption; one that lies in the top folder has no concept, and its caption is
//     made from its name.
//
// Start and seconds are in seconds. Without a source, the recording is its own;
// without a caption, the concept is it.
//
// The error names the file and the line of a row that cannot be understood. If only
// some recordings are missing, or in a folder cannot be opened, Read returns the
// clips of the others and a [*LeftOutError].
func Read(path string, cfg ReadConfig) ([]Clip, error) {
	st, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if st.IsDir() {
		return readFolder(path)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	if !utf8.Valid(data) {
		return nil, fmt.Errorf("%s: not a manifest: it is not UTF-8", path)
	}
	var rows []row
	first, _, _ := strings.Cut(string(bytes.TrimLeft(data, " \t\r\n")), "\n")
	switch {
	case strings.HasPrefix(first, "{"):
		rows, err = parseJSONLines(data)
	case strings.Contains(first, "\t"):
		rows, err = parseTable(data, '\t')
	default:
		rows, err = parseTable(data, ',')
	}
	if err != nil {
		return nil, fmt.Errorf("%s:%w", path, err)
	}
	if len(rows) == 0 {
		return nil, fmt.Errorf("%s: no clips in it", path)
	}
	return locate(path, cfg, rows)
}

// row is a clip as its manifest has it, with the line that it stands in. Either
// clip.File is a file name, or youtube and clip.Start name a clip of AudioCaps.
type row struct {
	clip    Clip
	line    int
	youtube string
}

// locate finds the recordings of rows.
func locate(path string, cfg ReadConfig, rows []row) ([]Clip, error) {
	find, err := newFinder(path, cfg)
	if err != nil {
		return nil, err
	}
	out := &LeftOutError{Manifest: path}
	type place struct {
		path string
		err  error
	}
	known := map[string]place{} // by name in the manifest
	merged := map[string]int{}  // clips of AudioCaps by name: their index in clips
	var clips []Clip
	for _, r := range rows {
		name := r.clip.File
		if r.youtube != "" {
			name = youtubeName(r.youtube, r.clip.Start)
		}
		p, ok := known[name]
		if !ok {
			if r.youtube != "" {
				p.path, p.err = find.youtube(r.youtube, r.clip.Start)
			} else {
				p.path, p.err = find.file(name)
			}
			if p.err != nil {
				out.Recordings = append(out.Recordings, fmt.Errorf("line %d: %w", r.line, p.err))
			}
			known[name] = p
		}
		if p.err != nil {
			continue
		}
		c := r.clip
		c.File = p.path
		if r.youtube != "" {
			c.Start = 0 // the recording is the clip cut out
			if i, ok := merged[name]; ok {
				clips[i].Captions = append(clips[i].Captions, c.Captions...)
				continue
			}
			merged[name] = len(clips)
		}
		clips = append(clips, c)
	}
	out.Total = len(known)
	switch {
	case len(clips) == 0:
		return nil, fmt.Errorf("%s: none of its %d recordings is there, the first: %w", path, out.Total, out.Recordings[0])
	case len(out.Recordings) > 0:
		return clips, out
	}
	return clips, nil
}

// finder looks for the recordings of a manifest.
type finder struct {
	folders []string            // where to look, in this order
	ids     map[string][]string // recordings by the YouTube identifier that they begin with; made when needed
}

func newFinder(manifest string, cfg ReadConfig) (*finder, error) {
	if cfg.Audio != "" {
		if st, err := os.Stat(cfg.Audio); err != nil {
			return nil, err
		} else if !st.IsDir() {
			return nil, fmt.Errorf("%s: not a folder of recordings", cfg.Audio)
		}
		return &finder{folders: []string{cfg.Audio}}, nil
	}
	dir := filepath.Dir(manifest)
	return &finder{folders: []string{dir, strings.TrimSuffix(manifest, filepath.Ext(manifest)), filepath.Join(dir, "..", "audio")}}, nil
}

// file returns the path of a recording by its name in the manifest.
func (f *finder) file(name string) (string, error) {
	local := filepath.FromSlash(name)
	if filepath.IsAbs(local) {
		if isFile(local) {
			return local, nil
		}
		return "", fmt.Errorf("%w: %s", ErrMissing, name)
	}
	for _, folder := range f.folders {
		if path := filepath.Join(folder, local); isFile(path) {
			return path, nil
		}
	}
	return "", fmt.Errorf("%w: %s", ErrMissing, name)
}

func isFile(path string) bool {
	st, err := os.Stat(path)
	return err == nil && st.Mode().IsRegular()
}
