package audioclip

import (
	"fmt"

	"github.com/soundspace/soundspace/audioclip/internal/msclap"
	"github.com/soundspace/soundspace/internal/nn"
	"github.com/soundspace/soundspace/spectrogram/frontend"
)

var msclapFamily = family{
	is:   func(f *files) bool { return msclap.VersionOf(f.tensors) != 0 },
	load: loadMSCLAP,
}

func loadMSCLAP(f *files, cfg Config) (*Model, error) {
	m, err := msclap.Load(f.tensors, msclap.Options{Audio: cfg.Towers&Audio != 0, Text: cfg.Towers&Text != 0, Storage: cfg.storage()})
	if err != nil {
		return nil, f.weightsError(err)
	}
	info := Info{Family: fmt.Sprintf("MS-CLAP %d", m.Version), Scale: m.Scale, Template: "this is the sound of {}"}
	var sounds audioEncoder
	if m.Audio != nil {
		front, err := frontend.NewMSCLAP(frontend.MSCLAPConfig{Version: m.Version, MelW: m.MelW})
		if err != nil {
			return nil, f.weightsError(err)
		}
		seconds, encoder := 7, "HTSAT"
		if m.Version == 2022 {
			seconds, encoder = 5, "CNN14"
		}
		sounds = &msclapSounds{front, m.Audio, seconds * front.SampleRate()}
		info.Dim = m.Audio.Width()
		filters := "computed"
		if m.MelW != nil {
			filters = "of the checkpoint"
		}
		info.Settings = append(info.Settings, Setting{"audio encoder", encoder}, Setting{"front end", "log-mel, filters " + filters})
	}
	var words textEncoder
	if m.Text != nil {
		info.Dim = m.Text.Width()
		end, encoder := "", "BERT"
		if m.Version == 2023 {
			end, encoder = " <|endoftext|>", "GPT-2"
		}
		info.Settings = append(info.Settings, Setting{"text encoder", encoder})
		tokenized, err := newTokenizedText(f, cfg, m.Text, m.Text.MaxTokens(), end)
		if err != nil {
			return nil, err
		}
		if m.Version == 2023 { // msclap pads with it, so that it is no part of a word
			tokenized.tokens = tokenized.tokens.WithAdded("!", 0)
		}
		words = tokenized
	}
	return newModel(info, sounds, words, nil, f, cfg.Workers), nil
}

// msclapSounds is the front end and the audio encoder of MS-CLAP.
type msclapSounds struct {
	front  *frontend.MSCLAP
	tower  *msclap.Audio
	length int
}

func (s *msclapSounds) sampleRate() int { return s.front.SampleRate() }
func (s *msclapSounds) window() int     { return s.length }
func (s *msclapSounds) longest() int    { return s.length }

func (s *msclapSounds) encode(c *nn.Context, dst nn.Matrix, clips [][]float32) error {
	s.tower.Encode(c, dst, spectrograms(c, s.front, clips))
	return nil
}

// spectrograms computes the front end of each clip.
func spectrograms(c *nn.Context, front frontend.FrontEnd, clips [][]float32) []nn.Matrix {
	list := make([]nn.Matrix, len(clips))
	c.Split(len(clips), 1, func(_ *nn.Context, from, to int) {
		for i := from; i < to; i++ {
			shape := front.Shape(len(clips[i]))
			list[i] = nn.NewMatrix(front.Compute(nil, clips[i]), shape.Rows, shape.Cols)
		}
	})
	return list
}
