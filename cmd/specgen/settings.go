package main

import (
	"fmt"
	"path/filepath"
	"strconv"

	"github.com/soundspace/soundspace/audio"
	"github.com/soundspace/soundspace/spectrogram"
	"github.com/soundspace/soundspace/stft"
)

// of returns the power that reads 0 dB where peak is the largest.
func (r reference) of(l spectrogram.Layout, peak float64) float64 {
	switch r.kind {
	case refMax:
		return peak
	case refFullScale:
		return l.FullScale
	}
	return r.power
}

// String returns the value of --ref.
func (r reference) String() string {
	switch r.kind {
	case refMax:
		return "max"
	case refFullScale:
		return "fs"
	}
	return strconv.FormatFloat(r.power, 'g', -1, 64)
}

// String returns the value of --channels.
func (c channelChoice) String() string {
	switch {
	case c.split:
		return "split"
	case c.only > 0:
		return strconv.Itoa(c.only)
	}
	return "mix"
}

// padName returns the value of --pad.
func padName(c stft.Config) string {
	switch c.Pad {
	case stft.PadReflect:
		return "reflect"
	case stft.PadEdge:
		return "edge"
	case stft.PadConstant:
		return "constant:" + strconv.FormatFloat(c.PadValue, 'g', -1, 64)
	}
	return "zero"
}

// settings tells what is in force for the frames of l.
func (o *options) settings(l spectrogram.Layout) *settings {
	s := &settings{
		Kind: "stft", SampleRate: l.SampleRate,
		NFFT: l.STFT.NFFT, Hop: l.STFT.HopSamples, WinLength: l.STFT.WinLength, Window: l.STFT.Window.String(), Center: !l.STFT.NoCenter,
		FMin: l.Frequencies[0], FMax: l.Frequencies[l.Bins-1],
		Ref: o.ref.String(), RangeDB: o.plot.RangeDB, Channels: o.channels.String(),
	}
	if s.Center {
		s.Pad = padName(l.STFT)
	}
	if m := l.Mel; m != nil {
		s.Kind, s.Mels, s.MelScale, s.MelNorm, s.FMin, s.FMax = "mel", m.Bands, m.Scale.String(), m.Norm.String(), m.FMinHz, m.FMaxHz
	}
	return s
}

// title is the line over a picture: what it shows and how it was made.
func (o *options) title(in input, info audio.Info, l spectrogram.Layout) string {
	name := filepath.Base(in.Path)
	if in.Path == stdio {
		name = "standard input"
	}
	t := fmt.Sprintf("%s · %g kHz", name, float64(info.SampleRate)/1000)
	if l.SampleRate != info.SampleRate {
		t += fmt.Sprintf(" → %g kHz", float64(l.SampleRate)/1000)
	}
	switch {
	case info.Channels == 1:
		t += " · mono"
	case o.channels.only > 0:
		t += fmt.Sprintf(" · channel %d of %d", o.channels.only, info.Channels)
	case !o.channels.split:
		t += fmt.Sprintf(" · %d channels mixed", info.Channels)
	}
	if l.Mel != nil {
		t += fmt.Sprintf(" · %d mel bands", l.Bins)
	}
	window := l.STFT.Window.String()
	if l.STFT.WinLength != l.STFT.NFFT {
		window += fmt.Sprintf(" of %d", l.STFT.WinLength)
	}
	return t + fmt.Sprintf(" · NFFT %d · hop %d · %s", l.STFT.NFFT, l.STFT.HopSamples, window)
}
