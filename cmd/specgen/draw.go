package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/soundspace/soundspace/audio"
	"github.com/soundspace/soundspace/internal/command"
	"github.com/soundspace/soundspace/internal/inputs"
)

// report is what --json prints for each input.
type report struct {
	Input    string    `json:"input"`
	Output   string    `json:"output,omitempty"`
	Error    string    `json:"error,omitempty"`
	Audio    *read     `json:"audio,omitempty"`
	Settings *settings `json:"settings,omitempty"`
	Result   *result   `json:"result,omitempty"`
	Seconds  float64   `json:"seconds"` // spent on this input
}

// read says what the recording is and how much of it was read.
type read struct {
	audioInfo
	SecondsRead float64 `json:"seconds_read"`
}

// settings are those in force, with every default filled in.
type settings struct {
	Kind       string  `json:"kind"`
	SampleRate int     `json:"sample_rate"`
	NFFT       int     `json:"n_fft"`
	Hop        int     `json:"hop"`
	WinLength  int     `json:"win_length"`
	Window     string  `json:"window"`
	Center     bool    `json:"center"`
	Pad        string  `json:"pad,omitempty"`
	Mels       int     `json:"mels,omitempty"`
	MelScale   string  `json:"mel_scale,omitempty"`
	MelNorm    string  `json:"mel_norm,omitempty"`
	FMin       float64 `json:"fmin"`
	FMax       float64 `json:"fmax"`
	Ref        string  `json:"ref"`
	RangeDB    float64 `json:"range_db"`
	Channels   string  `json:"channels"`
}

// result says what was made.
type result struct {
	Format   string `json:"format"`
	Channels int    `json:"channels"`
	Frames   int64  `json:"frames"`
	Bins     int    `json:"bins"`
	// RefPower is the power that reads 0 dB.
	RefPower float64 `json:"ref_power"`
}

// input is one recording to be drawn.
type input struct {
	inputs.Input
	output string
}

func newInputs(args []string, recursive bool) []input {
	var list []input
	for _, in := range inputs.Find(args, recursive) {
		list = append(list, input{Input: in})
	}
	return list
}

// draw works on all inputs, several at a time, and reports on each in the
// order of the command line.
func draw(cmd *cobra.Command, opts *options, args []string) error {
	inputs := newInputs(args, opts.recursive)
	if err := checkOutputs(inputs, opts, args); err != nil {
		return command.UsageError{Err: err}
	}
	done := make([]chan *report, len(inputs))
	for i := range done {
		done[i] = make(chan *report, 1)
	}
	slots := make(chan struct{}, opts.jobs)
	go func() {
		for i, in := range inputs {
			slots <- struct{}{}
			go func() {
				defer func() { <-slots }()
				done[i] <- drawOne(cmd.Context(), opts, in, cmd.InOrStdin(), cmd.OutOrStdout())
			}()
		}
	}()

	failed := false
	messages := cmd.OutOrStdout()
	if opts.output == stdio {
		messages = cmd.ErrOrStderr()
	}
	for _, c := range done {
		r := <-c
		if r == nil {
			continue
		}
		if r.Error != "" {
			failed = true
			fmt.Fprintf(cmd.ErrOrStderr(), "specgen: %s: %s\n", r.Input, r.Error)
		}
		switch {
		case opts.json:
			line, err := json.Marshal(r)
			if err != nil {
				return err
			}
			fmt.Fprintf(messages, "%s\n", line)
		case !opts.quiet && r.Result != nil:
			fmt.Fprintln(messages, r.Output)
		}
	}
	if failed {
		return command.ErrReported
	}
	return cmd.Context().Err()
}

// checkOutputs decides where every output goes and refuses what would lose one.
// It may turn opts.output into a folder.
func checkOutputs(inputs []input, opts *options, args []string) error {
	if len(inputs) > 1 {
		opts.output = folderForMany(opts.output)
	}
	if oneFile(opts.output) && len(inputs) > 1 {
		return fmt.Errorf("--output %s is one file, but there are %d inputs (name a folder, or use {name})", opts.output, len(inputs))
	}
	stdins := 0
	for _, a := range args {
		if a == stdio {
			stdins++
		}
	}
	if stdins > 1 {
		return errors.New("standard input (-) can be read only once")
	}
	return assignOutputs(inputs, opts.output, opts.format)
}

// message is the text of an error in one line, without the name of the file,
// which is printed before it.
func message(path string, err error) string {
	if errors.Is(err, context.Canceled) {
		return "interrupted"
	}
	if pe := (*fs.PathError)(nil); errors.As(err, &pe) && pe.Path == path {
		return pe.Err.Error()
	}
	return strings.NewReplacer("\n", "; ", "\r", "").Replace(strings.TrimPrefix(err.Error(), path+": "))
}

// drawOne draws one input. It returns nil for a file that was found in a folder
// and is no recording, and when all is over.
func drawOne(ctx context.Context, opts *options, in input, stdin io.Reader, stdout io.Writer) *report {
	if ctx.Err() != nil {
		return nil
	}
	begin := time.Now()
	r := &report{Input: in.Path, Output: in.output}
	err := in.Err
	if err == nil {
		err = render(ctx, opts, in, stdin, stdout, r)
	}
	if in.Found && r.Audio == nil && errors.Is(err, audio.ErrFormat) && !inputs.NamedLikeSound(in.Path) {
		return nil
	}
	if err != nil {
		r.Error = message(in.Path, err)
		if r.Result == nil {
			r.Output = ""
		}
	}
	r.Seconds = time.Since(begin).Seconds()
	return r
}
