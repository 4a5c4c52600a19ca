//go:build unix

// Package clap makes a model to measure.
package clap

import (
	_ "embed"

	"github.com/soundspace/soundspace/bench/internal/venv"
)

//go:embed clap.py
var script string

// Make has transformers write a CLAP of full size (HTSAT-tiny and RoBERTa-base, 0.6 GB)
// with random weights into a folder.
func Make(v venv.Venv, folder string) error {
	return venv.Run(v.Python(), "-B", "-c", script, folder)
}
