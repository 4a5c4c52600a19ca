package resnet

import (
	"slices"
	"strings"
	"testing"

	"github.com/soundspace/soundspace/audioclip/internal/params"
	"github.com/soundspace/soundspace/internal/checkpoint"
	"github.com/soundspace/soundspace/internal/nn"
	"github.com/soundspace/soundspace/internal/stream"
)

// recorder remembers the tensors that it was asked for with a shape.
type recorder struct {
	stream.Source
	tensors params.Map
}

func (r recorder) Tensor(name string, shape []int) *checkpoint.Tensor {
	t := r.Source.Tensor(name, shape)
	if t != nil && shape != nil {
		r.tensors[name] = t
	}
	return t
}

// smallCLIP returns the tensors of a small network.
func smallCLIP() (params.Map, CLIPConfig) {
	cfg := CLIPConfig{Blocks: [4]int{2, 1, 1, 1}, Width: 4, Size: 64, Embed: 8}
	r := recorder{stream.Source{Without: withoutBias}, params.Map{}}
	NewCLIP(params.New(r, nil), cfg)
	return r.tensors, cfg
}

func TestCLIPFit(t *testing.T) {
	tensors, want := smallCLIP()
	got, err := CLIPConfig{}.Fit(params.New(tensors, nil))
	if err != nil || got != want {
		t.Errorf("config %+v, %v, want %+v", got, err, want)
	}
	set := params.New(tensors, nil)
	NewCLIP(set, got)
	if err := set.Err(); err != nil {
		t.Error(err)
	}
	if _, err := (CLIPConfig{Width: 8}).Fit(params.New(tensors, nil)); err == nil {
		t.Error("a config with another width was taken")
	}
	for name, shape := range map[string][]int{
		"attnpool.positional_embedding": {6, 128},      // no square and one
		"attnpool.c_proj.weight":        {1 << 40, 0},  // large, but empty
		"layer3.0.conv1.weight":         nil,           // no third stage
		"conv2.weight":                  {2, 2, 3, 1},  // found by NewCLIP
		"layer2.0.downsample.0.weight":  nil,           // found by NewCLIP
		"attnpool.v_proj.bias":          {127},         // found by NewCLIP
		"something.else":                {1, 2, 3},     // not part of it
		"attnpool.q_proj.weight":        {128, 1 << 7}, // right: no error
	} {
		damaged := params.Map{}
		for name, tensor := range tensors {
			damaged[name] = tensor
		}
		delete(damaged, name)
		if shape != nil {
			n := 1
			for _, d := range shape {
				n *= d
			}
			damaged[name] = checkpoint.FromFloats(name, shape, make([]float32, n))
		}
		set := params.New(damaged, nil)
		cfg, err := CLIPConfig{}.Fit(set)
		if err == nil {
			NewCLIP(set, cfg)
			err = set.Err()
		}
		layer, _, _ := strings.Cut(name, ".0.")
		switch right := name == "attnpool.q_proj.weight"; {
		case right && err != nil:
			t.Error(err)
		case !right && (err == nil || !strings.Contains(err.Error(), layer)):
			t.Errorf("tensor %s %v: error %v", name, shape, err)
		}
	}
}

// What becomes of a picture depends neither on those beside it nor on the workers.
func TestCLIPBatch(t *testing.T) {
	tensors, cfg := smallCLIP()
	m := NewCLIP(params.New(tensors, nil), cfg)
	pictures := input("pictures", 3, 3, cfg.Size, cfg.Size, 1, 0)
	want := nn.NewMatrix(make([]float32, 3*m.Width()), 3, m.Width())
	m.Encode(nn.NewContext(1), want, pictures)
	got := nn.NewMatrix(make([]float32, m.Width()), 1, m.Width())
	last := pictures
	last.N, last.Data = 1, pictures.Data[2*len(pictures.Data)/3:]
	m.Encode(nn.NewContext(3), got, last)
	if !slices.Equal(got.Data, want.Row(2)) {
		t.Error("a picture alone has another vector")
	}
}
