package main

import (
	"cmp"
	"fmt"
	"math"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"github.com/soundspace/soundspace/audio"
	"github.com/soundspace/soundspace/plot"
	"github.com/soundspace/soundspace/spectrogram"
	"github.com/soundspace/soundspace/stft"
)

// options is the command line understood: what to do with each input.
type options struct {
	audio           audio.Config
	channels        channelChoice
	rate            int           // resample to this, 0: don't
	start, duration time.Duration // duration < 0: to the end
	stft            stft.Config
	mel             *spectrogram.MelConfig
	fmin, fmax      float64
	ref             reference
	plot            plot.Config
	output, format  string
	recursive       bool
	jobs            int
	json, quiet     bool
}

// channelChoice is the value of --channels.
type channelChoice struct {
	split bool
	only  int // from 1; 0: mix, unless split
}

// reference is the value of --ref.
type reference struct {
	kind  refKind
	power float64
}

type refKind int

const (
	refMax refKind = iota
	refFullScale
	refPower
)

var pictureFormats = []string{"png", "svg", "pdf"}
var matrixFormats = []string{"npy", "csv"}

func (o *options) isPicture() bool { return slices.Contains(pictureFormats, o.format) }

// resolve checks every flag and fills in defaults.
func (f *flags) resolve(set *pflag.FlagSet) (*options, error) {
	o := &options{
		audio: audio.Config{NoFFmpeg: f.noFFmpeg}, rate: f.rate, fmin: f.fmin, fmax: f.fmax,
		output: f.output, recursive: f.recursive, jobs: cmp.Or(f.jobs, runtime.GOMAXPROCS(0)), json: f.json, quiet: f.quiet,
	}
	var err error
	fail := func(flag, format string, args ...any) (*options, error) {
		return nil, fmt.Errorf("--%s: %s", flag, fmt.Sprintf(format, args...))
	}

	// Sizes may be left to their defaults, but not be set to nothing.
	for _, v := range []struct {
		flag  string
		value int
	}{{"n-fft", f.nFFT}, {"hop", f.hop}, {"win-length", f.winLength}, {"mels", f.mels}, {"rate", f.rate}, {"jobs", f.jobs}} {
		if set.Changed(v.flag) && v.value < 1 {
			return fail(v.flag, "%d is not a positive number", v.value)
		}
	}
	o.stft = stft.Config{NFFT: f.nFFT, HopSamples: f.hop, WinLength: f.winLength, NoCenter: !f.center}
	if o.stft.Window, err = stft.ParseWindow(f.window); err != nil {
		return fail("window", "%v", err)
	}
	if o.stft.Pad, o.stft.PadValue, err = parsePad(f.pad); err != nil {
		return fail("pad", "%v", err)
	}
	if _, err := stft.New(o.stft); err != nil {
		return nil, err
	}

	switch f.kind {
	case "stft":
		for _, flag := range []string{"mels", "mel-scale", "mel-norm"} {
			if set.Changed(flag) {
				return fail(flag, "goes with --kind mel")
			}
		}
	case "mel":
		o.mel = &spectrogram.MelConfig{Bands: f.mels, FMinHz: f.fmin, FMaxHz: f.fmax}
		switch f.melScale {
		case "slaney":
			o.mel.Scale = spectrogram.SlaneyMel
		case "htk":
			o.mel.Scale = spectrogram.HTKMel
		default:
			return fail("mel-scale", "%q is neither slaney nor htk", f.melScale)
		}
		switch f.melNorm {
		case "slaney":
			o.mel.Norm = spectrogram.NormSlaney
		case "none":
			o.mel.Norm = spectrogram.NormNone
		default:
			return fail("mel-norm", "%q is neither slaney nor none", f.melNorm)
		}
	default:
		return fail("kind", "%q is neither stft nor mel", f.kind)
	}
	if !(f.fmin >= 0) || math.IsInf(f.fmin, 0) {
		return fail("fmin", "%v Hz is not a frequency", f.fmin)
	}
	if !(f.fmax >= 0) || math.IsInf(f.fmax, 0) || set.Changed("fmax") && f.fmax <= f.fmin {
		return fail("fmax", "%v Hz is not above --fmin, %v Hz", f.fmax, f.fmin)
	}

	switch f.channels {
	case "mix":
	case "split":
		o.channels.split = true
	default:
		if o.channels.only, err = strconv.Atoi(f.channels); err != nil || o.channels.only < 1 {
			return fail("channels", "%q is neither mix, split nor a number from 1", f.channels)
		}
	}
	if o.start, err = parseTime(f.start, 0); err != nil {
		return fail("start", "%v", err)
	}
	if o.duration, err = parseTime(f.duration, -1); err != nil {
		return fail("duration", "%v", err)
	}
	if set.Changed("duration") && o.duration == 0 {
		return fail("duration", "nothing is left to draw")
	}

	if err := f.resolvePicture(set, o); err != nil {
		return nil, err
	}
	return o, nil
}

