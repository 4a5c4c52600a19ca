// Package pretrained holds the small model that the command audioclip works with when
// it is given no other. To import it makes a program as much larger as the model is, so
// a program that opens models of its own should not.
//
// model/README.md says what the model is, what it was made of and what it is good for.
package pretrained

import (
	"embed"
	"errors"
	"io/fs"

	"github.com/soundspace/soundspace/audioclip"
)

//go:embed model
var files embed.FS

// ErrMissing is the error of a program that was built without the model's files.
var ErrMissing = errors.New("pretrained: this program was built without a model: there are no weights in audioclip/pretrained/model")

// Open loads the model. Its weights are read where they lie in the program. cfg.Tokenizer
// must be empty.
func Open(cfg audioclip.Config) (*audioclip.Model, error) {
	if _, err := fs.Stat(files, "model/model.safetensors"); err != nil {
		return nil, ErrMissing
	}
	return cfg.OpenFS(files, "model")
}
