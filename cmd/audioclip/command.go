package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"

	"github.com/spf13/cobra"

	"github.com/soundspace/soundspace/internal/command"
)

// run is the whole command: it returns the exit status.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	return command.Run(ctx, newCommand(), args, stdin, stdout, stderr, oneLine)
}

// oneLine is the text of an error in one line, without which package said it.
func oneLine(err error) string {
	return strings.NewReplacer("\n", "; ", "\r", "", "audioclip: ", "", "index: ", "").Replace(err.Error())
}

// message is the text of an error of a file, whose name is printed before it.
func message(path string, err error) string {
	if pe := (*fs.PathError)(nil); errors.As(err, &pe) && pe.Path == path {
		return pe.Err.Error()
	}
	return strings.TrimPrefix(oneLine(err), path+": ")
}

func newCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "audioclip",
		Short: "Sounds and words in one space",
		Long: `audioclip puts sounds, texts and pictures into one space, where what belongs
together lies close. A small model ships with it, which is used unless another is named.

A MODEL is a folder with a model's files, a checkpoint file with its settings and
tokenizer beside it, or the OWNER/NAME[@REVISION][/FILE] of a model that 'audioclip
pull' or Python's huggingface_hub has fetched. It may also be given once and for
all as $AUDIOCLIP_MODEL.

The status is 0 if all went well, 1 if something failed (other files are done
nevertheless), and 2 for a command line that makes no sense.`,
		Example: `  audioclip tag dog.wav --labels "a dog,a cat,rain"
  audioclip index ~/Sounds
  audioclip search a dog barking
  audioclip pull laion/clap-htsat-unfused
  audioclip tag -m laion/clap-htsat-unfused dog.wav --labels "a dog,a cat,rain"
  audioclip embed -m laion/clap-htsat-unfused -o vectors.npy *.wav
  audioclip similarity -m laion/clap-htsat-unfused *.wav --text "a dog barking"
  audioclip inspect laion/clap-htsat-unfused`,
	}
	cmd.AddCommand(newEmbedCommand(), newTagCommand(), newSimilarityCommand(), newInspectCommand(), newPullCommand(), newIndexCommand(), newSearchCommand(), newTrainWordsCommand(), newTrainCommand(), newDistillCommand(), newEvalCommand(), newServeCommand())
	return cmd
}

// someArgs refuses a command line without arguments.
func someArgs(what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) == 0 {
			return command.UsageError{Err: fmt.Errorf("%s: no %s", cmd.Name(), what)}
		}
		return nil
	}
}
