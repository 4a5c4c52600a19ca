// Package pretrained holds the small model that the command audioclip works with when
// it is given no other. To import it makes a program as much larger as the model is, so
// a program that opens models of its own should not.
//
// model/README.md says what the model is, what it was made of and what it is good for.
package pretrained

import (
	"embed"

	"github.com/soundspace/soundspace/audioclip"
)

//go:embed model
var files embed.FS

// Open loads the model. Its weights are read where they lie in the program. cfg.Tokenizer
// must be empty.
func Open(cfg audioclip.Config) (*audioclip.Model, error) {
	return cfg.OpenFS(files, "model")
}
