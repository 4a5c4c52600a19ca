//go:build unix

package main

import (
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"

	"github.com/soundspace/soundspace/bench/internal/peer"
	"github.com/soundspace/soundspace/spectrogram"
	"github.com/soundspace/soundspace/stft"
)

// benchCase is a spectrogram that every program computes: periodic Hann window,
// centred frames, zeros beyond the ends. Without bands it is the magnitude; with
// bands it is log10(max(power in Slaney's mel bands, 1e-10)).
type benchCase struct {
	name, title string
	rate        int
	nfft, hop   int
	bands       int
	fmin, fmax  float64
}

var benchCases = []benchCase{
	{name: "stft", title: "STFT 2048/512, magnitude, 44.1 kHz", rate: 44100, nfft: 2048, hop: 512},
	{name: "whisper", title: "Whisper log-mel 400/160/80, 16 kHz", rate: 16000, nfft: 400, hop: 160, bands: 80, fmax: 8000},
	{name: "clap", title: "CLAP log-mel 1024/480/64, 48 kHz", rate: 48000, nfft: 1024, hop: 480, bands: 64, fmin: 50, fmax: 14000},
}

func (c *benchCase) stft() stft.Config {
	return stft.Config{NFFT: c.nfft, HopSamples: c.hop}
}

func (c *benchCase) mel() spectrogram.MelConfig {
	return spectrogram.MelConfig{SampleRate: c.rate, NFFT: c.nfft, Bands: c.bands, FMinHz: c.fmin, FMaxHz: c.fmax}
}

// tolerance is how far a program may be from the reference, as distance counts.
func (c *benchCase) tolerance() float64 {
	if c.bands == 0 {
		return 1e-4
	}
	return 1e-3
}

// check returns the distance of a result from the reference, and an error if that is too
// large.
func (c *benchCase) check(got []float32, reference []float64) (float64, error) {
	if len(got) != len(reference) {
		return 0, fmt.Errorf("%d values, want %d", len(got), len(reference))
	}
	d := c.distance(got, reference)
	if !(d <= c.tolerance()) {
		return 0, fmt.Errorf("off by %g, want at most %g", d, c.tolerance())
	}
	return d, nil
}

// distance is the relative RMS error of magnitudes, the largest absolute error
// of log-mels.
func (c *benchCase) distance(got []float32, want []float64) float64 {
	var squares, total, largest float64
	for i, w := range want {
		d := float64(got[i]) - w
		squares += d * d
		total += w * w
		largest = math.Max(largest, math.Abs(d)) // NaN if any is
	}
	if c.bands == 0 {
		return math.Sqrt(squares / total)
	}
	return largest
}

// reference computes the case in float64 throughout, but for the mel bands.
func (c *benchCase) reference(x []float32) ([]float64, error) {
	cfg := c.stft()
	cfg.Float64 = true
	wide := make([]float64, len(x))
	for i, v := range x {
		wide[i] = float64(v)
	}
	if c.bands == 0 {
		p, err := stft.New(cfg)
		if err != nil {
			return nil, err
		}
		return p.Magnitude64(nil, wide), nil
	}
	mel := c.mel()
	p, err := spectrogram.New(spectrogram.Config{SampleRate: c.rate, STFT: cfg, Mel: &mel, Unit: spectrogram.Log10})
	if err != nil {
		return nil, err
	}
	s, err := p.Compute([][]float32{x})
	if err != nil {
		return nil, err
	}
	ref := make([]float64, len(s.Data))
	for i, v := range s.Data {
		ref[i] = float64(v)
	}
	return ref, nil
}

// signal is a chirp over all frequencies in noise, the same at every call.
func (c *benchCase) signal(seconds int) []float32 {
	rng := rand.New(rand.NewPCG(1, 2))
	x := make([]float32, seconds*c.rate)
	phase := 0.0
	for i := range x {
		t := math.Mod(float64(i)/float64(c.rate), 10) / 10
		phase += math.Pi * t
		x[i] = float32(0.4*math.Sin(phase) + 0.1*rng.NormFloat64())
	}
	return x
}

// writeCases writes what the programs read: a line for each case, and its
// samples and mel matrix as little-endian float32.
func writeCases(dir string, cases []benchCase, seconds int) error {
	var lines strings.Builder
	for _, c := range cases {
		fmt.Fprintln(&lines, c.name, c.rate, c.nfft, c.hop, c.bands, c.fmin, c.fmax)
		if err := peer.WriteFloats(filepath.Join(dir, c.name+".x.f32"), c.signal(seconds)); err != nil {
			return err
		}
		if c.bands == 0 {
			continue
		}
		bank, err := spectrogram.NewMelBank(c.mel())
		if err != nil {
			return err
		}
		matrix := make([]float32, 0, bank.Bands()*bank.Bins())
		for _, w := range bank.Matrix() {
			matrix = append(matrix, float32(w))
		}
		if err := peer.WriteFloats(filepath.Join(dir, c.name+".mel.f32"), matrix); err != nil {
			return err
		}
	}
	return os.WriteFile(filepath.Join(dir, "cases"), []byte(lines.String()), 0o666)
}
