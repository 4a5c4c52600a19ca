package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"time"

	"github.com/schollz/progressbar/v3"
	"github.com/spf13/cobra"

	"github.com/soundspace/soundspace/audio"
	"github.com/soundspace/soundspace/audioclip"
	"github.com/soundspace/soundspace/audioclip/index"
	"github.com/soundspace/soundspace/audioclip/index/sqlite"
	"github.com/soundspace/soundspace/internal/command"
)

func newIndexCommand() *cobra.Command {
	var (
		mf              modelFlags
		sf              storeFlags
		jobs            int
		hop             time.Duration
		shard           string
		rebuild, remove bool
		noFFmpeg        bool
		asJSON          bool
	)
	cmd := &cobra.Command{
		Use:   "index DIR...",
		Short: "Index folders of recordings, to search them by sound",
		Long: `index makes 'audioclip search' and 'audioclip serve' know the recordings in folders
and the folders in these. Run again, it reads only what is new or changed, and drops
what is gone; it may be interrupted at any time. Long recordings are indexed window by
window, so that a hit has a time.

The index is one file for all folders: audioclip/index.db in the user's data folder
($XDG_DATA_HOME, or ~/.local/share; ~/Library/Application Support on a Mac, %AppData%
on Windows), unless --db or $AUDIOCLIP_DB names another. It is of one model; for
another one, use another file or --rebuild.

Files that cannot be read are listed in the end. What is in a folder that cannot be
read, or that is empty as that of a disk that is missing, stays in the index; --remove
removes it.`,
		Example: `  audioclip index ~/Sounds
  audioclip index --db birds.db -m laion/clap-htsat-unfused /media/recorder
  audioclip index --store weaviate://10.0.0.1:8080,10.0.0.2:8080 --shard 1/2 /srv/sounds`,
		Args: someArgs("folder"),
		RunE: func(cmd *cobra.Command, args []string) error {
			cfg := index.BuildConfig{Model: mf.name(), Hop: hop, Workers: jobs, Audio: audio.Config{NoFFmpeg: noFFmpeg}}
			if err := sf.check(cmd); err != nil {
				return err
			}
			switch {
			case jobs < 1 || jobs > 1024:
				return command.UsageError{Err: fmt.Errorf("--jobs %d: allowed are 1 to 1024", jobs)}
			case hop < 0:
				return command.UsageError{Err: fmt.Errorf("--hop %v: it must not be negative", hop)}
			case remove && (rebuild || shard != ""):
				return command.UsageError{Err: errors.New("--remove goes with neither --rebuild nor --shard")}
			case shard != "":
				if n, err := fmt.Sscanf(shard+"\n", "%d/%d\n", &cfg.Shard, &cfg.Shards); n != 2 || err != nil || cfg.Shard < 1 || cfg.Shard > cfg.Shards {
					return command.UsageError{Err: fmt.Errorf("--shard %s: it must be as 1/3, 2/3 or 3/3", shard)}
				}
			}
			if remove {
				return removeBelow(cmd, &sf, args)
			}
			model, err := mf.open(audioclip.Audio)
			if err != nil {
				return err
			}
			defer model.Close()
			if info := model.Info(); info.Audio && hop > windowOf(info) {
				return command.UsageError{Err: fmt.Errorf("--hop %v: the model's windows are %v long", hop, windowOf(info))}
			}
			store, err := openToIndex(cmd, &sf, rebuild)
			if err != nil {
				return sf.advise(err)
			}
			defer store.Close()
			begin := time.Now()
			bar := &indexBar{bar: newBar(cmd.ErrOrStderr(), "indexing", 1000, progressbar.OptionClearOnFinish()), begin: begin}
			if bar.bar != nil {
				cfg.Progress = bar.report
			}
			r, err := index.Build(cmd.Context(), store, model, args, cfg)
			bar.end()
			if closed := store.Close(); err == nil {
				err = closed
			}
			for _, f := range r.Failures {
				fmt.Fprintf(cmd.ErrOrStderr(), "audioclip: %s: %s\n", f.Path, message(f.Path, f.Err))
			}
			if nothing := reflect.DeepEqual(r, index.Report{}); nothing && err != nil {
				return sf.advise(err)
			} else if nothing && cfg.Shards == 0 {
				return fmt.Errorf("%s: there is no recording in it", strings.Join(args, ", "))
			}
			print := printReport
			if asJSON {
				print = printReportJSON
			}
			if printed := print(cmd.OutOrStdout(), sf.name(), r, time.Since(begin)); err == nil {
				err = printed
			}
			if err == nil && len(r.Failures) > 0 {
				err = command.ErrReported
			}
			return sf.advise(err)
		},
	}
	mf.define(cmd)
	sf.define(cmd)
	s := cmd.Flags()
	s.IntVarP(&jobs, "jobs", "j", 2, "read `N` recordings at the same time")
	s.DurationVar(&hop, "hop", 0, "distance of the windows of long recordings that are new or changed (default: half a window)")
	s.StringVar(&shard, "shard", "", "index only part `I/N` of the recordings, so that N machines share the work")
	s.BoolVar(&rebuild, "rebuild", false, "begin with an empty index; a file that is none, or is damaged, is renamed to FILE.old")
	s.BoolVar(&remove, "remove", false, "remove the recordings in DIR... from the index")
	s.BoolVar(&noFFmpeg, "no-ffmpeg", false, "never run ffmpeg")
	s.BoolVar(&asJSON, "json", false, "print the result as JSON")
	return cmd
}

