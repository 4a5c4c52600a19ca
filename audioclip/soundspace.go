package audioclip

import (
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"

	"github.com/soundspace/soundspace/audioclip/internal/soundnet"
	"github.com/soundspace/soundspace/audioclip/internal/text"
	"github.com/soundspace/soundspace/internal/nn"
	"github.com/soundspace/soundspace/spectrogram/frontend"
)

// isSoundspace tells whether it is a model that package train makes.
func isSoundspace(f *files) bool {
	var c struct {
		ModelType string `json:"model_type"`
	}
	data, err := f.read("config.json")
	return err == nil && json.Unmarshal(data, &c) == nil && c.ModelType == soundnet.ModelType
}

func loadSoundspace(f *files, cfg Config) (*Model, error) {
	config, err := readConfig(f, "config.json", soundnet.ParseModel)
	if err != nil {
		return nil, err
	}
	set := cfg.set(f.tensors)
	info := Info{Family: "soundspace", Template: config.Template}
	if set.Has("logit_scale") {
		info.Scale = scaleOf(set.Floats("logit_scale")[0])
	}
	var sounds audioEncoder
	if a := config.Audio; a != nil && cfg.Towers&Audio != 0 {
		front, err := frontend.NewLogMel(a.FrontEnd)
		if err != nil {
			return nil, modelError("config.json", err)
		}
		sounds = &netSounds{front, soundnet.New(set.Sub("audio_model."), *a)}
		info.Dim = a.Embed
		info.Settings = append(info.Settings,
			Setting{"audio encoder", a.String()},
			Setting{"front end", fmt.Sprintf("log-mel, FFT %d, hop %d, %d bands of %g to %g Hz", a.FrontEnd.NFFT, a.FrontEnd.HopSamples, a.FrontEnd.Bands, a.FrontEnd.FMinHz, a.FrontEnd.FMaxHz)})
	} else {
		set.Ignore("audio_model.*")
	}
	var words textEncoder
	dim := 0
	switch {
	case cfg.Towers&Text == 0:
		set.Ignore("text_model.*", "text_projection.weight")
	case config.TextModel != "" && cfg.nested:
		return nil, modelError("config.json", errors.New("it is named as text_model, and has a text_model itself"))
	case config.TextModel != "":
		if words, dim, err = f.otherText(cfg, config.TextModel, &info); err != nil {
			return nil, err
		}
	case config.Text != nil:
		encoder, err := text.ParseCLIPConfig(config.Text)
		if err != nil {
			return nil, modelError("config.json", err)
		}
		if encoder, err = encoder.Fit(set); err != nil {
			return nil, f.weightsError(err)
		}
		tower := text.NewCLIP(set, encoder)
		if words, err = newTokenizedText(f, cfg, tower, 0, ""); err != nil {
			return nil, err
		}
		dim = tower.Width()
		info.Settings = append(info.Settings, Setting{"text encoder", fmt.Sprintf("transformer, width %d, %d layers, %d heads", encoder.Width, encoder.Layers, encoder.Heads)})
	}
	if err := set.Err(); err != nil {
		return nil, f.weightsError(err)
	}
	if sounds != nil && words != nil && dim != info.Dim {
		return nil, modelError("config.json", fmt.Errorf("vectors of sounds have %d values, those of texts %d", info.Dim, dim))
	}
	if words != nil {
		info.Dim = dim
	}
	return newModel(info, sounds, words, nil, f, cfg.Workers), nil
}

// otherText opens the text encoder of another model, whose files are closed with f.
func (f *files) otherText(cfg Config, path string, info *Info) (textEncoder, int, error) {
	if !filepath.IsAbs(path) {
		path = filepath.Join(f.dir, path)
	}
	cfg.Towers, cfg.nested = Text, true
	other, err := cfg.Open(path)
	if err != nil {
		return nil, 0, fmt.Errorf("the model of its text encoder: %w", err)
	}
	f.open = append(f.open, other)
	if other.text == nil {
		return nil, 0, fmt.Errorf("the model of its text encoder: %s: %w", path, ErrNoText)
	}
	info.Settings = append(info.Settings, Setting{"text encoder", "that of " + path})
	info.Template = other.info.Template
	return other.text, other.info.Dim, nil
}

// netSounds is a front end and the network behind it.
type netSounds struct {
	front *frontend.LogMel
	net   *soundnet.Net
}

func (s *netSounds) sampleRate() int { return s.front.SampleRate() }
func (s *netSounds) window() int     { return s.net.Config().WindowSamples() }
func (s *netSounds) longest() int    { return s.window() }

func (s *netSounds) encode(c *nn.Context, dst nn.Matrix, clips [][]float32) error {
	c.Split(len(clips), 1, func(c *nn.Context, from, to int) {
		for i := from; i < to; i++ {
			mark := c.Mark()
			shape := s.front.Shape(len(clips[i]))
			frames := s.front.Compute(c.Floats(shape.Len())[:0], clips[i])
			s.net.Encode(c, dst.RowsOf(i, i+1), nn.NewMatrix(frames, shape.Rows, shape.Cols))
			c.Release(mark)
		}
	})
	return nil
}
