package yamnet

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/soundspace/soundspace/audioclip"
	"github.com/soundspace/soundspace/audioclip/internal/params"
	"github.com/soundspace/soundspace/internal/checkpoint"
	"github.com/soundspace/soundspace/internal/nn"
	"github.com/soundspace/soundspace/spectrogram/frontend"
)

// Config says how a model is loaded. Its zero value is what most want.
type Config struct {
	// Workers is the number of goroutines that one call is split over (0: 1).
	Workers int
}

// Where a SavedModel has what is needed of it.
const (
	weightsFile = "variables/variables.index"
	labelsFile  = "assets/yamnet_class_map.csv"
)

// Open loads the model of a folder: the original's SavedModel as it was published, or one
// that contains it. Of that it reads the weights, variables/variables.index and the files
// of data beside it, and the names of the classes, assets/yamnet_class_map.csv; no graph is
// run. Errors in what the files hold wrap [audioclip.ErrModel].
func Open(dir string) (*Model, error) { return Config{}.Open(dir) }

// Open loads a model as the function [Open] does.
func (cfg Config) Open(dir string) (*Model, error) {
	if cfg.Workers < 0 || cfg.Workers > 4096 {
		return nil, fmt.Errorf("yamnet: Workers is %d, allowed are 0 to 4096", cfg.Workers)
	}
	labels, err := readLabels(filepath.Join(dir, labelsFile))
	if err != nil {
		return nil, err
	}
	path := filepath.Join(dir, weightsFile)
	file, err := checkpoint.Open(path)
	if errors.Is(err, checkpoint.ErrFormat) {
		return nil, fmt.Errorf("yamnet: %w: %w", audioclip.ErrModel, err)
	}
	if err != nil {
		return nil, fmt.Errorf("yamnet: %w", err)
	}
	defer file.Close()
	var m *Model
	tensors, err := networkTensors(file)
	if err == nil {
		m, err = newModel(tensors, labels, cfg.Workers)
	}
	if err == nil {
		err = file.Err() // of reading the elements
	}
	if err != nil {
		return nil, fmt.Errorf("yamnet: %s: %w: %w", path, audioclip.ErrModel, err)
	}
	return m, nil
}

func newModel(weights params.Source, labels []string, workers int) (*Model, error) {
	set := params.New(weights, nil)
	net := newNetwork(set)
	if err := set.Err(); err != nil {
		return nil, err
	}
	front, err := frontend.NewYAMNet()
	if err != nil {
		return nil, err
	}
	m := &Model{front: front, net: net, labels: labels, workers: max(workers, 1)}
	m.contexts.New = func() any { return nn.NewContext(m.workers) }
	return m, nil
}

// networkTensors returns the tensors of the network by their names in it. In a file of
// TensorFlow those have the path of the network in the model before them.
func networkTensors(file *checkpoint.File) (params.Map, error) {
	const first, end = "layer_with_weights-0/kernel", "/.ATTRIBUTES/VARIABLE_VALUE"
	shape := []int{3, 3, 1, stemFilters}
	for _, name := range file.Names() {
		// Networks that were put on top of it have layers of these names, too.
		prefix, ok := strings.CutSuffix(name, first+end)
		if !ok || !slices.Equal(file.Tensor(name).Shape, shape) {
			continue
		}
		tensors := params.Map{}
		for _, name := range file.Names() {
			bare, ok := strings.CutSuffix(name, end)
			if ok && strings.HasPrefix(bare, prefix+"layer_with_weights-") && !strings.Contains(bare, "/.OPTIMIZER_SLOT/") {
				tensors[bare[len(prefix):]] = file.Tensor(name)
			}
		}
		return tensors, nil
	}
	return nil, fmt.Errorf("no tensor %s%s has shape %v: these are not the weights of YAMNet", first, end, shape)
}

// maxLabels is the length in bytes of a far longer list of classes than there are.
const maxLabels = 1 << 20

// readLabels reads the file of the classes' names.
func readLabels(path string) ([]string, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("yamnet: %w", err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxLabels))
	if err != nil {
		return nil, fmt.Errorf("yamnet: %w", err)
	}
	labels, err := parseLabels(data)
	if err != nil {
		return nil, fmt.Errorf("yamnet: %s: %w: %w", path, audioclip.ErrModel, err)
	}
	return labels, nil
}

// parseLabels returns the last column of a class map, "index,mid,display_name".
func parseLabels(data []byte) ([]string, error) {
	table := csv.NewReader(bytes.NewReader(data))
	table.FieldsPerRecord = 3
	rows, err := table.ReadAll()
	if err != nil {
		return nil, err
	}
	if len(rows) != classes+1 {
		return nil, fmt.Errorf("%d lines, expected a heading and the names of %d classes", len(rows), classes)
	}
	labels := make([]string, 0, classes)
	for i, row := range rows[1:] {
		if row[0] != fmt.Sprint(i) {
			return nil, fmt.Errorf("class %d has the index %q", i, row[0])
		}
		labels = append(labels, row[2])
	}
	return labels, nil
}
