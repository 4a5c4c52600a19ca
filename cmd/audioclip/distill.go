package main

import (
	"github.com/spf13/cobra"

	"github.com/soundspace/soundspace/audioclip"
	"github.com/soundspace/soundspace/audioclip/train"
)

func newDistillCommand() *cobra.Command {
	var run runFlags
	var teacher modelFlags
	cmd := &cobra.Command{
		Use:   "distill --recipe FILE --teacher MODEL -o DIR",
		Short: "Make a small text encoder of a large one",
		Long: `distill trains the small text encoder of a recipe to give sentences the vectors that
a large one gives them, its teacher: any MODEL that has a text encoder. What comes
out, DIR/model, is a model too, with a text encoder alone; 'audioclip train' adds an
audio encoder.

A run that was interrupted goes on from where it last saved its state, and ends with
the same weights. DIR/curves.png shows how it learns.`,
		Example: `  audioclip distill --recipe recipes/small/recipe.json --data data --teacher all-MiniLM-L6-v2 -o text`,
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			recipe, err := train.ReadRecipe(run.recipe, run.data)
			if err != nil {
				return err
			}
			teacher.threads = run.threads
			model, err := teacher.open(audioclip.Text)
			if err != nil {
				return err
			}
			defer model.Close()
			return train.Distill(cmd.Context(), recipe, model, run.config(cmd.ErrOrStderr()))
		},
	}
	run.define(cmd)
	teacher.weights = "stored"
	cmd.Flags().StringVar(&teacher.model, "teacher", "", "`MODEL` with the text encoder to learn from")
	cmd.MarkFlagRequired("teacher")
	return cmd
}
