package train

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/soundspace/soundspace/internal/checkpoint"
	"github.com/soundspace/soundspace/internal/nn/autodiff"
	"github.com/soundspace/soundspace/internal/nn/optim"
)

var (
	// ErrRecipe says that a run was started with another recipe than it is to be
	// taken up with.
	ErrRecipe = errors.New("the run was started with another recipe")
	// ErrState says that the file of a run is damaged, or is of other parameters.
	ErrState = errors.New("not a state of this run")
)

// State is all that a run needs to go on as if it had never been interrupted.
type State struct {
	Params    []*autodiff.Param // those of the optimiser, and what else changes
	Optimizer *optim.AdamW
	Average   *optim.EMA // nil: none
	Progress
}

// Progress is how far a run has come.
type Progress struct {
	Recipe  string   `json:"recipe"` // HashRecipe of what the run was started with
	Seed    uint64   `json:"seed"`   // of all random numbers, together with the step
	Step    int      `json:"step"`   // steps taken
	Sums    Sums     `json:"sums"`   // since the last record
	History []Record `json:"history,omitempty"`
	// Best is the record with the best metric so far, nil before the first.
	Best *Record `json:"best,omitempty"`
}

// Record holds what was measured after a step. The values must be finite.
type Record struct {
	Step   int                `json:"step"`
	Values map[string]float64 `json:"values"`
}

// HashRecipe returns the SHA-256 of a recipe, in hexadecimal.
func HashRecipe(recipe []byte) string {
	h := sha256.Sum256(recipe)
	return hex.EncodeToString(h[:])
}

// A state is a safetensors file with the tensors param.NAME and those of the optimiser
// and of the average. Its metadata are theirs and
//
//	format    stateFormat
//	progress  Progress as JSON
//	checksum  CRC-32C of all tensors and of the other metadata
const stateFormat = "soundspace run 1"

// SaveState writes a state. The file is made beside its place, in a folder that is
// made if need be, brought to the disk and then renamed: whenever the process or the
// machine stops, the file at path is a complete one, the one before or the new one.
// What an interrupted call leaves beside it, .NAME.part, the next one overwrites; two
// processes must not save to one path.
func SaveState(path string, s *State) (err error) {
	tensors, metadata, err := s.encode()
	if err != nil {
		return err
	}
	folder := filepath.Dir(path)
	if err := os.MkdirAll(folder, 0o777); err != nil {
		return err
	}
	part := filepath.Join(folder, "."+filepath.Base(path)+".part")
	f, err := os.Create(part)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			f.Close()
			os.Remove(part)
		}
	}()
	if err := checkpoint.WriteSafetensors(f, tensors, metadata); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	if err := f.Sync(); err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	if err := os.Rename(part, path); err != nil {
		return err
	}
	syncFolder(folder)
	return nil
}

// syncFolder brings the new name to the disk. Where folders cannot be synchronised,
// as on Windows, the name before may come back after a power cut.
func syncFolder(path string) {
	if d, err := os.Open(path); err == nil {
		d.Sync()
		d.Close()
	}
}

// LoadState reads into s what SaveState has written. The parameters, optimiser and
// average of s must be made as those of the run were; s.Recipe is the recipe that the
// run is to be taken up with. The error wraps fs.ErrNotExist if there is no file,
// ErrRecipe if the run had another recipe, and ErrState if the file is damaged or is
// not one of these parameters.
func LoadState(path string, s *State) error {
	f, err := checkpoint.Open(path)
	if errors.Is(err, checkpoint.ErrFormat) {
		return fmt.Errorf("%w: %w", ErrState, err)
	}
	if err != nil {
		return err
	}
	defer f.Close()
	progress, err := decodeProgress(f)
	if err != nil {
		return fmt.Errorf("%s: %w: %w", path, ErrState, err)
	}
	if progress.Recipe != s.Recipe {
		return recipeError(path, progress.Recipe, s.Recipe)
	}
	if err := s.restore(f); err != nil {
		return fmt.Errorf("%s: %w: %w", path, ErrState, err)
	}
	s.Progress = progress
	return nil
}

