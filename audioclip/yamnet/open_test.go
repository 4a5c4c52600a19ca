package yamnet

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/soundspace/soundspace/audio"
	"github.com/soundspace/soundspace/audioclip"
	"github.com/soundspace/soundspace/audioclip/internal/params"
	"github.com/soundspace/soundspace/internal/checkpoint"
)

// recorder remembers the tensors that are asked for.
type recorder struct {
	params.Source
	tensors *[]*checkpoint.Tensor
}

func (r recorder) Tensor(name string, shape []int) *checkpoint.Tensor {
	t := r.Source.Tensor(name, shape)
	*r.tensors = append(*r.tensors, t)
	return t
}

// classMap returns the file of labels "class 0", "class, 1" …
func classMap() string {
	var s strings.Builder
	s.WriteString("index,mid,display_name\n")
	for i := range classes {
		if i == 1 {
			s.WriteString("1,/m/1,\"class, 1\"\n")
			continue
		}
		fmt.Fprintf(&s, "%d,/m/%d,class %d\n", i, i, i)
	}
	return s.String()
}

// save writes the folder of a model: any format of tensors will do.
func save(t *testing.T, tensors []*checkpoint.Tensor, labels string) (dir string) {
	t.Helper()
	dir = t.TempDir()
	for _, name := range []string{weightsFile, labelsFile} {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o777); err != nil {
			t.Fatal(err)
		}
	}
	f, err := os.Create(filepath.Join(dir, weightsFile))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := checkpoint.WriteSafetensors(f, tensors, nil); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, labelsFile), []byte(labels), 0o666); err != nil {
		t.Fatal(err)
	}
	return dir
}

// named returns tensors by the names that they have in a file of TensorFlow.
func named(tensors []*checkpoint.Tensor, prefix string) []*checkpoint.Tensor {
	var list []*checkpoint.Tensor
	for _, t := range tensors {
		t := *t
		t.Name = prefix + t.Name + "/.ATTRIBUTES/VARIABLE_VALUE"
		list = append(list, &t)
	}
	return list
}

func TestOpen(t *testing.T) {
	var tensors []*checkpoint.Tensor
	want, err := newModel(recorder{generated{}, &tensors}, make([]string, classes), 1)
	if err != nil {
		t.Fatal(err)
	}
	clips := []*audio.Clip{tone(20000)}
	wantScores, err := want.Scores(context.Background(), clips)
	if err != nil {
		t.Fatal(err)
	}
	// The original, and one with a network of its own on top of it and the state of an
	// optimiser.
	more := append(named(tensors, "layer-1/layer/_func/_yamnet/"),
		checkpoint.FromFloats("layer_with_weights-0/kernel/.ATTRIBUTES/VARIABLE_VALUE", []int{2}, make([]float32, 2)),
		checkpoint.FromFloats("layer-1/layer/_func/_yamnet/layer_with_weights-0/kernel/.OPTIMIZER_SLOT/optimizer/m/.ATTRIBUTES/VARIABLE_VALUE", []int{2}, make([]float32, 2)),
		checkpoint.FromFloats("optimizer/iter/.ATTRIBUTES/VARIABLE_VALUE", []int{}, make([]float32, 1)))
	for _, tensors := range [][]*checkpoint.Tensor{named(tensors, "_yamnet/"), more} {
		m, err := Open(save(t, tensors, classMap()))
		if err != nil {
			t.Fatal(err)
		}
		scores, err := m.Scores(context.Background(), clips)
		if err != nil || !slices.Equal(scores.Data, wantScores.Data) {
			t.Errorf("the weights of a file have other scores (%v)", err)
		}
		labels := m.Labels()
		if len(labels) != classes || labels[0] != "class 0" || labels[1] != "class, 1" || labels[520] != "class 520" {
			t.Errorf("labels %q", labels)
		}
	}

	tensors = named(tensors, "_yamnet/")
	for _, c := range []struct {
		what    string
		tensors []*checkpoint.Tensor
		labels  string
		want    string
	}{
		{"a tensor less", tensors[:len(tensors)-1], classMap(), "layer_with_weights-54/bias [521] is missing"},
		{"not the first", tensors[1:], classMap(), "not the weights of YAMNet"},
		{"a tensor more", append(slices.Clip(tensors), checkpoint.FromFloats("_yamnet/layer_with_weights-99/bias/.ATTRIBUTES/VARIABLE_VALUE", []int{1}, []float32{1})), classMap(), "layer_with_weights-99/bias"},
		{"a class less", tensors, strings.Replace(classMap(), "520,/m/520,class 520\n", "", 1), "521 lines"},
		{"a class twice", tensors, strings.Replace(classMap(), "\n7,", "\n6,", 1), `class 7 has the index "6"`},
		{"a column less", tensors, strings.Replace(classMap(), "7,/m/7,", "7,", 1), "wrong number of fields"},
		{"no labels", tensors, "", "0 lines"},
	} {
		if _, err := Open(save(t, c.tensors, c.labels)); !errors.Is(err, audioclip.ErrModel) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, expected %q", c.what, err, c.want)
		}
	}
	if _, err := Open(t.TempDir()); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
	if _, err := (Config{Workers: -1}).Open("x"); err == nil || !strings.Contains(err.Error(), "Workers") {
		t.Error(err)
	}
}
