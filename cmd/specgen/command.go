package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/soundspace/soundspace/internal/command"
	"github.com/soundspace/soundspace/stft"
)

// run is the whole command: it returns the exit status.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	return command.Run(ctx, newCommand(), args, stdin, stdout, stderr, error.Error)
}

func newCommand() *cobra.Command {
	var f flags
	cmd := &cobra.Command{
		Use:   "specgen [flags] INPUT...",
		Short: "Turn recordings into spectrograms",
		Long: `specgen turns recordings into spectrograms: pictures with true axes (PNG, SVG,
PDF), or the matrix behind the picture (NumPy .npy, CSV).

An INPUT is a file, a folder (with -r) or - for standard input. WAV, MP3, FLAC
and Ogg Vorbis are read by specgen itself, any other format through ffmpeg when
it is installed. The output goes beside the input, as NAME.png, unless -o says
otherwise.`,
		Example: `  specgen song.mp3                         song.png: STFT, linear axis in Hz
  specgen --kind mel -o mel.png song.mp3   mel.png: mel spectrogram
  specgen --freq-axis log --fmin 30 song.flac
  specgen -r recordings/ -o pictures/      a whole tree, in parallel
  specgen --format npy --kind mel --mels 80 --n-fft 400 --hop 160 --rate 16000 speech.wav
  ffmpeg -i film.mkv -f wav - | specgen - -o film.png`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return command.UsageError{Err: errors.New("no input")}
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			opts, err := f.resolve(cmd.Flags())
			if err != nil {
				return command.UsageError{Err: err}
			}
			return draw(cmd, opts, args)
		},
	}
	groups := f.define()
	for _, g := range groups {
		cmd.Flags().AddFlagSet(g.set)
	}
	cmd.SetUsageFunc(func(c *cobra.Command) error {
		writeUsage(c.OutOrStderr(), c, groups)
		return nil
	})
	cmd.AddCommand(newInfoCommand())
	return cmd
}

// flagGroup is a headed part of the flags, for --help.
type flagGroup struct {
	title string
	set   *pflag.FlagSet
}

func writeUsage(w io.Writer, c *cobra.Command, groups []flagGroup) {
	fmt.Fprintf(w, "Usage:\n  %s\n", c.UseLine())
	if c.HasParent() {
		fmt.Fprintf(w, "\nFlags:\n%s", c.LocalFlags().FlagUsages())
		return
	}
	fmt.Fprintf(w, "  specgen info FILE...                     say what recordings are\n")
	fmt.Fprintf(w, "\nExamples:\n%s\n", c.Example)
	for _, g := range groups {
		fmt.Fprintf(w, "\n%s:\n%s", g.title, g.set.FlagUsagesWrapped(100))
	}
	fmt.Fprintf(w, "\nExit status: 0 all done; 1 an input failed (the others are done); 2 wrong usage.\n")
}

// flags holds the words of the command line.
type flags struct {
	kind                          string
	nFFT, hop, winLength          int
	window, pad                   string
	center                        bool
	mels                          int
	fmin, fmax                    float64
	melScale, melNorm             string
	freqAxis, ref, colormap, size string
	rangeDB                       float64
	raw                           bool
	channels                      string
	rate                          int
	start, duration               string
	output, format                string
	recursive, json, quiet        bool
	noFFmpeg                      bool
	jobs                          int
}

func (f *flags) define() []flagGroup {
	var groups []flagGroup
	group := func(title string) *pflag.FlagSet {
		s := pflag.NewFlagSet(title, pflag.ContinueOnError)
		s.SortFlags = false
		groups = append(groups, flagGroup{title, s})
		return s
	}
	s := group("Output")
	s.StringVarP(&f.output, "output", "o", "", "to `PATH`: a file, a folder, - for standard output, or a template such as out/{name}.{format} with {dir}, {name}, {ext}, {format} (default: beside the input)")
	s.StringVar(&f.format, "format", "", "`FORMAT`: png, svg, pdf, or npy or csv for the matrix that would be drawn: [channels,] frames × bins (default: the ending of --output, else png)")
	s.BoolVarP(&f.recursive, "recursive", "r", false, "read the recordings in folders and the folders below them")
	s.IntVarP(&f.jobs, "jobs", "j", 0, "work on `N` files at a time (default: one for each CPU)")
	s.BoolVar(&f.json, "json", false, "print a line of JSON for each file: what was read, settings, output, timing")
	s.BoolVarP(&f.quiet, "quiet", "q", false, "print errors only")

	s = group("Input")
	s.StringVar(&f.channels, "channels", "mix", "`WHICH`: mix (all channels to one), split (draw each), or a number from 1")
	s.IntVar(&f.rate, "rate", 0, "resample to `HZ` first")
	s.StringVar(&f.start, "start", "", "begin at `TIME`: seconds (2.5), m:ss or a duration (1m30s)")
	s.StringVar(&f.duration, "duration", "", "read no more than `TIME`")
	s.BoolVar(&f.noFFmpeg, "no-ffmpeg", false, "never run ffmpeg")

	s = group("Transform")
	s.StringVar(&f.kind, "kind", "stft", "`KIND`: stft or mel")
	s.IntVar(&f.nFFT, "n-fft", 2048, "FFT length, `N` samples")
	s.IntVar(&f.hop, "hop", 0, "distance between frames, `N` samples (default: a quarter of the window)")
	s.IntVar(&f.winLength, "win-length", 0, "window length, `N` samples (default: --n-fft)")
	s.StringVar(&f.window, "window", "hann", "`NAME`: "+strings.Join(stft.WindowNames(), ", "))
	s.BoolVar(&f.center, "center", true, "centre frame t on sample t·hop, padding the ends (--center=false: frames begin there)")
	s.StringVar(&f.pad, "pad", "zero", "`MODE` of going on beyond the ends with --center: zero, reflect, edge, constant:VALUE")
	s.IntVar(&f.mels, "mels", 128, "`N` mel bands")
	s.StringVar(&f.melScale, "mel-scale", "slaney", "mel `SCALE`: slaney or htk")
	s.StringVar(&f.melNorm, "mel-norm", "slaney", "`NORM` of the mel filters: slaney (equal area) or none (equal height)")
	s.Float64Var(&f.fmin, "fmin", 0, "lowest frequency in `HZ`: of the mel bank, or shown")
	s.Float64Var(&f.fmax, "fmax", 0, "highest frequency in `HZ` (default: half the sample rate)")

	s = group("Picture")
	s.StringVar(&f.freqAxis, "freq-axis", "auto", "frequency `AXIS`: linear, log or mel; auto is linear for stft, mel for mel")
	s.Float64Var(&f.rangeDB, "range", 80, "`DB` from the darkest to the brightest colour")
	s.StringVar(&f.ref, "ref", "max", "`WHAT` reads 0 dB: max (the loudest value), fs (a full-scale sine) or a power")
	s.StringVar(&f.colormap, "colormap", "magma", "`COLOURS`: magma, viridis, inferno or grey")
	s.StringVar(&f.size, "size", "", "size of the picture in pixels, `WxH` (default: 1200x600, taller for several channels)")
	s.BoolVar(&f.raw, "raw", false, "only the pixels of the spectrogram: no axes, no title, no colour bar")
	return groups
}
