package train

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/soundspace/soundspace/internal/aside"
	"github.com/soundspace/soundspace/internal/checkpoint"
)

// Config says where and how a run is done, and with which models it begins; what is
// trained is in the recipe. Models are given as audioclip.Open takes them.
type Config struct {
	// Dir is the folder of the run: its state, from which it goes on if it was
	// interrupted, and, in the folder model, the best model so far.
	Dir string
	// Cache is the folder of what can be made again: features of sounds, vectors of
	// models.
	Cache string
	// Teacher is the model whose text encoder Distill learns from. Align, where Text is
	// its student and stays as it is, places sounds where the teacher places what is
	// said of them, instead of where the student does.
	Teacher string
	// Tagger is a folder with YAMNet (see yamnet.Open), which Align learns from what is to
	// be heard in clips, if the recipe says so.
	Tagger string
	tagger *tagger // nil: YAMNet
	// Text is the model whose text encoder Align begins with. It is trained further if
	// the recipe says so and it was made here, also by package words; otherwise it stays
	// as it is. "": the text encoder of the recipe, with random weights.
	Text string
	// Audio is the model whose audio encoder Align begins with. It is trained further
	// if it was made here, unless the recipe says otherwise; another stays as it is.
	// "": the audio encoder of the recipe, with random weights.
	Audio string
	// Workers is the number of threads (0: 1). The result does not depend on it.
	Workers int
	// Log, if not nil, takes a line on what is being done.
	Log func(line string)
	// Prepared, if not nil, is called while something is prepared.
	Prepared func(what string, done, total int)
	// Progress, if not nil, is called after each step.
	Progress func(Event)
}

func (c *Config) log(format string, args ...any) {
	if c.Log != nil {
		c.Log(fmt.Sprintf(format, args...))
	}
}

// mostLeftOut is how many lines logLeftOut may take.
const mostLeftOut = 20

// logLeftOut says what is wrong with clips that are left out; what is wrong with all of
// a recording, once.
func (c *Config) logLeftOut(errs []error) {
	var lines []string
	count := map[string]int{}
	for _, err := range errs {
		line := err.Error()
		if count[line]++; count[line] == 1 {
			lines = append(lines, line)
		}
	}
	for i, line := range lines {
		if i == mostLeftOut {
			c.log("left out: %d more like these", len(lines)-i)
			return
		}
		if n := count[line]; n > 1 {
			line += fmt.Sprintf(" (%d clips)", n)
		}
		c.log("left out: %s", line)
	}
}

func (c *Config) prepared(what string, done, total int) {
	if c.Prepared != nil {
		c.Prepared(what, done, total)
	}
}

// The files of a run.
const (
	stateName     = "state.safetensors"
	modelName     = "model"
	tokenizerName = "tokenizer"
	historyName   = "history.json"
	recipeName    = "recipe.json"
	runName       = "run.json"
)

// ErrInputs says that a run was started with other data or other models than it is to
// be taken up with.
var ErrInputs = errors.New("the run was started with another")

// provenance is what is written of a run, so that it can be done again.
type provenance struct {
	Recipe   string            `json:"recipe_sha256"`
	Seed     uint64            `json:"seed"`
	Inputs   map[string]string `json:"inputs_sha256"`
	Counts   map[string]int    `json:"counts"`
	Software software          `json:"software"`
}

type software struct {
	Module   string `json:"module"`
	Version  string `json:"version,omitempty"`
	Revision string `json:"revision,omitempty"` // of its repository
	Modified string `json:"modified,omitempty"` // "true": it was changed since
	Go       string `json:"go"`
	Platform string `json:"platform"`
}

const modulePath = "github.com/soundspace/soundspace"

func readSoftware() software {
	s := software{Module: modulePath, Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return s
	}
	for _, m := range append(info.Deps, &info.Main) {
		if m.Path == modulePath {
			s.Version = m.Version
		}
	}
	if info.Main.Path == modulePath {
		for _, setting := range info.Settings {
			switch setting.Key {
			case "vcs.revision":
				s.Revision = setting.Value
			case "vcs.modified":
				s.Modified = setting.Value
			}
		}
	}
	return s
}

