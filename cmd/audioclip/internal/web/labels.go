package web

import (
	_ "embed"
	"strings"
)

//go:embed labels.txt
var labelsText string

// DefaultLabels returns everyday sounds, in words that the models know.
func DefaultLabels() []string { return strings.Split(strings.TrimSpace(labelsText), "\n") }
