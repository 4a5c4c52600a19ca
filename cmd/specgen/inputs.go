package main

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// input is one recording to be drawn.
type input struct {
	path   string // "-" is standard input
	below  string // its folder below the folder argument it was found in
	found  bool   // found in a folder, not named by the user
	output string
	err    error // why it cannot even be tried
}

var errIsFolder = errors.New("is a folder (use --recursive to read the recordings in it)")

// findInputs turns arguments into inputs, in a fixed order: folders are walked
// by name. What cannot be read stays in the list with its error.
func findInputs(args []string, recursive bool) []input {
	var inputs []input
	for _, arg := range args {
		st, err := os.Stat(arg)
		switch {
		case arg == stdio:
			inputs = append(inputs, input{path: arg})
		case err != nil:
			inputs = append(inputs, input{path: arg, err: err})
		case !st.IsDir():
			inputs = append(inputs, input{path: arg})
		case !recursive:
			inputs = append(inputs, input{path: arg, err: errIsFolder})
		default:
			inputs = append(inputs, walk(arg)...)
		}
	}
	return inputs
}

// walk lists the files below root that may be recordings. Hidden files and
// folders are passed over; links to files are followed, links to folders are
// not.
func walk(root string) []input {
	var inputs []input
	filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			inputs = append(inputs, input{path: path, err: err})
			if d != nil && d.IsDir() {
				return fs.SkipDir
			}
		case path != root && strings.HasPrefix(d.Name(), "."):
			if d.IsDir() {
				return fs.SkipDir
			}
		case !d.IsDir():
			if st, err := os.Stat(path); err == nil && !st.Mode().IsRegular() {
				return nil // a link to a folder, a socket …
			}
			below, err := filepath.Rel(root, filepath.Dir(path))
			if err != nil {
				below = ""
			}
			inputs = append(inputs, input{path: path, below: below, found: true})
		}
		return nil
	})
	return inputs
}

// soundEndings are names that files with sound in them go by. They matter only
// for files found in a folder: one with another ending is not given to ffmpeg,
// and passed over in silence if it holds no recording; one of these is a failure
// then.
var soundEndings = []string{
	".aac", ".ac3", ".aif", ".aifc", ".aiff", ".amr", ".ape", ".au", ".bw64", ".caf", ".dsf", ".flac", ".m4a", ".m4b",
	".mka", ".mp2", ".mp3", ".mpc", ".oga", ".ogg", ".opus", ".ra", ".rf64", ".snd", ".spx", ".tta", ".voc", ".w64", ".wav", ".wave", ".wma", ".wv",
}

func namedLikeSound(path string) bool {
	return slices.Contains(soundEndings, strings.ToLower(filepath.Ext(path)))
}
