package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"time"

	"github.com/soundspace/soundspace/audio"
	"github.com/soundspace/soundspace/internal/aside"
	"github.com/soundspace/soundspace/internal/inputs"
	"github.com/soundspace/soundspace/spectrogram"
)

// render reads one recording block by block and writes its output. When
// reading fails on the way, the output shows what was read and the error says
// so.
func render(ctx context.Context, opts *options, in input, stdin io.Reader, stdout io.Writer, r *report) error {
	dec, err := openInput(in, stdin, opts.audio)
	if err != nil {
		return err
	}
	defer dec.Close()
	r.Audio = &read{audioInfo: newAudioInfo(dec.Info())}

	src, offset, length, err := opts.source(dec)
	if err != nil {
		return err
	}
	plan, err := opts.plan(src.SampleRate())
	if err != nil {
		return err
	}
	layout := plan.Layout()
	layout.FirstSample += offset
	r.Settings = opts.settings(layout)

	lo, hi, cut, err := opts.bandOf(layout)
	if err != nil {
		return err
	}
	var out sink
	if opts.isPicture() {
		frames := int64(-1)
		if length >= 0 {
			frames = int64(plan.Frames(int(length)))
		}
		out, err = newPicture(opts, cut, src.Channels(), frames, opts.title(in, dec.Info(), layout))
	} else {
		out, err = newMatrix(opts, cut, src.Channels(), in.output)
	}
	if err != nil {
		return err
	}
	defer out.close()
	out = newBand(out, src.Channels(), lo, hi, layout.Bins)

	samples, readErr := transform(ctx, src, plan, out)
	r.Audio.SecondsRead = float64(samples) / float64(src.SampleRate())
	if readErr != nil && (samples == 0 || ctx.Err() != nil || errors.As(readErr, new(sinkError))) {
		return readErr
	}
	if samples == 0 {
		if opts.start > 0 {
			return fmt.Errorf("%w after %v, where --start begins", audio.ErrEmpty, opts.start)
		}
		return audio.ErrEmpty
	}
	if plan.Frames(int(samples)) == 0 {
		return fmt.Errorf("%d samples are less than a frame of %d (with --center they are padded)", samples, layout.STFT.NFFT)
	}
	var made *result
	err = aside.Write(in.output, stdout, func(w io.Writer) (err error) {
		made, err = out.finish(w)
		return err
	})
	if err != nil {
		return err
	}
	r.Result = made
	if readErr != nil {
		return fmt.Errorf("%w (%s shows the %.1f s before that)", readErr, in.output, r.Audio.SecondsRead)
	}
	return nil
}

func openInput(in input, stdin io.Reader, cfg audio.Config) (*audio.Decoder, error) {
	if in.Path == stdio {
		return audio.NewDecoder(stdin, cfg)
	}
	if in.Found && !inputs.NamedLikeSound(in.Path) {
		cfg.NoFFmpeg = true
	}
	return audio.Open(in.Path, cfg)
}

// source applies --start, --duration, --channels and --rate. offset is the
// place of its first sample in the recording, at its own rate, and length the
// number of its samples, -1 where that is not certain.
func (o *options) source(dec *audio.Decoder) (src audio.Reader, offset, length int64, err error) {
	src, length = dec, dec.Frames()
	start := durationToFrames(o.start, dec.SampleRate())
	if o.start > 0 || o.duration >= 0 {
		frames := int64(-1)
		if length >= 0 {
			length = max(0, length-start)
		}
		if o.duration >= 0 {
			frames = max(1, durationToFrames(o.duration, dec.SampleRate()))
			length = min(length, frames)
		}
		src = audio.NewSectionReader(src, start, frames)
	}
	switch {
	case o.channels.only > dec.Channels():
		return nil, 0, 0, fmt.Errorf("there is no channel %d: the recording has %d", o.channels.only, dec.Channels())
	case o.channels.only > 0:
		if src, err = audio.NewSelectReader(src, o.channels.only-1); err != nil {
			return nil, 0, 0, err
		}
	case !o.channels.split && src.Channels() > 1:
		src = audio.NewMixReader(src)
	}
	offset = start
	if o.rate > 0 && o.rate != src.SampleRate() {
		ratio := float64(o.rate) / float64(src.SampleRate())
		offset = int64(math.Round(float64(start) * ratio))
		if length >= 0 {
			length = int64(math.Ceil(float64(length) * ratio))
		}
		if src, err = audio.NewResampleReader(src, o.rate, audio.QualityStandard); err != nil {
			return nil, 0, 0, err
		}
	}
	return src, offset, length, nil
}

func durationToFrames(d time.Duration, rate int) int64 {
	seconds, rest := int64(d/time.Second), d%time.Second
	return seconds*int64(rate) + int64(math.Round(rest.Seconds()*float64(rate)))
}

func (o *options) plan(rate int) (*spectrogram.Plan, error) {
	nyquist := float64(rate) / 2
	if o.fmin >= nyquist {
		return nil, fmt.Errorf("--fmin %g Hz is not below half the sample rate, %g Hz", o.fmin, nyquist)
	}
	cfg := spectrogram.Config{SampleRate: rate, STFT: o.stft, Unit: spectrogram.Power}
	if o.mel != nil {
		mel := *o.mel
		mel.FMaxHz = min(mel.FMaxHz, nyquist)
		cfg.Mel = &mel
	}
	return spectrogram.New(cfg)
}
