package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/soundspace/soundspace/audio"
	"github.com/soundspace/soundspace/internal/command"
)

// audioInfo is audio.Info as JSON.
type audioInfo struct {
	Format     string   `json:"format"`
	Codec      string   `json:"codec"`
	SampleRate int      `json:"sample_rate"`
	Channels   int      `json:"channels"`
	BitDepth   int      `json:"bit_depth,omitempty"`
	Frames     *int64   `json:"frames"` // null: the headers do not tell
	Duration   *float64 `json:"duration"`
	Decoder    string   `json:"decoder"`
}

func newAudioInfo(i audio.Info) audioInfo {
	a := audioInfo{Format: i.Format, Codec: i.Codec, SampleRate: i.SampleRate, Channels: i.Channels, BitDepth: i.BitDepth, Decoder: i.Decoder}
	if i.Frames >= 0 {
		seconds := float64(i.Frames) / float64(i.SampleRate)
		a.Frames, a.Duration = &i.Frames, &seconds
	}
	return a
}

func newInfoCommand() *cobra.Command {
	var asJSON, noFFmpeg bool
	cmd := &cobra.Command{
		Use:   "info FILE...",
		Short: "Say what recordings are",
		Long:  "info prints format, codec, sample rate, channels and duration of recordings, from\ntheir headers. FILE may be - for standard input.",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return command.UsageError{Err: errors.New("info: no file")}
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			failed := false
			for _, path := range args {
				info, err := stat(path, cmd.InOrStdin(), audio.Config{NoFFmpeg: noFFmpeg})
				if err != nil {
					failed = true
					fmt.Fprintf(cmd.ErrOrStderr(), "specgen: %s: %s\n", path, message(path, err))
					continue
				}
				if err := printInfo(cmd.OutOrStdout(), path, info, asJSON); err != nil {
					return err
				}
			}
			if failed {
				return command.ErrReported
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print a line of JSON for each file")
	cmd.Flags().BoolVar(&noFFmpeg, "no-ffmpeg", false, "never run ffmpeg")
	return cmd
}

func stat(path string, stdin io.Reader, cfg audio.Config) (audio.Info, error) {
	if path != stdio {
		return audio.Stat(path, cfg)
	}
	d, err := audio.NewDecoder(stdin, cfg)
	if err != nil {
		return audio.Info{}, err
	}
	defer d.Close()
	return d.Info(), nil
}

func printInfo(w io.Writer, path string, info audio.Info, asJSON bool) error {
	if asJSON {
		line, err := json.Marshal(struct {
			Input string `json:"input"`
			audioInfo
		}{path, newAudioInfo(info)})
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(w, "%s\n", line)
		return err
	}
	depth := ""
	if info.BitDepth > 0 {
		depth = fmt.Sprintf(", %d bit", info.BitDepth)
	}
	duration := "unknown"
	if d := info.Duration(); d >= 0 {
		duration = fmt.Sprintf("%v (%d frames)", d.Round(time.Millisecond), info.Frames)
	}
	_, err := fmt.Fprintf(w, "%s\n  format       %s (%s%s)\n  sample rate  %d Hz\n  channels     %d\n  duration     %s\n  decoder      %s\n",
		path, info.Format, info.Codec, depth, info.SampleRate, info.Channels, duration, info.Decoder)
	return err
}