func recipeError(path, before, now string) error {
	return fmt.Errorf("%s: %w (%.12s…, now %.12s…)", path, ErrRecipe, before, now)
}

func (s *State) encode() ([]*checkpoint.Tensor, map[string]string, error) {
	progress, err := json.Marshal(s.Progress)
	if err != nil {
		return nil, nil, fmt.Errorf("train: metrics of a run: %w", err)
	}
	metadata := map[string]string{"format": stateFormat, "progress": string(progress)}
	var tensors []*checkpoint.Tensor
	for _, p := range s.Params {
		tensors = append(tensors, checkpoint.FromFloats("param."+p.Name, p.Shape, p.Data))
	}
	add := func(more []*checkpoint.Tensor, of map[string]string) {
		tensors = append(tensors, more...)
		maps.Copy(metadata, of)
	}
	add(s.Optimizer.State())
	if s.Average != nil {
		add(s.Average.State())
	}
	sum, err := checksum(tensors, metadata)
	metadata["checksum"] = sum
	return tensors, metadata, err
}

func decodeProgress(f *checkpoint.File) (p Progress, err error) {
	if format := f.Metadata["format"]; format != stateFormat {
		return p, fmt.Errorf("it is marked %.40q, expected %q", format, stateFormat)
	}
	var tensors []*checkpoint.Tensor
	for _, name := range f.Names() {
		tensors = append(tensors, f.Tensor(name))
	}
	sum, err := checksum(tensors, f.Metadata)
	if err != nil {
		return p, err
	}
	if want := f.Metadata["checksum"]; sum != want {
		return p, fmt.Errorf("the checksum is %s, expected %.40q", sum, want)
	}
	if err := json.Unmarshal([]byte(f.Metadata["progress"]), &p); err != nil {
		return p, fmt.Errorf("progress: %w", err)
	}
	if p.Step < 0 {
		return p, fmt.Errorf("progress: %d steps", p.Step)
	}
	return p, nil
}

func (s *State) restore(f *checkpoint.File) error {
	for _, p := range s.Params {
		t := f.Tensor("param." + p.Name)
		if t == nil {
			return fmt.Errorf("there is no parameter %s", p.Name)
		}
		if t.DType != checkpoint.Float32 || !slices.Equal(t.Shape, p.Shape) {
			return fmt.Errorf("parameter %s is %v of %v, expected %v of float32", p.Name, t.Shape, t.DType, p.Shape)
		}
	}
	if n := countPrefix(f.Names(), "param."); n != len(s.Params) {
		return fmt.Errorf("it has %d parameters, expected %d", n, len(s.Params))
	}
	if s.Average != nil {
		if err := s.Average.Restore(f); err != nil {
			return err
		}
	}
	if err := s.Optimizer.Restore(f); err != nil {
		return err
	}
	for _, p := range s.Params {
		copy(p.Data, f.Tensor("param."+p.Name).Floats())
	}
	return nil
}

func countPrefix(names []string, prefix string) (n int) {
	for _, name := range names {
		if strings.HasPrefix(name, prefix) {
			n++
		}
	}
	return n
}

// checksum returns the CRC-32C of tensors, by name, and of the metadata except
// the checksum.
func checksum(tensors []*checkpoint.Tensor, metadata map[string]string) (string, error) {
	h := crc32.New(crc32.MakeTable(crc32.Castagnoli))
	for _, t := range slices.SortedFunc(slices.Values(tensors), func(x, y *checkpoint.Tensor) int { return strings.Compare(x.Name, y.Name) }) {
		values, err := t.Bytes()
		if err != nil {
			return "", err
		}
		fmt.Fprintf(h, "%q %v %v ", t.Name, t.DType, t.Shape)
		h.Write(values)
	}
	for _, key := range slices.Sorted(maps.Keys(metadata)) {
		if key != "checksum" {
			fmt.Fprintf(h, "%q %q ", key, metadata[key])
		}
	}
	return fmt.Sprintf("%08x", h.Sum32()), nil
}
