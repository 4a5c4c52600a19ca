package audioclip

import (
	"fmt"

	"github.com/soundspace/soundspace/audioclip/internal/clap"
	"github.com/soundspace/soundspace/audioclip/internal/htsat"
	"github.com/soundspace/soundspace/internal/nn"
	"github.com/soundspace/soundspace/spectrogram/frontend"
)

var clapFamily = family{
	is:   func(f *files) bool { return clap.LayoutOf(f.tensors) != clap.Unknown },
	load: loadCLAP,
}

func loadCLAP(f *files, cfg Config) (*Model, error) {
	o := clap.Options{Audio: cfg.Towers&Audio != 0, Text: cfg.Towers&Text != 0, Storage: cfg.storage()}
	layout := clap.LayoutOf(f.tensors)
	if layout == clap.HuggingFace {
		config, err := readConfig(f, "config.json", clap.ParseConfig)
		if err != nil {
			return nil, err
		}
		o.Config = &config
	}
	m, err := clap.Load(f.tensors, o)
	if err != nil {
		return nil, f.weightsError(err)
	}
	info := Info{
		Family: "LAION-CLAP", Dim: m.Config.Dim, Scale: m.Scale, Template: "This is a sound of {}.",
		Settings: []Setting{{"layout", layout.String()}},
	}
	var sounds audioEncoder
	if m.Audio != nil {
		s, err := newCLAPSounds(f, m)
		if err != nil {
			return nil, err
		}
		sounds = s
		a, fe := m.Config.Audio, s.front.Config()
		info.Settings = append(info.Settings,
			Setting{"audio encoder", fmt.Sprintf("HTSAT, width %d, %d blocks, %d heads, fusion %v", a.Width, a.Depths, a.Heads, s.fusion)},
			Setting{"front end", fmt.Sprintf("log-mel, FFT %d, hop %d, %d bands of %g to %g Hz", fe.NFFT, fe.HopSamples, fe.Bands, max(fe.FMinHz, 0), fe.FMaxHz)})
	}
	var words textEncoder
	if m.Text != nil {
		t := m.Config.Text
		info.Settings = append(info.Settings, Setting{"text encoder", fmt.Sprintf("RoBERTa, width %d, %d layers, %d heads", t.Width, t.Layers, t.Heads)})
		most := 0
		if layout != clap.HuggingFace {
			most = 77 // laion_clap cuts there, OpenCLIP too
		}
		if words, err = newTokenizedText(f, cfg, m.Text, most, ""); err != nil {
			return nil, err
		}
	}
	return newModel(info, sounds, words, nil, f, cfg.Workers), nil
}

// clapSounds is the front end and the audio encoder of CLAP.
type clapSounds struct {
	front  *frontend.CLAP
	tower  *clap.Audio
	fusion bool
}

func newCLAPSounds(f *files, m *clap.Model) (*clapSounds, error) {
	const file = "preprocessor_config.json" // of the Hugging Face layout only
	a := m.Config.Audio
	// laion_clap rounds what it reads from files to 16 bits.
	cfg := frontend.CLAPConfig{Fusion: a.Fusion, Bands: a.Mels, Quantize: m.Layout == clap.LAION}
	data, err := f.read(file)
	if err != nil {
		return nil, err
	}
	if data != nil && m.Layout == clap.HuggingFace {
		if cfg, err = frontend.ParseCLAPConfig(data); err != nil {
			return nil, modelError(file, err)
		}
	}
	front, err := frontend.NewCLAP(cfg)
	if err != nil {
		return nil, modelError(file, err)
	}
	cfg = front.Config()
	if cfg.Bands != a.Mels {
		return nil, modelError(file, fmt.Errorf("%d mel bands, but the audio encoder has %d", cfg.Bands, a.Mels))
	}
	if rows := front.Shape(0).Rows; rows > a.MaxFrames() {
		return nil, modelError(file, fmt.Errorf("the front end makes %d frames, the audio encoder takes %d", rows, a.MaxFrames()))
	}
	return &clapSounds{front: front, tower: m.Audio, fusion: a.Fusion && cfg.Fusion}, nil
}

func (s *clapSounds) sampleRate() int { return s.front.SampleRate() }
func (s *clapSounds) window() int     { return s.front.Config().Samples }

// longestFusion is the length in windows up to which a model with fusion hears a
// recording at once: five minutes.
const longestFusion = 30

func (s *clapSounds) longest() int {
	if s.fusion {
		return longestFusion * s.window()
	}
	return s.window()
}

func (s *clapSounds) encode(c *nn.Context, dst nn.Matrix, clips [][]float32) error {
	mark := c.Mark()
	defer c.Release(mark)
	inputs := make([]htsat.Input, len(clips))
	c.Split(len(clips), 1, func(_ *nn.Context, from, to int) {
		for i := from; i < to; i++ {
			inputs[i] = s.input(clips[i])
		}
	})
	s.tower.Encode(c, dst, inputs)
	return nil
}

func (s *clapSounds) input(x []float32) htsat.Input {
	shape := s.front.Shape(len(x))
	values := s.front.Compute(nil, x)
	in := htsat.Input{Longer: s.fusion && s.front.Longer(len(x))}
	planes := 1
	if in.Longer {
		planes = shape.Planes
	}
	for p := range planes {
		n := shape.Rows * shape.Cols
		in.Planes = append(in.Planes, nn.NewMatrix(values[p*n:(p+1)*n], shape.Rows, shape.Cols))
	}
	return in
}
