package main

import (
	"errors"

	"github.com/spf13/cobra"

	"github.com/soundspace/soundspace/audioclip/train"
	"github.com/soundspace/soundspace/internal/command"
)

func newDistillCommand() *cobra.Command {
	var run runFlags
	var teacher string
	cmd := &cobra.Command{
		Use:   "distill --recipe FILE --teacher MODEL -o DIR",
		Short: "Make a small text encoder of a large one",
		Long: `distill trains the small text encoder of a recipe to give sentences the vectors that
a large one gives them, its teacher: any MODEL that has a text encoder. What comes
out, DIR/model, is a model too, with a text encoder alone; 'audioclip train' adds an
audio encoder.

A run that was interrupted goes on from where it last saved its state, and ends with
the same weights. DIR/curves.png and DIR/history.json show how it learns, DIR/run.json
what it was made of.`,
		Example: `  audioclip distill --recipe recipes/small/recipe.json --data data --teacher all-MiniLM-L6-v2 -o text`,
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if teacher == "" {
				return command.UsageError{Err: errors.New("distill: no teacher: --teacher MODEL is missing")}
			}
			recipe, cfg, err := run.open(cmd)
			if err != nil {
				return err
			}
			if cfg.Teacher, err = modelPath(teacher); err != nil {
				return err
			}
			return goesOn(train.Distill(cmd.Context(), recipe, cfg.Config))
		},
	}
	run.define(cmd)
	cmd.Flags().StringVar(&teacher, "teacher", "", "`MODEL` with the text encoder to learn from")
	return cmd
}
