package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"image"
	_ "image/gif"
	_ "image/jpeg"
	_ "image/png"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/schollz/progressbar/v3"
	"github.com/spf13/cobra"

	"github.com/soundspace/soundspace/audio"
	"github.com/soundspace/soundspace/audioclip"
	"github.com/soundspace/soundspace/internal/command"
	"github.com/soundspace/soundspace/internal/inputs"
)

// inputFlags say what is to be embedded.
type inputFlags struct {
	texts     []string
	textFile  string
	recursive bool
	noFFmpeg  bool
	hop       time.Duration
}

func (f *inputFlags) define(cmd *cobra.Command) {
	s := cmd.Flags()
	s.StringArrayVarP(&f.texts, "text", "t", nil, "embed this `TEXT` (repeatable)")
	s.StringVar(&f.textFile, "text-file", "", "embed each line of `FILE` (- for standard input)")
	f.defineSound(cmd)
}

// defineSound defines the flags that concern files.
func (f *inputFlags) defineSound(cmd *cobra.Command) {
	s := cmd.Flags()
	s.BoolVarP(&f.recursive, "recursive", "r", false, "read the recordings in folders")
	s.DurationVar(&f.hop, "hop", 0, "distance of the windows of long recordings (default: half a window)")
	s.BoolVar(&f.noFFmpeg, "no-ffmpeg", false, "never run ffmpeg")
}

// check finds what makes no sense before anything is loaded. textFile is what lines
// are read from.
func (f *inputFlags) check(args []string, textFile string) error {
	if f.hop < 0 {
		return command.UsageError{Err: fmt.Errorf("--hop %v: it must not be negative", f.hop)}
	}
	uses := 0
	for _, name := range append([]string{textFile}, args...) {
		if name == inputs.Stdio {
			uses++
		}
	}
	if uses > 1 {
		return command.UsageError{Err: errors.New("standard input can be read only once")}
	}
	return nil
}

// lines returns the lines of --text and --text-file.
func (f *inputFlags) lines(stdin io.Reader) ([]string, error) {
	texts := slices.Clone(f.texts)
	if f.textFile == "" {
		return texts, nil
	}
	more, err := readLines(f.textFile, stdin)
	return append(texts, more...), err
}

// maxLine is more than any text that a model can take.
const maxLine = 16 << 20

// readLines returns the lines of a file that are not empty.
func readLines(path string, stdin io.Reader) ([]string, error) {
	r := stdin
	if path != inputs.Stdio {
		f, err := os.Open(path)
		if err != nil {
			return nil, err
		}
		defer f.Close()
		r = f
	}
	s := bufio.NewScanner(r)
	s.Buffer(nil, maxLine)
	var lines []string
	for s.Scan() {
		if line := strings.TrimSpace(strings.TrimPrefix(s.Text(), "\ufeff")); line != "" {
			lines = append(lines, line)
		}
	}
	if err := s.Err(); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if len(lines) == 0 {
		return nil, fmt.Errorf("%s: there is no text in it", path)
	}
	return lines, nil
}

// item is one thing in the space.
type item struct {
	name       string // the file, or the text
	start, end float64
	vector     []float32
}

// pictureEndings are names that pictures go by.
var pictureEndings = []string{".png", ".jpg", ".jpeg", ".gif"}

func isPicture(path string) bool {
	return slices.Contains(pictureEndings, strings.ToLower(filepath.Ext(path)))
}

// embedding embeds files one after the other.
type embedding struct {
	cmd   *cobra.Command
	model *audioclip.Model
	flags *inputFlags
}

// texts embeds texts. One that had to be cut is a warning.
func (e *embedding) texts(texts []string) ([]item, error) {
	for _, text := range texts {
		if _, cut := e.model.Tokenize(text); cut {
			short := []rune(text)
			if len(short) > 40 {
				short = append(short[:40], '…')
			}
			fmt.Fprintf(e.cmd.ErrOrStderr(), "audioclip: warning: the model takes %d tokens, so the end of this text was cut: %q\n", e.model.Info().ContextLength, string(short))
		}
	}
	m, err := e.model.EncodeText(e.cmd.Context(), texts, audioclip.TextConfig{})
	if err != nil {
		return nil, err
	}
	items := make([]item, len(texts))
	for i, text := range texts {
		items[i] = item{name: text, vector: m.Row(i)}
	}
	return items, nil
}

