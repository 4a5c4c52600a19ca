package audioclip

import (
	"fmt"

	"github.com/soundspace/soundspace/audioclip/internal/params"
	"github.com/soundspace/soundspace/audioclip/internal/resnet"
	"github.com/soundspace/soundspace/internal/nn"
	"github.com/soundspace/soundspace/spectrogram/frontend"
)

// Wav2CLIP and AudioCLIP teach an audio encoder the space of CLIP. Wav2CLIP's
// checkpoint has no text encoder: CLIP's own is used if it lies beside.

var wav2clipFamily = family{
	is:   func(f *files) bool { return f.tensors["audio_transform.sequential.0.weight"] != nil },
	load: loadWav2CLIP,
}

func loadWav2CLIP(f *files, cfg Config) (*Model, error) {
	rest, own := without(f.tensors, "audio_encoder.", "audio_transform.", "spectrogram.")
	info := Info{Family: "Wav2CLIP", Template: "this is a sound of {}"}
	var sounds audioEncoder
	if cfg.Towers&Audio != 0 {
		front, err := frontend.NewWav2CLIP()
		if err != nil {
			return nil, err
		}
		set := cfg.set(own)
		tower := resnet.NewWav2CLIP(set)
		set.Ignore("spectrogram.*")
		if err := set.Err(); err != nil {
			return nil, f.weightsError(err)
		}
		sounds, info.Dim = &wav2clipSounds{front, tower}, tower.Width()
		info.Settings = append(info.Settings, Setting{"audio encoder", "ResNet-18"})
	}
	return withCLIP(f, rest, cfg, info, sounds)
}

var audioCLIPFamily = family{
	is:   func(f *files) bool { return f.tensors["audio.fbsp.fb"] != nil },
	load: loadAudioCLIP,
}

func loadAudioCLIP(f *files, cfg Config) (*Model, error) {
	rest, own := without(f.tensors, "audio.", "logit_scale_")
	info := Info{Family: "AudioCLIP", Template: "{}"}
	set := cfg.set(own)
	// The scale of sounds and texts, which the original holds between 1 and 100;
	// those of the other pairs are not needed.
	if set.Has("logit_scale_at") {
		info.Scale = min(max(scaleOf(set.Floats("logit_scale_at")[0]), 1), 100)
	}
	set.Ignore("logit_scale_*")
	var sounds audioEncoder
	if cfg.Towers&Audio != 0 {
		tower := resnet.NewAudioCLIP(set.Sub("audio."))
		sounds, info.Dim = &audioCLIPSounds{tower}, tower.Width()
		info.Settings = append(info.Settings, Setting{"audio encoder", "ESResNeXt-50 on FBSP filters"})
	} else {
		set.Ignore("audio.*")
	}
	if err := set.Err(); err != nil {
		return nil, f.weightsError(err)
	}
	return withCLIP(f, rest, cfg, info, sounds)
}

// withCLIP adds the encoders of CLIP, if the files have them.
func withCLIP(f *files, tensors params.Map, cfg Config, info Info, sounds audioEncoder) (*Model, error) {
	parts := &clipParts{}
	if len(tensors) > 0 {
		var err error
		if parts, err = loadCLIP(f, tensors, cfg); err != nil {
			return nil, err
		}
	}
	if info.Dim != 0 && parts.dim != 0 && info.Dim != parts.dim {
		return nil, f.weightsError(fmt.Errorf("vectors of sounds have %d values, those of CLIP %d: this is not the CLIP that belongs to it", info.Dim, parts.dim))
	}
	if info.Dim == 0 {
		info.Dim = parts.dim
	}
	if info.Scale == 0 {
		info.Scale = parts.scale
	}
	info.Settings = append(info.Settings, parts.settings...)
	return newModel(info, sounds, parts.words, parts.pictures, f, cfg.Workers), nil
}

// wav2clipSounds is the front end and the audio encoder of Wav2CLIP.
type wav2clipSounds struct {
	front *frontend.Wav2CLIP
	tower *resnet.Wav2CLIP
}

func (s *wav2clipSounds) sampleRate() int { return s.front.SampleRate() }
func (s *wav2clipSounds) window() int     { return 10 * s.sampleRate() }
func (s *wav2clipSounds) longest() int    { return 60 * s.sampleRate() }

func (s *wav2clipSounds) encode(c *nn.Context, dst nn.Matrix, clips [][]float32) error {
	s.tower.Encode(c, dst, spectrograms(c, s.front, clips))
	return nil
}

// audioCLIPSounds is the audio encoder of AudioCLIP, which has its front end in it.
type audioCLIPSounds struct{ tower *resnet.AudioCLIP }

func (s *audioCLIPSounds) sampleRate() int { return 44100 }
func (s *audioCLIPSounds) window() int     { return 5 * s.sampleRate() }
func (s *audioCLIPSounds) longest() int    { return 30 * s.sampleRate() }

func (s *audioCLIPSounds) encode(c *nn.Context, dst nn.Matrix, clips [][]float32) error {
	mono := make([][][]float32, len(clips))
	for i := range clips {
		mono[i] = clips[i : i+1]
	}
	s.tower.Encode(c, dst, mono)
	return nil
}