func windowOf(info audioclip.Info) time.Duration {
	return time.Duration(info.WindowSamples) * time.Second / time.Duration(max(info.SampleRate, 1))
}

// openToIndex opens the index, an empty one if it is to be rebuilt.
func openToIndex(cmd *cobra.Command, sf *storeFlags, rebuild bool) (index.Store, error) {
	s, err := sf.openStore(cmd.Context(), true)
	if !rebuild {
		return s, err
	}
	if err == nil {
		if err = index.Clear(cmd.Context(), s); err == nil {
			return s, nil
		}
		s.Close()
	}
	if !errors.Is(err, sqlite.ErrFormat) && !errors.Is(err, sqlite.ErrCorrupt) {
		return nil, err
	}
	path, pathErr := sf.path()
	if pathErr != nil {
		return nil, pathErr
	}
	for _, companion := range []string{"-wal", "-shm", ""} {
		if err := os.Rename(path+companion, path+".old"+companion); err != nil && !errors.Is(err, os.ErrNotExist) {
			return nil, err
		}
	}
	fmt.Fprintf(cmd.ErrOrStderr(), "audioclip: %s; it is %s.old now\n", oneLine(err), path)
	return sf.openStore(cmd.Context(), true)
}

// removeBelow removes what is below folders from the index.
func removeBelow(cmd *cobra.Command, sf *storeFlags, args []string) error {
	if sf.store == "" { // do not make a file
		s, err := sf.openStore(cmd.Context(), false)
		if err != nil {
			return sf.advise(err)
		}
		s.Close()
	}
	s, err := sf.openStore(cmd.Context(), true)
	if err != nil {
		return sf.advise(err)
	}
	defer s.Close()
	n, err := index.RemoveBelow(cmd.Context(), s, args...)
	if err != nil {
		return sf.advise(err)
	}
	_, err = fmt.Fprintf(cmd.OutOrStdout(), "%d removed from %s\n", n, sf.name())
	return err
}

// indexBar shows how far indexing has come.
type indexBar struct {
	bar   *progressbar.ProgressBar
	begin time.Time
	shown time.Time
}

func (b *indexBar) report(p index.Progress) {
	now := time.Now()
	if now.Sub(b.shown) < 100*time.Millisecond {
		return
	}
	b.shown = now
	b.bar.Describe(fmt.Sprintf("%d/%d files, %.0f× real time, %s", p.Files, p.Total, p.Sound.Seconds()/now.Sub(b.begin).Seconds(), shorten(filepath.Base(p.Path), 24)))
	b.bar.Set64(int64(p.Part * 1000))
}

func (b *indexBar) end() {
	if b.bar != nil {
		b.bar.Clear()
	}
}

// shorten cuts a text off that is longer than n letters, and fills a shorter one up.
func shorten(text string, n int) string {
	r := []rune(text)
	if len(r) > n {
		r = append(r[:n-1], '…')
	}
	return fmt.Sprintf("%-*s", n, string(r))
}

func printReport(w io.Writer, name string, r index.Report, took time.Duration) error {
	if r.Sound > 0 {
		if _, err := fmt.Fprintf(w, "%s of sound in %s, %.0f times as fast as it plays\n", clock(r.Sound), clock(took), r.Sound.Seconds()/took.Seconds()); err != nil {
			return err
		}
	}
	var parts []string
	for _, part := range []struct {
		n    int
		what string
	}{{r.Added, "new"}, {r.Updated, "changed"}, {r.Unchanged - r.Moved, "as before"}, {r.Moved, "moved or copied"}, {r.Removed, "gone"}, {len(r.Failures), "failed"}} {
		if part.n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", part.n, part.what))
		}
	}
	_, err := fmt.Fprintf(w, "%s: %s\n", name, strings.Join(parts, ", "))
	return err
}

func printReportJSON(w io.Writer, name string, r index.Report, took time.Duration) error {
	type failure struct {
		Path  string `json:"path"`
		Error string `json:"error"`
	}
	failures := []failure{}
	for _, f := range r.Failures {
		failures = append(failures, failure{f.Path, message(f.Path, f.Err)})
	}
	return json.NewEncoder(w).Encode(struct {
		Index     string    `json:"index"`
		Added     int       `json:"added"`
		Updated   int       `json:"updated"`
		Unchanged int       `json:"unchanged"`
		Moved     int       `json:"moved"`
		Removed   int       `json:"removed"`
		Sound     float64   `json:"sound_seconds"`
		Took      float64   `json:"took_seconds"`
		Failures  []failure `json:"failures"`
	}{name, r.Added, r.Updated, r.Unchanged, r.Moved, r.Removed, r.Sound.Seconds(), took.Seconds(), failures})
}

// clock writes a time as 5.0, 1:05.0 or 1:01:05.0.
func clock(d time.Duration) string {
	tenths := int64(d.Round(100*time.Millisecond) / (100 * time.Millisecond))
	h, m, s := tenths/36000, tenths/600%60, float64(tenths%600)/10
	if h > 0 {
		return fmt.Sprintf("%d:%02d:%04.1f", h, m, s)
	}
	return fmt.Sprintf("%d:%04.1f", m, s)
}
