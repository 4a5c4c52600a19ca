package audioclip

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/soundspace/soundspace/audioclip/internal/params"
	"github.com/soundspace/soundspace/audioclip/internal/text"
	"github.com/soundspace/soundspace/internal/checkpoint"
)

// files are the files of a model.
type files struct {
	fsys    fs.FS
	root    string   // the model's folder
	dir     string   // where its weights, settings and tokenizer are
	weights []string // in dir
	tensors map[string]*checkpoint.Tensor
	open    []io.Closer
}

// findFiles looks for the weights in a folder, or takes a single file.
func findFiles(fsys fs.FS, name string) (*files, error) {
	st, err := fs.Stat(fsys, name)
	if err != nil {
		return nil, fmt.Errorf("audioclip: %w", err)
	}
	if !st.IsDir() {
		dir := path.Dir(name)
		return &files{fsys: fsys, root: dir, dir: dir, weights: []string{path.Base(name)}}, nil
	}
	f := &files{fsys: fsys, root: name, dir: name}
	// Some sentence encoders have a folder for each of their modules.
	if s, err := text.ReadSentence(fsys, name); err == nil {
		f.dir = path.Join(name, s.Encoder)
	}
	entries, err := fs.ReadDir(fsys, f.dir)
	if err != nil {
		return nil, fmt.Errorf("audioclip: %w", err)
	}
	for _, e := range entries {
		if !e.IsDir() && isWeights(e.Name()) {
			f.weights = append(f.weights, e.Name())
		}
	}
	f.weights = withoutCopies(f.weights)
	if len(f.weights) == 0 {
		return nil, fmt.Errorf("%s: %w: there is no .safetensors, .bin, .pt or .pth file", name, ErrModel)
	}
	return f, nil
}

// notWeights are files that training leaves behind.
var notWeights = []string{"training_args.bin", "optimizer.bin", "optimizer.pt", "scheduler.pt", "scheduler.bin", "rng_state.pth", "scaler.pt"}

func isWeights(name string) bool {
	if slices.Contains(notWeights, name) || strings.HasPrefix(name, "rng_state_") || strings.HasPrefix(name, ".") {
		return false
	}
	if base, ok := strings.CutSuffix(name, ".index.json"); ok {
		name = base
	}
	switch path.Ext(name) {
	case ".safetensors", ".bin", ".pt", ".pth":
		return true
	}
	return false
}

var shard = regexp.MustCompile(`-\d+-of-\d+$`)

// withoutCopies leaves out what other files hold as well: the shards that an index
// names, the PyTorch form of safetensors, and OpenCLIP's form of what is there in
// that of Hugging Face.
func withoutCopies(names []string) []string {
	// model returns what a file holds, and how little it is wanted.
	model := func(name string) (string, int) {
		rank := 3
		name, index := strings.CutSuffix(name, ".index.json")
		if index {
			rank--
		}
		base := strings.TrimSuffix(name, path.Ext(name))
		if path.Ext(name) == ".safetensors" {
			rank -= 2
		}
		base = shard.ReplaceAllString(base, "")
		switch base {
		case "pytorch_model":
			base = "model"
		case "open_clip_model", "open_clip_pytorch_model":
			base, rank = "model", rank+4
		}
		return base, rank
	}
	best := map[string]int{}
	for _, name := range names {
		base, rank := model(name)
		if r, ok := best[base]; !ok || rank < r {
			best[base] = rank
		}
	}
	var kept []string
	for _, name := range names {
		if base, rank := model(name); rank == best[base] {
			kept = append(kept, name)
		}
	}
	return kept
}

// openWeights reads what tensors the files hold.
func (f *files) openWeights() error {
	f.tensors = map[string]*checkpoint.Tensor{}
	from := map[string]string{}
	for _, name := range f.weights {
		file, err := checkpoint.OpenFS(f.fsys, path.Join(f.dir, name))
		if errors.Is(err, checkpoint.ErrFormat) || errors.Is(err, fs.ErrNotExist) { // a shard may be missing
			return fmt.Errorf("%w: %w", ErrModel, err)
		}
		if err != nil {
			return fmt.Errorf("audioclip: %w", err)
		}
		f.open = append(f.open, file)
		tensors := params.Map{}
		for _, tensor := range file.Names() {
			tensors[tensor] = file.Tensor(tensor)
		}
		tensors = params.Unwrap(tensors)
		for _, tensor := range tensors.Names() {
			if other, ok := from[tensor]; ok {
				return fmt.Errorf("%w: %s and %s both have a tensor %s: they are different models, open one by its own path", ErrModel, other, name, tensor)
			}
			f.tensors[tensor], from[tensor] = tensors[tensor], name
		}
	}
	return nil
}

// Close closes the files of the weights.
func (f *files) Close() error {
	var failed error
	for _, c := range f.open {
		if err := c.Close(); failed == nil {
			failed = err
		}
	}
	return failed
}

// weightsError is an error in the weights.
func (f *files) weightsError(err error) error { return modelError(strings.Join(f.weights, ", "), err) }

// modelError is an error in a file of a model.
func modelError(name string, err error) error { return fmt.Errorf("%w: %s: %w", ErrModel, name, err) }

// has tells whether there is a tensor of a name, with whatever prefix.
func (f *files) has(suffix string) bool {
	for name := range f.tensors {
		if rest, ok := strings.CutSuffix(name, suffix); ok && (rest == "" || strings.HasSuffix(rest, ".")) {
			return true
		}
	}
	return false
}

// maxJSON is far more than the settings of any model take.
const maxJSON = 4 << 20

// read returns the contents of a small file beside the weights, nil if there is
// none.
func (f *files) read(name string) ([]byte, error) {
	file, err := f.fsys.Open(path.Join(f.dir, name))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("audioclip: %w", err)
	}
	defer file.Close()
	data, err := io.ReadAll(io.LimitReader(file, maxJSON+1))
	if err != nil {
		return nil, fmt.Errorf("audioclip: %w", err)
	}
	if len(data) > maxJSON {
		return nil, modelError(name, fmt.Errorf("more than %d bytes", maxJSON))
	}
	return data, nil
}

// openCLIPConfig is OpenCLIP's file of settings, which not all of its models have.
const openCLIPConfig = "open_clip_config.json"

// readConfig reads and parses a file of settings. Without openCLIPConfig, the result
// is the zero value; without another one nothing goes.
func readConfig[T any](f *files, name string, parse func([]byte) (T, error)) (config T, err error) {
	data, err := f.read(name)
	switch {
	case err != nil:
		return config, err
	case data == nil && name == openCLIPConfig:
		return config, nil
	case data == nil:
		return config, modelError(name, errors.New("there is none beside the weights"))
	}
	if config, err = parse(data); err != nil {
		return config, modelError(name, err)
	}
	return config, nil
}
