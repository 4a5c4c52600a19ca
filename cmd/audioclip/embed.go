package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/soundspace/soundspace/internal/aside"
	"github.com/soundspace/soundspace/internal/command"
	"github.com/soundspace/soundspace/internal/npy"
)

func newEmbedCommand() *cobra.Command {
	var (
		mf      modelFlags
		in      inputFlags
		output  string
		format  string
		windows bool
	)
	cmd := &cobra.Command{
		Use:   "embed [FILE...] [--text TEXT]",
		Short: "Turn recordings, texts and pictures into vectors",
		Long: `embed writes the embedding of each recording, picture (PNG, JPEG, GIF) and text,
a vector of unit length: as lines of JSON, or as rows of a NumPy array in the
order of the files and then the texts. Files that fail are reported, and have no
line or row.`,
		Example: `  audioclip embed dog.wav rain.mp3 > vectors.jsonl
  audioclip embed -m laion/clap-htsat-unfused -o vectors.npy -r sounds/
  audioclip embed -m laion/clap-htsat-unfused --windows concert.flac
  audioclip embed -m laion/clap-htsat-unfused --text "a dog barking" --text "rain"`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 && len(in.texts) == 0 && in.textFile == "" {
				return command.UsageError{Err: errors.New("embed: no file and no --text")}
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if format == "" {
				format = "json"
				if strings.EqualFold(filepath.Ext(output), ".npy") {
					format = "npy"
				}
			}
			if format != "json" && format != "npy" {
				return command.UsageError{Err: fmt.Errorf("--format %s: allowed are json and npy", format)}
			}
			if err := in.check(args, in.textFile); err != nil {
				return err
			}
			texts, err := in.lines(cmd.InOrStdin())
			if err != nil {
				return err
			}
			model, err := mf.open(towersFor(args, in.recursive, len(texts) > 0))
			if err != nil {
				return err
			}
			defer model.Close()
			e := &embedding{cmd, model, &in}
			failed := false
			err = aside.Write(output, cmd.OutOrStdout(), func(w io.Writer) error {
				write := func(items []item) error { return writeJSON(w, items, windows) }
				var all []item
				if format == "npy" {
					write = func(items []item) error {
						all = append(all, items...)
						return nil
					}
				}
				var err error
				if failed, err = e.files(args, windows, write); err != nil {
					return err
				}
				if len(texts) > 0 {
					items, err := e.texts(texts)
					if err != nil {
						return err
					}
					if err := write(items); err != nil {
						return err
					}
				}
				if format == "npy" {
					return writeNPY(w, all, model.Info().Dim)
				}
				return nil
			})
			if err == nil && failed {
				err = command.ErrReported
			}
			return err
		},
	}
	mf.define(cmd)
	in.define(cmd)
	s := cmd.Flags()
	s.StringVarP(&output, "output", "o", aside.Stdio, "to `PATH` (- for standard output)")
	s.StringVar(&format, "format", "", "json or npy (default: by the ending of the output)")
	s.BoolVar(&windows, "windows", false, "a vector for each window of a recording, with its time")
	return cmd
}

// writeJSON writes a line for each item.
func writeJSON(w io.Writer, items []item, windows bool) error {
	for _, it := range items {
		line := struct {
			Input  string    `json:"input"`
			Start  *float64  `json:"start,omitempty"`
			End    *float64  `json:"end,omitempty"`
			Vector []float32 `json:"vector"`
		}{Input: it.name, Vector: it.vector}
		if windows && it.end > 0 {
			line.Start, line.End = &it.start, &it.end
		}
		data, err := json.Marshal(line)
		if err != nil {
			return err
		}
		if _, err := fmt.Fprintf(w, "%s\n", data); err != nil {
			return err
		}
	}
	return nil
}

func writeNPY(w io.Writer, items []item, dim int) error {
	values := make([]float32, 0, len(items)*dim)
	for _, it := range items {
		values = append(values, it.vector...)
	}
	return npy.Write(w, values, len(items), dim)
}
