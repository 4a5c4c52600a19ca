package msclap

import (
	"strings"

	"github.com/soundspace/soundspace/audioclip/internal/htsat"
	"github.com/soundspace/soundspace/internal/checkpoint"
)

// Parts of a model.
const (
	audioBase       = "audio_encoder.base."
	htsatBase       = audioBase + "htsat."
	audioProjection = "audio_encoder.projection."
	textBase        = "caption_encoder.base."
	textProjection  = "caption_encoder.projection."
	logitScale      = "logit_scale"
)

// VersionOf tells by the names of a checkpoint's tensors which version of MS-CLAP it
// is, 2022 or 2023, or 0 if it is none. The names are those that params.Unwrap gives.
func VersionOf(tensors map[string]*checkpoint.Tensor) int {
	for name := range tensors {
		switch name {
		case audioBase + "conv_block1.conv1.weight":
			return 2022
		case htsatBase + "patch_embed.proj.weight":
			return 2023
		}
	}
	return 0
}

// rename returns the tensors of a checkpoint under the names by which the parts of
// the model are known here: as the original's, but for HTSAT.
func rename(tensors map[string]*checkpoint.Tensor) map[string]*checkpoint.Tensor {
	renamed := make(map[string]*checkpoint.Tensor, len(tensors))
	for name, tensor := range tensors {
		if rest, ok := strings.CutPrefix(name, htsatBase); ok {
			name = htsatBase + htsat.Rename(rest)
		}
		renamed[name] = tensor
	}
	return renamed
}
