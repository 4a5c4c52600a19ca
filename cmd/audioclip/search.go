package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/soundspace/soundspace/audioclip"
	"github.com/soundspace/soundspace/audioclip/index"
	"github.com/soundspace/soundspace/internal/command"
	"github.com/soundspace/soundspace/internal/inputs"
)

// searchFlags say what is looked for.
type searchFlags struct {
	and, not, like           []string
	k                        int
	minScore                 float32
	path                     string
	minDuration, maxDuration time.Duration
	windows, noFFmpeg        bool
}

func newSearchCommand() *cobra.Command {
	var (
		mf     modelFlags
		sf     storeFlags
		f      searchFlags
		asJSON bool
	)
	cmd := &cobra.Command{
		Use:   "search [QUERY...]",
		Short: "Find recordings by words, or by what they sound like",
		Long: `search prints the recordings in the index that fit the words of QUERY best, those
that sound like a recording (--like), or both: the score (the cosine of query and
recording), when in the recording it is, and its path. It goes through all recordings;
none that is better is missed.

It says so if nothing fits the words well: the cosine of the best one is then not far
above those of 150 other descriptions of sounds. Scores of different models cannot be
compared.`,
		Example: `  audioclip search a dog barking
  audioclip search "a dog barking" --not "a wolf" -k 20
  audioclip search --like crow.flac
  audioclip search rain --like street.wav --path "*.flac" --min-duration 1m`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(f.like) == 0 && strings.TrimSpace(strings.Join(append(args, f.and...), "")) == "" {
				return command.UsageError{Err: errors.New("search: nothing to look for: neither words nor --like")}
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := sf.check(cmd); err != nil {
				return err
			}
			switch {
			case f.k < 1:
				return command.UsageError{Err: fmt.Errorf("-k %d: it must be positive", f.k)}
			case math.IsNaN(float64(f.minScore)):
				return command.UsageError{Err: errors.New("--min-score: it must be a number")}
			case f.minDuration < 0 || f.maxDuration < 0:
				return command.UsageError{Err: errors.New("--min-duration and --max-duration must not be negative")}
			}
			if _, err := (index.Query{Path: f.path}).Filter(); err != nil {
				return command.UsageError{Err: fmt.Errorf("--path: %w", err)}
			}
			model, store, err := sf.openSearch(cmd.Context(), &mf)
			if err != nil {
				return err
			}
			defer model.Close()
			defer store.Close()
			s := &searching{cmd, model, store, &f, mf.threads}
			result, err := s.run(args)
			if err != nil {
				return sf.advise(err)
			}
			if asJSON {
				return json.NewEncoder(cmd.OutOrStdout()).Encode(result)
			}
			return result.print(cmd.OutOrStdout(), cmd.ErrOrStderr())
		},
	}
	mf.define(cmd)
	sf.define(cmd)
	s := cmd.Flags()
	s.StringArrayVar(&f.and, "and", nil, "look for this `TEXT` as well (repeatable)")
	s.StringArrayVar(&f.not, "not", nil, "look for what is less like this `TEXT` (repeatable)")
	s.StringArrayVar(&f.like, "like", nil, "look for what sounds like the recording in `FILE` (repeatable; - for standard input)")
	s.IntVarP(&f.k, "k", "k", 10, "print the best `N`")
	s.Float32Var(&f.minScore, "min-score", 0, "leave out what has a lower score")
	s.StringVar(&f.path, "path", "", "only recordings with `TEXT` in their paths, or, if there is one of *?[ in it, whose names are of that pattern")
	s.DurationVar(&f.minDuration, "min-duration", 0, "only recordings that are at least so long, such as 1m30s")
	s.DurationVar(&f.maxDuration, "max-duration", 0, "only recordings that are at most so long")
	s.BoolVar(&f.windows, "windows", false, "print each place in a recording that fits, not only the best one")
	s.BoolVar(&f.noFFmpeg, "no-ffmpeg", false, "never run ffmpeg")
	s.BoolVar(&asJSON, "json", false, "print the result as JSON")
	return cmd
}

// searching is one search.
type searching struct {
	cmd     *cobra.Command
	model   *audioclip.Model
	store   index.Store
	flags   *searchFlags
	threads int
}

