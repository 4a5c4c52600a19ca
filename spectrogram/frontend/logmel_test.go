package frontend

import (
	"math"
	"strings"
	"testing"

	"github.com/soundspace/soundspace/internal/stream"
	"github.com/soundspace/soundspace/spectrogram"
	"github.com/soundspace/soundspace/stft"
)

// LogMel is what package spectrogram computes, which is checked against librosa.
func TestLogMel(t *testing.T) {
	cfg := LogMelConfig{SampleRate: 32000, NFFT: 1024, HopSamples: 640, Bands: 64, FMinHz: 50, FMaxHz: 14000}
	l, err := NewLogMel(cfg)
	if err != nil {
		t.Fatal(err)
	}
	if l.SampleRate() != 32000 || l.Config() != cfg {
		t.Errorf("made with %+v at %d Hz", l.Config(), l.SampleRate())
	}
	p, err := spectrogram.New(spectrogram.Config{
		SampleRate: 32000, STFT: stft.Config{NFFT: 1024, HopSamples: 640},
		Mel: &spectrogram.MelConfig{Bands: 64, FMinHz: 50, FMaxHz: 14000}, Unit: spectrogram.Decibel,
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range []int{1, 100, 640, 32000, 33333} {
		x := make([]float32, n)
		for i, u := range stream.Uniform("logmel", n) {
			x[i] = float32(2*u-1) * 0.3
		}
		got := l.Compute(nil, x)
		want, err := p.Compute([][]float32{x})
		if err != nil {
			t.Fatal(err)
		}
		if len(got) != l.Shape(n).Len() || len(got) != len(want.Data) {
			t.Fatalf("%d samples: %d values, Shape says %d, package spectrogram %d", n, len(got), l.Shape(n).Len(), len(want.Data))
		}
		for i := range got {
			if math.Abs(float64(got[i]-want.Data[i])) > 1e-4 {
				t.Fatalf("%d samples: value %d is %v, want %v", n, i, got[i], want.Data[i])
			}
		}
	}
	for _, v := range l.Compute(nil, make([]float32, 5000)) {
		if v != -100 {
			t.Fatalf("silence is %v dB, want -100", v)
		}
	}
}

func TestLogMelRefuses(t *testing.T) {
	good := LogMelConfig{SampleRate: 16000, NFFT: 400, HopSamples: 160, Bands: 40, FMaxHz: 8000}
	for name, change := range map[string]func(*LogMelConfig){
		"frames": func(c *LogMelConfig) { c.NFFT = 0 },
		"bands":  func(c *LogMelConfig) { c.Bands = 0 },
		"FMaxHz": func(c *LogMelConfig) { c.FMaxHz = 9000 },
	} {
		cfg := good
		change(&cfg)
		if _, err := NewLogMel(cfg); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%+v: %v, expected an error about %s", cfg, err, name)
		}
	}
}

func TestRelative(t *testing.T) {
	x := []float32{-30, -50, -110, -70, -100}
	Relative(x, 80)
	for i, want := range []float32{2, 1, -2, 0, -1.5} {
		if x[i] != want {
			t.Errorf("value %d is %v, want %v", i, x[i], want)
		}
	}
	x = []float32{-100, -100}
	if Relative(x, 80); x[0] != -2 || x[1] != -2 {
		t.Errorf("silence is %v, want -2", x)
	}
}
