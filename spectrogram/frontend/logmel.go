package frontend

import (
	"fmt"

	"github.com/soundspace/soundspace/spectrogram"
	"github.com/soundspace/soundspace/stft"
)

// LogMelConfig describes a front end of one's own.
type LogMelConfig struct {
	SampleRate int `json:"sample_rate"` // Hz
	NFFT       int `json:"n_fft"`       // samples in a frame
	HopSamples int `json:"hop_samples"` // from one frame to the next
	Bands      int `json:"bands"`
	// The bands lie between these frequencies.
	FMinHz float64 `json:"f_min_hz"`
	FMaxHz float64 `json:"f_max_hz"`
}

// LogMel is a plain log-mel front end, for audio encoders that are trained here:
// decibels, at least -100, of Slaney's mel bands (librosa's default, filters of equal
// area), of frames with a periodic Hann window, centred, with zeros beyond the
// ends of the signal. The shape is 1 × 1+n/HopSamples × Bands.
//
// Unlike the front ends that follow a reference, it computes in float32.
type LogMel struct {
	cfg  LogMelConfig
	plan *stft.Plan
	rows *stft.Projection
}

// NewLogMel returns the front end. The error names what is wrong with the config.
func NewLogMel(cfg LogMelConfig) (*LogMel, error) {
	switch {
	case cfg.SampleRate < 1 || cfg.SampleRate > 1<<24:
		return nil, fmt.Errorf("frontend: a sample rate of %d Hz", cfg.SampleRate)
	case cfg.NFFT < 1 || cfg.NFFT > 1<<16 || cfg.HopSamples < 1 || cfg.HopSamples > 1<<16:
		return nil, fmt.Errorf("frontend: frames of %d samples, %d apart; both may be 1 to %d", cfg.NFFT, cfg.HopSamples, 1<<16)
	case cfg.Bands < 1 || cfg.Bands > 1<<10:
		return nil, fmt.Errorf("frontend: %d bands, there may be 1 to %d", cfg.Bands, 1<<10)
	case !(0 <= cfg.FMinHz && cfg.FMinHz < cfg.FMaxHz && cfg.FMaxHz <= float64(cfg.SampleRate)/2):
		return nil, fmt.Errorf("frontend: bands from FMinHz %g to FMaxHz %g, at a sample rate of %d Hz", cfg.FMinHz, cfg.FMaxHz, cfg.SampleRate)
	}
	bands, err := melBands(spectrogram.MelConfig{
		SampleRate: cfg.SampleRate, NFFT: cfg.NFFT, Bands: cfg.Bands, FMinHz: cfg.FMinHz, FMaxHz: cfg.FMaxHz,
	})
	if err != nil {
		return nil, err
	}
	plan, err := stft.New(stft.Config{NFFT: cfg.NFFT, HopSamples: cfg.HopSamples})
	if err != nil {
		return nil, err
	}
	rows, err := plan.NewProjection(stft.ProjectionConfig{Bands: bands, Then: decibels.Apply})
	if err != nil {
		return nil, err
	}
	return &LogMel{cfg, plan, rows}, nil
}

// Config returns what the front end was made with.
func (l *LogMel) Config() LogMelConfig { return l.cfg }

// SampleRate implements [FrontEnd].
func (l *LogMel) SampleRate() int { return l.cfg.SampleRate }

// Shape implements [FrontEnd].
func (l *LogMel) Shape(n int) Shape {
	return Shape{Planes: 1, Rows: l.plan.Frames(n), Cols: l.cfg.Bands}
}

// Compute implements [FrontEnd].
func (l *LogMel) Compute(dst, x []float32) []float32 { return l.rows.Values(dst, x) }

// Relative replaces decibels by how far they lie below the largest of them, down to
// rangeDB, as numbers from 2 to -2:
//
//	2 - 4·min(largest - dB, rangeDB)/rangeDB
//
// so that it does not matter how loud a recording is. If nothing is louder than
// silence, -100 dB, all become -2.
func Relative(dB []float32, rangeDB float64) {
	largest := float32(silenceDB)
	for _, v := range dB {
		largest = max(largest, v)
	}
	if largest == silenceDB {
		for i := range dB {
			dB[i] = -2
		}
		return
	}
	scale := float32(4 / rangeDB)
	for i, v := range dB {
		dB[i] = max(2-scale*(largest-v), -2)
	}
}

const silenceDB = -100
