package audioclip

import (
	"cmp"
	"encoding/json"
	"fmt"
	"path"
	"path/filepath"

	"github.com/soundspace/soundspace/audioclip/internal/params"
	"github.com/soundspace/soundspace/audioclip/internal/soundnet"
	"github.com/soundspace/soundspace/audioclip/internal/text"
	"github.com/soundspace/soundspace/internal/disk"
	"github.com/soundspace/soundspace/internal/nn"
	"github.com/soundspace/soundspace/spectrogram/frontend"
)

// isSoundspace tells whether it is a model that package train makes. (It loads other
// models, so it cannot be a variable as the other families are.)
func isSoundspace(f *files) bool {
	if f.tensors["audio_model.stem.0.conv.weight"] != nil {
		return true
	}
	data, err := f.read("config.json")
	return err == nil && modelType(data) == soundnet.ModelType
}

// modelType returns the model_type of a config.json, "" if it has none.
func modelType(config []byte) string {
	var c struct {
		ModelType string `json:"model_type"`
	}
	json.Unmarshal(config, &c)
	return c.ModelType
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
	switch {
	case cfg.Towers&Audio == 0:
		if config.Audio != nil {
			set.Ignore("audio_model.*")
		}
	case config.AudioModel != "":
		m, err := other(f, cfg, "audio_model", config.AudioModel, Audio)
		if err != nil {
			return nil, err
		}
		sounds, info.Dim = m.audio, m.info.Dim
		info.Settings = append(info.Settings, Setting{"audio encoder", "that of " + config.AudioModel})
	case config.Audio != nil:
		if sounds, err = newNetSounds(f, set.Sub("audio_model."), *config.Audio, &info); err != nil {
			return nil, err
		}
		info.Dim = config.Audio.Embed
	}
	var words textEncoder
	dim := 0
	switch {
	case cfg.Towers&Text == 0:
		if config.Text != nil {
			set.Ignore("text_model.*", "text_projection.weight", text.StaticTable, staticProjection+".weight")
		}
	case config.TextModel != "":
		var m *Model
		if m, err = other(f, cfg, "text_model", config.TextModel, Text); err == nil {
			words, dim = m.text, m.info.Dim
			info.Settings = append(info.Settings, Setting{"text encoder", "that of " + config.TextModel})
			info.Template = cmp.Or(info.Template, m.info.Template)
		}
	case modelType(config.Text) == staticType:
		var static *staticText
		if static, err = newStaticText(f, set, &info); err == nil {
			words, dim = static, static.width()
		}
	case config.Text != nil:
		words, dim, err = ownText(f, set, cfg, config.Text, &info)
	}
	if err != nil {
		return nil, err
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
	info.Template = cmp.Or(info.Template, "{}")
	return newModel(info, sounds, words, nil, f, cfg.Workers), nil
}

// staticType is the model_type of the text_config of a table of words.
const staticType = "static"

// ownText returns a CLIP text transformer among the model's own weights, and the length
// of its vectors.
func ownText(f *files, set *params.Set, cfg Config, config []byte, info *Info) (textEncoder, int, error) {
	c, err := text.ParseCLIPConfig(config)
	if err != nil {
		return nil, 0, modelError("config.json", err)
	}
	if c, err = c.Fit(set); err != nil {
		return nil, 0, f.weightsError(err)
	}
	tower := text.NewCLIP(set, c)
	words, err := newTokenizedText(f, cfg, tower, 0, "")
	if err != nil {
		return nil, 0, err
	}
	info.Settings = append(info.Settings, Setting{"text encoder", fmt.Sprintf("transformer, width %d, %d layers, %d heads", c.Width, c.Layers, c.Heads)})
	return words, tower.Width(), nil
}

// other opens an encoder of another model, which this one's config.json calls key. Its
// files are closed with f.
func other(f *files, cfg Config, key, name string, tower Towers) (*Model, error) {
	if cfg.nested {
		return nil, modelError("config.json", fmt.Errorf("it has a %s, and is itself a part of another model", key))
	}
	cfg.Towers, cfg.nested = tower, true
	fsys, at := f.fsys, path.Join(f.dir, filepath.ToSlash(name))
	if _, system := fsys.(disk.FS); system && filepath.IsAbs(name) {
		fsys, at = disk.At(name)
	}
	m, err := cfg.OpenFS(fsys, at)
	if err != nil {
		return nil, fmt.Errorf("its %s: %w", key, err)
	}
	f.open = append(f.open, m)
	return m, nil
}

// netSounds is a front end and the network behind it.
type netSounds struct {
	front *frontend.LogMel
	net   *soundnet.Net
}

func newNetSounds(f *files, set *params.Set, config soundnet.Config, info *Info) (*netSounds, error) {
	fe := config.FrontEnd
	front, err := frontend.NewLogMel(fe)
	if err != nil {
		return nil, modelError("config.json", err)
	}
	if err := config.Fit(set); err != nil {
		return nil, f.weightsError(err)
	}
	info.Settings = append(info.Settings,
		Setting{"audio encoder", config.String()},
		Setting{"front end", fmt.Sprintf("log-mel, FFT %d, hop %d, %d bands of %g to %g Hz", fe.NFFT, fe.HopSamples, fe.Bands, fe.FMinHz, fe.FMaxHz)})
	return &netSounds{front, soundnet.New(set, config)}, nil
}

func (s *netSounds) sampleRate() int { return s.front.SampleRate() }
func (s *netSounds) window() int     { return s.net.Config().WindowSamples() }
func (s *netSounds) longest() int    { return s.window() }

func (s *netSounds) encode(c *nn.Context, dst nn.Matrix, clips [][]float32) error {
	each := func(c *nn.Context, from, to int) {
		for i := from; i < to; i++ {
			mark := c.Mark()
			shape := s.front.Shape(len(clips[i]))
			frames := s.front.Compute(c.Floats(shape.Len())[:0], clips[i])
			s.net.Encode(c, dst.RowsOf(i, i+1), nn.NewMatrix(frames, shape.Rows, shape.Cols))
			c.Release(mark)
		}
	}
	if len(clips) < c.Workers() {
		each(c, 0, len(clips)) // the layers split their work
	} else {
		c.Split(len(clips), 1, each)
	}
	return nil
}
