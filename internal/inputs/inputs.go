// Package inputs finds the recordings that the arguments of a command name.
package inputs

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Stdio is the name of standard input.
const Stdio = "-"

// Input is one recording.
type Input struct {
	Path  string // "-" is standard input
	Below string // its folder below the folder argument it was found in
	Found bool   // found in a folder, not named by the user
	Err   error  // why it cannot even be tried
}

var errIsFolder = errors.New("is a folder (use --recursive to read the recordings in it)")

// Find turns arguments into inputs, in a fixed order: folders are walked
// by name. What cannot be read stays in the list with its error.
func Find(args []string, recursive bool) []Input {
	var inputs []Input
	for _, arg := range args {
		st, err := os.Stat(arg)
		switch {
		case arg == Stdio:
			inputs = append(inputs, Input{Path: arg})
		case err != nil:
			inputs = append(inputs, Input{Path: arg, Err: err})
		case !st.IsDir():
			inputs = append(inputs, Input{Path: arg})
		case !recursive:
			inputs = append(inputs, Input{Path: arg, Err: errIsFolder})
		default:
			inputs = append(inputs, walk(arg)...)
		}
	}
	return inputs
}

// walk lists the files below a folder, or a link to one, that may be recordings.
// Hidden files and folders are passed over; links to files are followed, links to
// folders below it are not.
func walk(dir string) []Input {
	const separator = string(filepath.Separator)
	root := strings.TrimSuffix(dir, separator) + separator // as if it were no link
	var inputs []Input
	filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			inputs = append(inputs, Input{Path: filepath.Clean(path), Err: err})
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
			inputs = append(inputs, Input{Path: path, Below: below, Found: true})
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

// NamedLikeSound tells whether a file has the name of one with sound in it.
func NamedLikeSound(path string) bool {
	return slices.Contains(soundEndings, strings.ToLower(filepath.Ext(path)))
}
