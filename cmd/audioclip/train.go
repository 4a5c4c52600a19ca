package main

import (
	"errors"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/soundspace/soundspace/audioclip"
	"github.com/soundspace/soundspace/audioclip/train"
	"github.com/soundspace/soundspace/internal/command"
)

func newTrainCommand() *cobra.Command {
	var run runFlags
	var teacher modelFlags
	var text string
	cmd := &cobra.Command{
		Use:   "train --recipe FILE (--text MODEL | --teacher MODEL) -o DIR",
		Short: "Train an audio encoder into the space of a text encoder",
		Long: `train trains the audio encoder of a recipe so that sounds come to lie where the text
encoder of a MODEL places what is said of them: that of CLIP or CLAP, of a sentence
encoder, or a small one that 'audioclip distill' has made. With --teacher the small
text encoder of the recipe is made first, in DIR/text.

What comes out, DIR/model, is a model for all other commands. If its texts are those
of another model, it needs that one where it is.

Sources that are not trained on serve for validation; DIR/held_out.tsv and
DIR/unseen.tsv list them, for 'audioclip eval'. DIR/curves.png shows how it learns.
A run that was interrupted goes on from where it last saved its state, and ends with
the same weights.`,
		Example: `  audioclip train --recipe recipes/small/recipe.json --data data --teacher all-MiniLM-L6-v2 -o small
  audioclip train --recipe mine.json --text laion/clap-htsat-unfused -o mine`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if (text == "") == (teacher.model == "") {
				return command.UsageError{Err: errors.New("train: one of --text and --teacher is needed")}
			}
			recipe, err := train.ReadRecipe(run.recipe, run.data)
			if err != nil {
				return err
			}
			cfg := run.config(cmd.ErrOrStderr())
			if text != "" {
				if text, err = modelPath(text); err != nil {
					return err
				}
				return train.Align(cmd.Context(), recipe, text, cfg)
			}
			teacher.threads = run.threads
			model, err := teacher.open(audioclip.Text)
			if err != nil {
				return err
			}
			defer model.Close()
			first := run
			first.out, first.cache = filepath.Join(run.out, "text"), cfg.Cache
			if err := train.Distill(cmd.Context(), recipe, model, first.config(cmd.ErrOrStderr())); err != nil {
				return err
			}
			return train.Align(cmd.Context(), recipe, filepath.Join(first.out, "model"), cfg)
		},
	}
	run.define(cmd)
	teacher.weights = "stored"
	cmd.Flags().StringVar(&text, "text", "", "`MODEL` whose text encoder is there already")
	cmd.Flags().StringVar(&teacher.model, "teacher", "", "`MODEL` with the text encoder to make a small one of")
	return cmd
}
