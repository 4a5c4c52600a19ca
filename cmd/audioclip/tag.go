package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/soundspace/soundspace/audioclip"
	"github.com/soundspace/soundspace/internal/command"
)

func newTagCommand() *cobra.Command {
	var (
		mf              modelFlags
		in              inputFlags
		labels          []string
		labelsFile      string
		templates       []string
		top             int
		asJSON, windows bool
	)
	cmd := &cobra.Command{
		Use:   "tag FILE... --labels LABEL,LABEL...",
		Short: "Say which labels fit recordings",
		Long: `tag prints, for each recording or picture, the labels that fit it best: how
probable each is among the given ones, and its cosine. The model need not have
been trained for the labels, but the probabilities add up to 1 even if none fits:
the cosine tells better whether one does.`,
		Example: `  audioclip tag dog.wav --labels "a dog,a cat,rain"
  audioclip tag -m laion/clap-htsat-unfused dog.wav --labels "a dog,a cat,rain"
  audioclip tag -m laion/clap-htsat-unfused --windows --top 1 day.flac --labels-file birds.txt
  audioclip tag -m openai/clip-vit-base-patch32 photo.jpg -l "a dog,a cat" --template "a photo of {}"`,
		Args: someArgs("file"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := in.check(args, labelsFile); err != nil {
				return err
			}
			list, err := labelList(labels, labelsFile, cmd.InOrStdin())
			if err != nil {
				return err
			}
			if top < 0 {
				return command.UsageError{Err: fmt.Errorf("--top %d: it must not be negative", top)}
			}
			for _, t := range templates {
				if !strings.Contains(t, "{}") {
					return command.UsageError{Err: fmt.Errorf(`--template %q has no "{}" for the label`, t)}
				}
			}
			model, err := mf.open(towersFor(args, in.recursive, true))
			if err != nil {
				return err
			}
			defer model.Close()
			if info := model.Info(); !info.Audio && !info.Image {
				return audioclip.ErrNoAudio
			}
			c, err := model.NewClassifier(cmd.Context(), list, audioclip.ClassifyConfig{Templates: templates})
			if err != nil {
				return err
			}
			e := &embedding{cmd, model, &in}
			failed, err := e.files(args, windows, func(items []item) error {
				for _, it := range items {
					t := newTags(c, it, top)
					if !windows {
						t.Start, t.End = nil, nil
					}
					write := t.print
					if asJSON {
						write = t.printJSON
					}
					if err := write(cmd.OutOrStdout()); err != nil {
						return err
					}
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
	in.defineSound(cmd)
	s := cmd.Flags()
	s.StringSliceVarP(&labels, "labels", "l", nil, "labels, separated by commas (repeatable)")
	s.StringVar(&labelsFile, "labels-file", "", "labels, one in each line of `FILE` (- for standard input)")
	s.StringArrayVar(&templates, "template", nil, `text of a label, which goes in place of "{}" (repeatable; default: the model's)`)
	s.IntVar(&top, "top", 5, "print the best `N` labels (0: all)")
	s.BoolVar(&windows, "windows", false, "tag each window of a recording, with its time")
	s.BoolVar(&asJSON, "json", false, "print a line of JSON for each recording")
	return cmd
}

func labelList(labels []string, file string, stdin io.Reader) ([]string, error) {
	var list []string
	for _, l := range labels {
		if l = strings.TrimSpace(l); l != "" {
			list = append(list, l)
		}
	}
	if file != "" {
		more, err := readLines(file, stdin)
		if err != nil {
			return nil, err
		}
		list = append(list, more...)
	}
	if len(list) == 0 {
		return nil, command.UsageError{Err: errors.New("tag: no labels: use --labels or --labels-file")}
	}
	seen := map[string]bool{}
	for _, l := range list {
		if seen[l] {
			return nil, command.UsageError{Err: fmt.Errorf("tag: label %q is given twice", l)}
		}
		seen[l] = true
	}
	return list, nil
}

// tags are the labels of one recording, the best first.
type tags struct {
	Input string   `json:"input"`
	Start *float64 `json:"start,omitempty"`
	End   *float64 `json:"end,omitempty"`
	Tags  []tag    `json:"tags"`
}

type tag struct {
	Label       string  `json:"label"`
	Probability float32 `json:"probability"`
	Cosine      float32 `json:"cosine"`
}

func newTags(c *audioclip.Classifier, it item, top int) *tags {
	m := audioclip.Matrix{Data: it.vector, Rows: 1, Cols: len(it.vector)}
	p, s := c.Probabilities(m).Row(0), c.Similarity(m).Row(0)
	t := &tags{Input: it.name, Start: &it.start, End: &it.end}
	for i, label := range c.Labels {
		t.Tags = append(t.Tags, tag{label, p[i], s[i]})
	}
	slices.SortStableFunc(t.Tags, func(a, b tag) int {
		switch {
		case a.Cosine > b.Cosine:
			return -1
		case a.Cosine < b.Cosine:
			return 1
		}
		return 0
	})
	if top > 0 {
		t.Tags = t.Tags[:min(top, len(t.Tags))]
	}
	return t
}

func (t *tags) printJSON(w io.Writer) error { return json.NewEncoder(w).Encode(t) }

func (t *tags) print(w io.Writer) error {
	name := t.Input
	if t.Start != nil {
		name = fmt.Sprintf("%s %.2f–%.2f s", name, *t.Start, *t.End)
	}
	if _, err := fmt.Fprintln(w, name); err != nil {
		return err
	}
	for _, tag := range t.Tags {
		if _, err := fmt.Fprintf(w, "  %5.1f %%  %+.3f  %s\n", 100*tag.Probability, tag.Cosine, tag.Label); err != nil {
			return err
		}
	}
	return nil
}
