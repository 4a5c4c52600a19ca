package htsat

import "strings"

// renamed are parts of names in the original implementation that transformers
// names otherwise.
var renamed = strings.NewReplacer(
	"bn0.", "batch_norm.",
	".norm1.", ".layernorm_before.",
	".norm2.", ".layernorm_after.",
	".attn.proj.", ".attention.output.dense.",
	".attn.", ".attention.self.",
	".mlp.fc1.", ".intermediate.dense.",
	".mlp.fc2.", ".output.dense.",
)

// Rename returns the name that New knows a tensor of the original implementation,
// HTSAT_Swin_Transformer, by.
func Rename(name string) string { return renamed.Replace(name) }

// heads are parts of the original that encode nothing: the front end and what
// classifies sounds.
var heads = []string{"spectrogram_extractor.*", "logmel_extractor.*", "tscam_conv.*", "head.*"}
