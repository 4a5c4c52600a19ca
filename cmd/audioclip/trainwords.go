package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/soundspace/soundspace/audioclip/train/words"
	"github.com/soundspace/soundspace/internal/command"
)

func newTrainWordsCommand() *cobra.Command {
	var (
		cfg        words.Config
		out        string
		show       []string
		neighbours int
		quiet      bool
	)
	cmd := &cobra.Command{
		Use:   "train-words -o DIR FILE...",
		Short: "Train vectors of words on captions",
		Long: `train-words trains a vector for each word of captions, by word2vec's skip-gram with
negative sampling, and writes them to a folder: words.txt and model.safetensors.
That folder is a text encoder, in which a text is the mean of its words.

Captions are the columns caption, caption_1 … of CSV files and of tab-separated ones
(.tsv), and the lines of other files. The nearest words of some are printed, to see
whether the vectors make sense. One seed always gives the same vectors.`,
		Example: `  audioclip train-words -o words audiocaps_train.csv sounds.tsv
  audioclip train-words -o words --width 256 --epochs 10 --show puppy,drizzle *.csv`,
		Args: someArgs("file"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if out == "" {
				return command.UsageError{Err: errors.New("train-words: where to? -o DIR is missing")}
			}
			for _, f := range []struct {
				name  string
				value int
			}{{"width", cfg.Width}, {"window", cfg.Window}, {"negatives", cfg.Negatives}, {"min-count", cfg.MinCount}, {"epochs", cfg.Epochs}} {
				if f.value < 1 || f.value > 1<<16 {
					return command.UsageError{Err: fmt.Errorf("train-words: --%s %d: allowed are 1 to %d", f.name, f.value, 1<<16)}
				}
			}
			if !(cfg.Sample > 0) || !(cfg.Rate > 0) {
				return command.UsageError{Err: errors.New("train-words: --sample and --rate must be more than 0")}
			}
			if err := checkOut(out); err != nil {
				return err
			}
			var texts []string
			for _, path := range args {
				more, err := words.ReadTexts(path)
				if err != nil {
					return err
				}
				texts = append(texts, more...)
			}
			if !quiet {
				cfg.Progress = func(p words.Progress) {
					fmt.Fprintf(cmd.ErrOrStderr(), "pass %d of %d: %d pairs, loss %.4f\n", p.Epoch, p.Epochs, p.Pairs, p.Loss)
				}
			}
			table, err := words.Train(cmd.Context(), texts, cfg)
			if err != nil {
				return err
			}
			if err := table.Save(out); err != nil {
				return err
			}
			w := cmd.OutOrStdout()
			fmt.Fprintf(w, "%d words of %d texts, %d values each\n", len(table.Words), len(texts), table.Width)
			for _, word := range show {
				if near := table.Neighbours(word, neighbours); near != nil {
					fmt.Fprintf(w, "%s: %s\n", word, listNeighbours(near))
				}
			}
			return nil
		},
	}
	s := cmd.Flags()
	s.StringVarP(&out, "out", "o", "", "write the vectors into the folder `DIR`")
	s.IntVar(&cfg.Width, "width", 128, "values of a vector")
	s.IntVar(&cfg.Window, "window", 5, "`WORDS` between those of a pair, at most")
	s.IntVar(&cfg.Negatives, "negatives", 5, "noise words for each pair")
	s.IntVar(&cfg.MinCount, "min-count", 5, "leave out words that occur less often")
	s.Float64Var(&cfg.Sample, "sample", 1e-3, "share of the text above which a word is thinned out")
	s.IntVar(&cfg.Epochs, "epochs", 5, "passes over the captions")
	s.Float64Var(&cfg.Rate, "rate", 0.025, "learning rate at first")
	s.Uint64Var(&cfg.Seed, "seed", 0, "seed of all that is drawn at random")
	s.StringSliceVar(&show, "show", []string{"dog", "rain", "engine", "baby", "water", "bell", "helicopter"}, "print the nearest words of these")
	s.IntVar(&neighbours, "neighbours", 8, "how many nearest words")
	s.BoolVarP(&quiet, "quiet", "q", false, "print no progress")
	return cmd
}

func listNeighbours(list []words.Neighbour) string {
	var parts []string
	for _, n := range list {
		parts = append(parts, fmt.Sprintf("%s %.2f", n.Word, n.Cosine))
	}
	return strings.Join(parts, ", ")
}
