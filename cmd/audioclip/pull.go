package main

import (
	"fmt"
	"io"

	"github.com/schollz/progressbar/v3"
	"github.com/spf13/cobra"

	"github.com/soundspace/soundspace/audioclip/hub"
	"github.com/soundspace/soundspace/internal/command"
)

func newPullCommand() *cobra.Command {
	var client hub.Client
	var quiet bool
	var names []string
	cmd := &cobra.Command{
		Use:   "pull OWNER/NAME[@REVISION]...",
		Short: "Fetch models from the Hugging Face hub",
		Long: `pull fetches models from the Hugging Face hub into the cache that huggingface_hub
(Python) uses too, and prints the folder of each. What an interrupted pull left is
continued; contents are checked against the hub's checksums.

Of a model's files it takes settings, tokenizer and the weights in one format,
safetensors if there are any.

HF_ENDPOINT, HF_TOKEN, HF_HOME and HF_HUB_CACHE mean what they mean there.`,
		Args: someArgs("model"),
		RunE: func(cmd *cobra.Command, args []string) error {
			for _, arg := range args {
				id, rev, err := hub.ParseID(arg)
				if err != nil {
					return command.UsageError{Err: err}
				}
				bars := &bars{out: cmd.ErrOrStderr(), quiet: quiet}
				client.Progress = bars.report
				dir, err := client.Pull(cmd.Context(), id, rev, names...)
				bars.end()
				if err != nil {
					return fmt.Errorf("%s: %w", arg, err)
				}
				fmt.Fprintln(cmd.OutOrStdout(), dir)
			}
			return nil
		},
	}
	s := cmd.Flags()
	s.StringVar(&client.Endpoint, "endpoint", "", "address of the hub or a mirror (default: $HF_ENDPOINT, or "+hub.DefaultEndpoint+")")
	s.StringVar(&client.Cache, "cache", "", "folder of the cache (default: as huggingface_hub)")
	s.StringArrayVar(&names, "file", nil, "fetch this `FILE` of the model (repeatable)")
	s.BoolVarP(&quiet, "quiet", "q", false, "no progress bar")
	return cmd
}

// bars shows a progress bar for each file, if there is a terminal to show it on.
type bars struct {
	out   io.Writer
	quiet bool
	file  string
	bar   *progressbar.ProgressBar
}

func (b *bars) report(file string, done, total int64) {
	if b.quiet {
		return
	}
	if file != b.file {
		b.end()
		b.file, b.bar = file, newBar(b.out, file, total, progressbar.OptionShowBytes(true), progressbar.OptionShowCount())
	}
	if b.bar != nil {
		b.bar.Set64(done)
	}
}

func (b *bars) end() {
	if b.bar != nil {
		fmt.Fprintln(b.out)
		b.bar = nil
	}
}
