package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/soundspace/soundspace/audioclip"
	"github.com/soundspace/soundspace/internal/command"
)

// modelInfo is audioclip.Info as JSON.
type modelInfo struct {
	Model         string       `json:"model"`
	Family        string       `json:"family"`
	Dim           int          `json:"dim"`
	Parameters    int64        `json:"parameters"`
	Scale         float64      `json:"scale,omitempty"`
	Template      string       `json:"template,omitempty"`
	Encoders      []string     `json:"encoders"`
	SampleRate    int          `json:"sample_rate,omitempty"`
	Window        float64      `json:"window_seconds,omitempty"`
	Longest       float64      `json:"longest_seconds,omitempty"`
	ContextLength int          `json:"context_length,omitempty"`
	Settings      []setting    `json:"settings"`
	Files         []string     `json:"files"`
	Tensors       []tensorInfo `json:"tensors,omitempty"`
}

type setting struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

type tensorInfo struct {
	Name  string `json:"name"`
	DType string `json:"dtype"`
	Shape []int  `json:"shape"`
}

func newInspectCommand() *cobra.Command {
	var asJSON, tensors bool
	cmd := &cobra.Command{
		Use:   "inspect [MODEL]",
		Short: "Say what a model is",
		Long: `inspect loads a model ($AUDIOCLIP_MODEL or else the one that ships, if none is named),
which checks every tensor's name and shape, and prints what it is: its family, encoders,
settings, front end, parameters and, with --tensors, each tensor of its files.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			f := modelFlags{model: os.Getenv(modelVariable), weights: "stored", threads: 1}
			switch len(args) {
			case 0:
			case 1:
				f.model = args[0]
			default:
				return command.UsageError{Err: fmt.Errorf("inspect: %d models, but one at a time is inspected", len(args))}
			}
			model, err := f.open(0)
			if errors.Is(err, audioclip.ErrNoTokenizer) {
				// Without its tokenizer, the rest of a model can be looked at.
				rest, failed := f.open(audioclip.Audio | audioclip.Image)
				if failed == nil {
					fmt.Fprintf(cmd.ErrOrStderr(), "audioclip: warning: without the text encoder: %s\n", oneLine(err))
					model, err = rest, nil
				}
			}
			if err != nil {
				return err
			}
			defer model.Close()
			info := newModelInfo(f.name(), model.Info(), tensors)
			if asJSON {
				e := json.NewEncoder(cmd.OutOrStdout())
				e.SetIndent("", "  ")
				return e.Encode(info)
			}
			return info.print(cmd.OutOrStdout())
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	cmd.Flags().BoolVar(&tensors, "tensors", false, "list the tensors")
	return cmd
}

func newModelInfo(name string, i audioclip.Info, tensors bool) *modelInfo {
	m := &modelInfo{Model: name, Family: i.Family, Dim: i.Dim, Scale: i.Scale, Template: i.Template, SampleRate: i.SampleRate, ContextLength: i.ContextLength, Files: i.Files}
	if i.Audio {
		m.Encoders = append(m.Encoders, "audio")
		m.Window = float64(i.WindowSamples) / float64(i.SampleRate)
		m.Longest = float64(i.LongestSamples) / float64(i.SampleRate)
	}
	if i.Text {
		m.Encoders = append(m.Encoders, "text")
	}
	if i.Image {
		m.Encoders = append(m.Encoders, "image")
	}
	for _, s := range i.Settings {
		m.Settings = append(m.Settings, setting(s))
	}
	for _, t := range i.Tensors {
		n := int64(1)
		for _, d := range t.Shape {
			n *= int64(d)
		}
		m.Parameters += n
		if tensors {
			m.Tensors = append(m.Tensors, tensorInfo(t))
		}
	}
	return m
}

func (m *modelInfo) print(out io.Writer) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	row := func(name, format string, args ...any) { fmt.Fprintf(w, name+"\t"+format+"\n", args...) }
	row("model", "%s", m.Model)
	row("family", "%s", m.Family)
	row("encoders", "%s", strings.Join(m.Encoders, ", "))
	row("embedding", "%d values", m.Dim)
	row("parameters", "%.3g million, in %s", float64(m.Parameters)/1e6, strings.Join(m.Files, ", "))
	if m.SampleRate > 0 {
		row("audio", "%d Hz, windows of %g s, up to %g s at once", m.SampleRate, m.Window, m.Longest)
	}
	if m.ContextLength > 0 {
		row("text", "up to %d tokens", m.ContextLength)
	}
	if m.Template != "" {
		row("template", "%s", m.Template)
	}
	if m.Scale > 0 {
		row("scale", "%.6g", m.Scale)
	}
	for _, s := range m.Settings {
		row(s.Name, "%s", s.Value)
	}
	for _, t := range m.Tensors {
		row("tensor "+t.Name, "%s %v", t.DType, t.Shape)
	}
	return w.Flush()
}