// files embeds recordings and pictures, and gives each the items that came of it.
// One that fails is reported, and the rest goes on; failed tells of it. What is
// found in a folder and is of no kind that the model knows is passed over.
func (e *embedding) files(args []string, windows bool, each func(items []item) error) (failed bool, err error) {
	info := e.model.Info()
	if window := time.Duration(info.WindowSamples) * time.Second / time.Duration(max(info.SampleRate, 1)); info.Audio && e.flags.hop > window {
		return false, command.UsageError{Err: fmt.Errorf("--hop %v: the model's windows are %v long", e.flags.hop, window)}
	}
	done := false
	for _, in := range inputs.Find(args, e.flags.recursive) {
		if err := e.cmd.Context().Err(); err != nil {
			return failed, err
		}
		var items []item
		err := in.Err
		if err == nil {
			items, err = e.file(in, windows)
		}
		if errors.Is(err, context.Canceled) {
			return failed, err
		}
		if in.Found && errors.Is(err, audio.ErrFormat) && !inputs.NamedLikeSound(in.Path) {
			continue
		}
		if in.Found && (errors.Is(err, audioclip.ErrNoAudio) || errors.Is(err, audioclip.ErrNoImage)) {
			continue
		}
		if err != nil {
			failed = true
			fmt.Fprintf(e.cmd.ErrOrStderr(), "audioclip: %s: %s\n", in.Path, message(in.Path, err))
		}
		if len(items) > 0 {
			done = true
			if err := each(items); err != nil {
				return failed, err
			}
		}
	}
	if len(args) > 0 && !done && !failed {
		return false, fmt.Errorf("%s: nothing that the model knows is in it", strings.Join(args, ", "))
	}
	return failed, nil
}

// longRecording is one that a progress bar is shown for.
const longRecording = 2 * time.Minute

// file embeds one file. A recording that breaks off gives items and an error.
func (e *embedding) file(in inputs.Input, windows bool) ([]item, error) {
	if in.Path != inputs.Stdio && isPicture(in.Path) {
		return e.picture(in.Path)
	}
	d, err := e.decode(in)
	if err != nil {
		return nil, err
	}
	defer d.Close()
	cfg := audioclip.AudioConfig{Hop: e.flags.hop}
	if total := d.Info().Duration(); total >= longRecording {
		if bar := newBar(e.cmd.ErrOrStderr(), in.Path, int64(total.Seconds()), progressbar.OptionClearOnFinish()); bar != nil {
			cfg.Progress = func(done time.Duration) { bar.Set64(int64(done.Seconds())) }
			defer bar.Clear()
		}
	}
	if !windows {
		v, err := e.model.EncodeReader(e.cmd.Context(), d, cfg)
		if v == nil {
			return nil, err
		}
		return []item{{name: in.Path, vector: v}}, err
	}
	list, err := e.model.EncodeWindows(e.cmd.Context(), d, cfg)
	items := make([]item, len(list))
	for i, w := range list {
		items[i] = item{name: in.Path, start: w.Start.Seconds(), end: w.End.Seconds(), vector: w.Vector}
	}
	return items, err
}

func (e *embedding) decode(in inputs.Input) (*audio.Decoder, error) {
	cfg := audio.Config{NoFFmpeg: e.flags.noFFmpeg}
	if in.Path == inputs.Stdio {
		return audio.NewDecoder(e.cmd.InOrStdin(), cfg)
	}
	if in.Found && !inputs.NamedLikeSound(in.Path) {
		cfg.NoFFmpeg = true
	}
	return audio.Open(in.Path, cfg)
}

// maxPixels bounds the memory of a picture.
const maxPixels = 1 << 27

func (e *embedding) picture(path string) ([]item, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	size, _, err := image.DecodeConfig(bufio.NewReader(f))
	if err != nil {
		return nil, err
	}
	if int64(size.Width)*int64(size.Height) > maxPixels {
		return nil, fmt.Errorf("the picture has %d × %d pixels, too many", size.Width, size.Height)
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	img, _, err := image.Decode(bufio.NewReader(f))
	if err != nil {
		return nil, err
	}
	m, err := e.model.EncodeImage(e.cmd.Context(), []image.Image{img})
	if err != nil {
		return nil, err
	}
	return []item{{name: path, vector: m.Row(0)}}, nil
}

// towersFor returns the encoders that files and texts need.
func towersFor(args []string, recursive, texts bool) audioclip.Towers {
	var t audioclip.Towers
	for _, arg := range args {
		if isPicture(arg) && arg != inputs.Stdio {
			t |= audioclip.Image
		} else {
			t |= audioclip.Audio
		}
		if recursive {
			t |= audioclip.Image | audioclip.Audio
		}
	}
	if texts {
		t |= audioclip.Text
	}
	return t
}