func (f *flags) resolvePicture(set *pflag.FlagSet, o *options) error {
	var err error
	o.format = strings.ToLower(f.format)
	known := slices.Concat(pictureFormats, matrixFormats)
	if !set.Changed("format") {
		o.format = "png"
		if ext := strings.TrimPrefix(strings.ToLower(filepath.Ext(f.output)), "."); ext != "" && !strings.Contains(ext, "{") && !isFolder(f.output) {
			if !slices.Contains(known, ext) {
				return fmt.Errorf("--output: %s ends in none of %s (say which with --format)", f.output, strings.Join(known, ", "))
			}
			o.format = ext
		}
	}
	if !slices.Contains(known, o.format) {
		return fmt.Errorf("--format: %q is none of %s", f.format, strings.Join(known, ", "))
	}
	o.plot.Raw = f.raw
	if f.raw && o.format != "png" {
		return fmt.Errorf("--raw: only PNG pictures are made of pixels alone, not %s", o.format)
	}

	if err = o.plot.FreqAxis.UnmarshalText([]byte(f.freqAxis)); err != nil {
		return fmt.Errorf("--freq-axis: %w", err)
	}
	if err = o.plot.Colormap.UnmarshalText([]byte(f.colormap)); err != nil {
		return fmt.Errorf("--colormap: %w", err)
	}
	if !(f.rangeDB > 0) || math.IsInf(f.rangeDB, 0) {
		return fmt.Errorf("--range: %v dB is not a positive range", f.rangeDB)
	}
	switch f.ref {
	case "max":
	case "fs":
		o.ref.kind = refFullScale
	default:
		o.ref.kind = refPower
		if o.ref.power, err = strconv.ParseFloat(f.ref, 64); err != nil || !(o.ref.power > 0) || math.IsInf(o.ref.power, 0) {
			return fmt.Errorf("--ref: %q is neither max, fs nor a positive number", f.ref)
		}
	}
	if set.Changed("size") {
		if o.plot.Width, o.plot.Height, err = parseSize(f.size); err != nil {
			return fmt.Errorf("--size: %w", err)
		}
	}
	o.plot.FMinHz, o.plot.FMaxHz, o.plot.RangeDB = f.fmin, f.fmax, f.rangeDB
	return nil
}

func parseSize(s string) (width, height int, err error) {
	w, h, ok := strings.Cut(strings.ToLower(s), "x")
	width, errW := strconv.Atoi(w)
	height, errH := strconv.Atoi(h)
	const maxSide = 20000
	if !ok || errW != nil || errH != nil || min(width, height) < 1 || max(width, height) > maxSide {
		return 0, 0, fmt.Errorf("%q is not WxH, such as 1200x600, with sides up to %d pixels", s, maxSide)
	}
	return width, height, nil
}

func parsePad(s string) (stft.PadMode, float64, error) {
	switch mode, value, hasValue := strings.Cut(s, ":"); {
	case s == "zero":
		return stft.PadZero, 0, nil
	case s == "reflect":
		return stft.PadReflect, 0, nil
	case s == "edge":
		return stft.PadEdge, 0, nil
	case mode == "constant" && hasValue:
		v, err := strconv.ParseFloat(value, 64)
		if err != nil || math.IsNaN(v) || math.IsInf(v, 0) {
			return 0, 0, fmt.Errorf("%q is not a number", value)
		}
		return stft.PadConstant, v, nil
	}
	return 0, 0, fmt.Errorf("%q is none of zero, reflect, edge, constant:VALUE", s)
}

// parseTime reads seconds ("2.5"), clock time ("1:02.5", "1:00:00") or a Go
// duration ("1m30s"); the empty string is none.
func parseTime(s string, none time.Duration) (time.Duration, error) {
	if s == "" {
		return none, nil
	}
	if d, err := time.ParseDuration(s); err == nil && d >= 0 {
		return d, nil
	}
	parts := strings.Split(s, ":")
	seconds := 0.0
	for i, p := range parts {
		v, err := strconv.ParseFloat(p, 64)
		if err != nil || !(v >= 0) || i > 2 || i > 0 && v >= 60 {
			return 0, fmt.Errorf("%q is not a time such as 2.5, 1:30 or 1m30s", s)
		}
		seconds = seconds*60 + v
	}
	if seconds > 1e9 {
		return 0, fmt.Errorf("%q is more than 30 years", s)
	}
	return time.Duration(math.Round(seconds * 1e9)), nil
}
