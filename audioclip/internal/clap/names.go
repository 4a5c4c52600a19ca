package clap

import (
	"fmt"
	"strings"

	"github.com/soundspace/soundspace/audioclip/internal/htsat"
	"github.com/soundspace/soundspace/internal/checkpoint"
)

// Layout is how a checkpoint names its tensors.
type Layout uint8

const (
	Unknown     Layout = iota // not CLAP
	HuggingFace               // ClapModel of transformers
	LAION                     // CLAP of laion_clap
	OpenCLIP                  // CustomTextCLAP of open_clip
)

func (l Layout) String() string {
	return [...]string{"unknown", "Hugging Face", "LAION", "OpenCLIP"}[l]
}

// towers are the beginnings of names in each layout, first the one that tells which
// it is, and what transformers has in their place.
var towers = [...][][2]string{
	HuggingFace: {{"audio_model.audio_encoder.", audioPrefix}},
	LAION: {
		{"audio_branch.", audioPrefix},
		{"text_branch.", textPrefix},
		{"audio_projection.0.", audioProjection + "linear1."},
		{"audio_projection.2.", audioProjection + "linear2."},
		{"text_projection.0.", textProjection + "linear1."},
		{"text_projection.2.", textProjection + "linear2."},
	},
	OpenCLIP: {
		{"audio.encoder.", audioPrefix},
		{"text.transformer.", textPrefix},
		{"audio.proj.0.", audioProjection + "linear1."},
		{"audio.proj.2.", audioProjection + "linear2."},
		{"text.proj.0.", textProjection + "linear1."},
		{"text.proj.2.", textProjection + "linear2."},
		{"logit_scale", logitScale},
	},
}

// Names of transformers.
const (
	audioPrefix     = "audio_model.audio_encoder."
	textPrefix      = "text_model."
	audioProjection = "audio_projection."
	textProjection  = "text_projection."
	logitScale      = "logit_scale_a"
)

// landmark is a tensor of HTSAT in all layouts.
const landmark = "patch_embed.proj.weight"

// LayoutOf tells which layout a checkpoint has, by the names of its tensors: those
// that params.Unwrap gives.
func LayoutOf(tensors map[string]*checkpoint.Tensor) Layout {
	for name := range tensors {
		for layout := HuggingFace; layout <= OpenCLIP; layout++ {
			if name == towers[layout][0][0]+landmark {
				return layout
			}
		}
	}
	return Unknown
}

// rename returns the tensors of a checkpoint under the names of transformers, but
// that queries, keys and values may be in one, as htsat knows them.
func rename(tensors map[string]*checkpoint.Tensor, layout Layout) (map[string]*checkpoint.Tensor, error) {
	renamed := make(map[string]*checkpoint.Tensor, len(tensors))
	for name, tensor := range tensors {
		for _, t := range towers[layout] {
			if rest, ok := strings.CutPrefix(name, t[0]); ok {
				name = t[1] + rest
				if t[1] == audioPrefix && layout != HuggingFace {
					name = t[1] + htsat.Rename(rest)
				}
				break
			}
		}
		if _, twice := renamed[name]; twice {
			return nil, fmt.Errorf("clap: there is more than one tensor %s", name)
		}
		renamed[name] = tensor
	}
	return renamed, nil
}
