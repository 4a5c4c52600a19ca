package train

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/soundspace/soundspace/audioclip/internal/soundnet"
	"github.com/soundspace/soundspace/audioclip/train/words"
	"github.com/soundspace/soundspace/internal/aside"
	"github.com/soundspace/soundspace/internal/checkpoint"
	"github.com/soundspace/soundspace/internal/nn/autodiff"
)

// writeModel writes the folder of a model, which audioclip.Open opens: its weights as
// binary16 (but the statistics of normalisations and single numbers, as they are), its
// config.json, and what text writes beside them (nil: nothing).
func writeModel(dir string, config soundnet.Model, params []*autodiff.Param, metadata map[string]string, text func(dir string) error) error {
	if err := writeJSON(filepath.Join(dir, "config.json"), config); err != nil {
		return err
	}
	if text != nil {
		if err := text(dir); err != nil {
			return err
		}
	}
	tensors := make([]*checkpoint.Tensor, len(params))
	for i, p := range params {
		if len(p.Shape) > 1 {
			tensors[i] = checkpoint.Float16FromFloats(p.Name, p.Shape, p.Data)
		} else {
			tensors[i] = checkpoint.FromFloats(p.Name, p.Shape, p.Data)
		}
	}
	return aside.Write(filepath.Join(dir, weightsName), nil, func(w io.Writer) error {
		return checkpoint.WriteSafetensors(w, tensors, metadata)
	})
}

// weightsName is the file of a model's weights.
const weightsName = "model.safetensors"

// textFiles are those that a text encoder may have beside its weights.
var textFiles = []string{"vocab.json", "merges.txt", "tokenizer_config.json", "tokenizer.json", "special_tokens_map.json", words.VocabularyFile}

// copyText copies the files of a text encoder that are there.
func copyText(to, from string) error {
	for _, name := range textFiles {
		data, err := os.ReadFile(filepath.Join(from, name))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return err
		}
		if err := writeFile(filepath.Join(to, name), data); err != nil {
			return err
		}
	}
	return nil
}
