package main

import (
	"errors"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/soundspace/soundspace/audioclip/train"
	"github.com/soundspace/soundspace/internal/command"
)

func newTrainCommand() *cobra.Command {
	var run runFlags
	var text, sounds, teacher, tagger string
	cmd := &cobra.Command{
		Use:   "train --recipe FILE [--text MODEL | --teacher MODEL] [--audio MODEL] [--tagger DIR] -o DIR",
		Short: "Train encoders of sounds and texts into one space",
		Long: `train trains encoders so that sounds come to lie where the texts lie that say what
they are. A recipe, a JSON file, says how; its keys are described in the documentation
of package audioclip/train. Either side may be there already:

--text MODEL     Sounds come to lie where that model places texts: CLIP, CLAP, a
                 sentence encoder, or one that 'audioclip distill' or 'audioclip
                 train-words' has made. One of ours is trained further if the recipe
                 says train_text, any other stays as it is.
--teacher MODEL  The text encoder of the recipe is made first, with MODEL as its
                 teacher, in DIR/text. Unless it is trained further, sounds come to lie
                 where the teacher itself places texts.
neither          The text encoder of the recipe begins with random weights.
--audio MODEL    Sounds lie where that model places them. One of ours is trained
                 further unless the recipe says otherwise, any other stays as it is.
                 Without, the audio encoder of the recipe begins with random weights.
--tagger DIR     A recipe with tags also learns from what YAMNet hears in the sounds;
                 DIR is the folder of its SavedModel.

What comes out, DIR/model, is a model for all other commands. If one of its sides is
another model, it needs that one where it is.

Sources that are not trained on serve for validation; DIR/held_out.tsv and
DIR/unseen.tsv list them, for 'audioclip eval'. DIR/curves.png and DIR/history.json
show how it learns, DIR/run.json what it was made of. A run that was interrupted goes
on from where it last saved its state, and ends with the same weights.`,
		Example: `  audioclip train --recipe recipes/small/recipe.json --data data --teacher all-MiniLM-L6-v2 --tagger yamnet -o small
  audioclip train --recipe mine.json --text laion/clap-htsat-unfused -o mine`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			if text != "" && teacher != "" {
				return command.UsageError{Err: errors.New("train: both --text and --teacher are given")}
			}
			recipe, cfg, err := run.open(cmd)
			if err != nil {
				return err
			}
			for _, m := range []struct {
				dst  *string
				name string
			}{{&cfg.Text, text}, {&cfg.Audio, sounds}, {&cfg.Teacher, teacher}} {
				if m.name == "" {
					continue
				}
				if *m.dst, err = modelPath(m.name); err != nil {
					return err
				}
			}
			cfg.Tagger = tagger
			if teacher != "" {
				first := cfg.in(filepath.Join(run.out, "text"))
				if err := goesOn(train.Distill(cmd.Context(), recipe, first.Config)); err != nil {
					return err
				}
				cfg.Text = filepath.Join(first.Dir, "model")
			}
			return goesOn(train.Align(cmd.Context(), recipe, cfg.Config))
		},
	}
	run.define(cmd)
	cmd.Flags().StringVar(&text, "text", "", "`MODEL` whose text encoder is there already")
	cmd.Flags().StringVar(&sounds, "audio", "", "`MODEL` whose audio encoder is there already")
	cmd.Flags().StringVar(&teacher, "teacher", "", "`MODEL` with the text encoder to make a small one of")
	cmd.Flags().StringVar(&tagger, "tagger", "", "`DIR` with YAMNet, whose tags are learnt too")
	return cmd
}
