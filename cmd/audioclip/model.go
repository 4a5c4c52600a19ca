package main

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/spf13/cobra"

	"github.com/soundspace/soundspace/audioclip"
	"github.com/soundspace/soundspace/audioclip/hub"
	"github.com/soundspace/soundspace/audioclip/pretrained"
	"github.com/soundspace/soundspace/internal/command"
)

// modelVariable names the model that is used where --model does not.
const modelVariable = "AUDIOCLIP_MODEL"

// modelFlags are those of commands that use a model.
type modelFlags struct {
	model     string
	tokenizer string
	weights   string
	threads   int
}

func (f *modelFlags) define(cmd *cobra.Command) {
	s := cmd.Flags()
	s.StringVarP(&f.model, "model", "m", os.Getenv(modelVariable), "`MODEL`: a folder, a file, or OWNER/NAME[@REVISION] as pulled (default: $AUDIOCLIP_MODEL, or else the one that ships)")
	s.StringVar(&f.tokenizer, "tokenizer", "", "`MODEL` whose tokenizer is that of the texts (default: the same model)")
	s.StringVar(&f.weights, "weights", "stored", "keep weights in memory as stored, float32, float16, bfloat16 or int8")
	s.IntVar(&f.threads, "threads", runtime.GOMAXPROCS(0), "number of threads")
}

var storages = map[string]audioclip.Storage{
	"stored":   audioclip.AsStored,
	"float32":  audioclip.Float32,
	"float16":  audioclip.Float16,
	"bfloat16": audioclip.BFloat16,
	"int8":     audioclip.Int8,
}

// open loads the model, with the towers that are needed.
func (f *modelFlags) open(towers audioclip.Towers) (*audioclip.Model, error) {
	storage, ok := storages[f.weights]
	if !ok {
		return nil, command.UsageError{Err: fmt.Errorf("--weights %s: allowed are stored, float32, float16, bfloat16 and int8", f.weights)}
	}
	if f.threads < 1 || f.threads > 4096 {
		return nil, command.UsageError{Err: fmt.Errorf("--threads %d: allowed are 1 to 4096", f.threads)}
	}
	cfg := audioclip.Config{Weights: storage, Workers: f.threads, Towers: towers}
	if f.model == "" {
		return f.openShipped(cfg)
	}
	path, err := modelPath(f.model)
	if err != nil {
		return nil, err
	}
	if f.tokenizer != "" {
		if cfg.Tokenizer, err = modelPath(f.tokenizer); err != nil {
			return nil, err
		}
	}
	model, err := cfg.Open(path)
	if errors.Is(err, audioclip.ErrNoTokenizer) {
		err = fmt.Errorf("%w; --tokenizer may name a folder that has them, or a model that has been pulled", err)
	}
	return model, err
}

func (f *modelFlags) openShipped(cfg audioclip.Config) (*audioclip.Model, error) {
	if f.tokenizer != "" {
		return nil, command.UsageError{Err: errors.New("--tokenizer: the model that ships has its own; --model names another")}
	}
	return pretrained.Open(cfg)
}

// name is what the model is called in reports.
func (f *modelFlags) name() string { return cmp.Or(f.model, "shipped model") }

// modelPath finds a model: a path, or a name in the cache of the hub, after which a
// file may be named.
func modelPath(name string) (string, error) {
	if _, err := os.Stat(name); err == nil {
		return name, nil
	}
	if dir, ok := cached(name); ok {
		return dir, nil
	}
	if parts := strings.SplitN(name, "/", 3); len(parts) == 3 {
		if dir, ok := cached(parts[0] + "/" + parts[1]); ok {
			return filepath.Join(dir, filepath.FromSlash(parts[2])), nil
		}
	}
	if _, _, err := hub.ParseID(name); err != nil {
		return "", fmt.Errorf("%s: there is no such file or folder", name)
	}
	return "", fmt.Errorf("%s: there is no such file or folder, nor has a model of that name been pulled ('audioclip pull %s' does)", name, name)
}

// cached returns the folder of a model that has been pulled.
func cached(name string) (dir string, ok bool) {
	id, rev, err := hub.ParseID(name)
	if err != nil {
		return "", false
	}
	return (&hub.Client{}).Cached(id, rev)
}