// begin prepares the folder of a run whose inputs are files and folders, by what they
// are called. If a run was begun there it must have been this one: nothing is changed
// otherwise.
func (c *Config) begin(r *Recipe, inputs map[string]string) (*provenance, error) {
	p := &provenance{Recipe: HashRecipe(r.file), Seed: r.Seed, Inputs: map[string]string{}, Counts: map[string]int{}, Software: readSoftware()}
	for _, name := range slices.Sorted(maps.Keys(inputs)) {
		if st, err := os.Stat(inputs[name]); err == nil && st.IsDir() && strings.HasPrefix(name, manifestInput) {
			continue // a folder of recordings
		}
		if err := hashFiles(p.Inputs, name, inputs[name]); err != nil {
			return nil, fmt.Errorf("train: %s: %w", name, err)
		}
	}
	if err := p.checkState(c); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(c.Dir, 0o777); err != nil {
		return nil, err
	}
	return p, writeFile(filepath.Join(c.Dir, recipeName), r.file)
}

// manifestInput begins what manifests are called among the inputs.
const manifestInput = "manifest "

// checkState makes sure that the state in the folder of a run, if there is one, is that
// of this run.
func (p *provenance) checkState(c *Config) error {
	path := filepath.Join(c.Dir, stateName)
	f, err := checkpoint.Open(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case errors.Is(err, checkpoint.ErrFormat):
		return fmt.Errorf("%w: %w", ErrState, err)
	case err != nil:
		return err
	}
	progress, err := decodeProgress(f)
	f.Close()
	if err != nil {
		return fmt.Errorf("%s: %w: %w", path, ErrState, err)
	}
	if progress.Recipe != p.Recipe {
		return recipeError(path, progress.Recipe, p.Recipe)
	}
	c.log("going on after step %d", progress.Step)
	return p.checkInputs(filepath.Join(c.Dir, runName))
}

// checkInputs compares the inputs with those in the file of an earlier start, if there
// is one.
func (p *provenance) checkInputs(path string) error {
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	var before provenance
	if err := json.Unmarshal(data, &before); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	all := maps.Clone(before.Inputs)
	maps.Copy(all, p.Inputs)
	for _, name := range slices.Sorted(maps.Keys(all)) {
		if before.Inputs[name] != p.Inputs[name] {
			return fmt.Errorf("%s: %w %s", filepath.Dir(path), ErrInputs, name)
		}
	}
	return nil
}

func (p *provenance) write(dir string) error { return writeJSON(filepath.Join(dir, runName), p) }

// hashFiles adds the SHA-256 of a file, or of all files in a folder, by name. Hidden
// files and texts about the others, .md, are of no account there.
func hashFiles(sums map[string]string, name, path string) error {
	root, err := filepath.EvalSymlinks(path)
	if err != nil {
		return err
	}
	return filepath.WalkDir(root, func(path string, _ fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if st, err := os.Stat(path); err != nil || !st.Mode().IsRegular() { // links are followed to files only
			return err
		}
		key := name
		if path != root {
			base := filepath.Base(path)
			if strings.HasPrefix(base, ".") || filepath.Ext(base) == ".md" {
				return nil
			}
			rest, err := filepath.Rel(root, path)
			if err != nil {
				return err
			}
			key += ": " + filepath.ToSlash(rest)
		}
		f, err := os.Open(path)
		if err != nil {
			return err
		}
		defer f.Close()
		h := sha256.New()
		if _, err := io.Copy(h, f); err != nil {
			return err
		}
		sums[key] = hex.EncodeToString(h.Sum(nil))
		return nil
	})
}

func writeJSON(path string, v any) error {
	data, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return err
	}
	return writeFile(path, append(data, '\n'))
}

func writeFile(path string, data []byte) error {
	return aside.Write(path, nil, func(w io.Writer) error {
		_, err := w.Write(data)
		return err
	})
}