func (s *searching) run(args []string) (*result, error) {
	ctx := s.cmd.Context()
	var wanted []index.Term // texts
	for _, text := range append([]string{strings.Join(args, " ")}, s.flags.and...) {
		if text = strings.TrimSpace(text); text != "" {
			wanted = append(wanted, index.Term{Text: text})
		}
	}
	terms := slices.Clone(wanted)
	for _, text := range s.flags.not {
		terms = append(terms, index.Term{Text: text, Weight: -1})
	}
	e := &embedding{s.cmd, s.model, &inputFlags{noFFmpeg: s.flags.noFFmpeg}}
	var like []string
	for _, name := range s.flags.like {
		items, err := e.file(inputs.Input{Path: name}, false)
		if err != nil {
			return nil, fmt.Errorf("%s: %s", name, message(name, err))
		}
		terms = append(terms, index.Term{Vector: items[0].vector})
		if path, err := filepath.Abs(name); err == nil {
			like = append(like, path)
		}
	}
	vector, err := index.Compose(ctx, s.model, terms...)
	if err != nil {
		return nil, err
	}
	hits, err := s.search(ctx, vector, like)
	if err != nil {
		return nil, err
	}
	r := &result{Hits: []resultHit{}}
	for _, h := range hits {
		r.Hits = append(r.Hits, resultHit{h.Path, h.Start.Seconds(), h.End.Seconds(), h.Score, h.Duration.Seconds()})
	}
	if len(wanted) > 0 && len(hits) > 0 {
		if r.Fit, err = s.judge(ctx, wanted, hits[0]); err != nil {
			return nil, err
		}
	}
	return r, nil
}

// search returns hits, without the recordings that are to be alike: these are most like
// themselves.
func (s *searching) search(ctx context.Context, vector []float32, like []string) ([]index.Hit, error) {
	for k := s.flags.k + len(like); ; k *= 2 {
		hits, err := s.store.Search(ctx, index.Query{
			Vector: vector, K: k, MinScore: s.flags.minScore, Path: s.flags.path,
			MinDuration: s.flags.minDuration, MaxDuration: s.flags.maxDuration, Windows: s.flags.windows, Workers: s.threads,
		})
		all := len(hits) < k
		hits = slices.DeleteFunc(hits, func(h index.Hit) bool { return slices.Contains(like, h.Path) })
		if err != nil || all || len(hits) >= s.flags.k {
			return hits[:min(s.flags.k, len(hits))], err
		}
	}
}

// judge tells how well a hit fits texts.
func (s *searching) judge(ctx context.Context, wanted []index.Term, h index.Hit) (*float64, error) {
	j, err := index.NewJudge(ctx, s.model)
	if err != nil {
		return nil, err
	}
	text, err := index.Compose(ctx, s.model, wanted...)
	if err != nil {
		return nil, err
	}
	sound, err := index.HitVector(ctx, s.store, h)
	if err != nil {
		return nil, err
	}
	fit := j.Fit(text, sound)
	return &fit, nil
}

// result is what was found.
type result struct {
	// Fit is how well the best hit fits the words (see index.Judge), nil if there are
	// none.
	Fit  *float64    `json:"fit,omitempty"`
	Hits []resultHit `json:"hits"`
}

type resultHit struct {
	Path     string  `json:"path"`
	Start    float64 `json:"start"`
	End      float64 `json:"end"`
	Score    float32 `json:"score"`
	Duration float64 `json:"duration"`
}

func (r *result) print(w, notes io.Writer) error {
	switch {
	case len(r.Hits) == 0:
		fmt.Fprintln(notes, "audioclip: nothing was found")
	case r.Fit != nil && *r.Fit < index.GoodFit:
		fmt.Fprintln(notes, "audioclip: nothing fits well; these come nearest")
	}
	for _, h := range r.Hits {
		span := clock(seconds(h.Start)) + "–" + clock(seconds(h.End))
		if _, err := fmt.Fprintf(w, "%+.3f  %-15s  %s\n", h.Score, span, printable(h.Path)); err != nil {
			return err
		}
	}
	return nil
}

func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }

// printable returns a path whose control characters cannot disturb a terminal.
func printable(path string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return '?'
		}
		return r
	}, path)
}
