package frontend

import (
	"sync"

	"github.com/soundspace/soundspace/stft"
)

// EfficientATConfig says which front end of EfficientAT is computed. The zero
// value is that of the models whose names say nothing of it.
type EfficientATConfig struct {
	// Bands is the number of mel bands (0: 128).
	Bands int
	// HopSamples is the distance of frames (0: 320).
	HopSamples int
}

// EfficientAT is the front end of EfficientAT at 32 kHz, and of PaSST but for
// its mel bands' upper end: of x[i+1] - 0.97·x[i],
//
//	(ln(M + 1e-5) + 4.5) / 5
//
// with M the power in Kaldi's mel bands from 0 to 15000 Hz, of frames of 800
// samples with a symmetric Hann window, padded to 1024, centred and mirrored. The
// shape is 1 × 1+(n-1)/HopSamples × Bands.
//
// Source: EfficientAT's models/preprocess.py (bcaaae8).
type EfficientAT struct {
	bands   int
	rows    *centred
	scratch sync.Pool // of *scratch
}

// NewEfficientAT returns the front end. The error names the field of the config
// that is wrong.
func NewEfficientAT(cfg EfficientATConfig) (*EfficientAT, error) {
	setDefault(&cfg.Bands, 128)
	setDefault(&cfg.HopSamples, 320)
	if err := checkRange("EfficientATConfig.Bands", cfg.Bands, maxBands); err != nil {
		return nil, err
	}
	transform := stft.Config{NFFT: 1024, WinLength: 800, HopSamples: cfg.HopSamples, Window: stft.Hann().Symmetric()}
	bands := kaldiBands(cfg.Bands, 1024, 32000, 0, 15000)
	rows, err := newCentred(transform, bands, offsetLog(0.2, 0.9, 1e-5))
	if err != nil {
		return nil, err
	}
	e := &EfficientAT{bands: cfg.Bands, rows: rows}
	e.scratch.New = func() any { return new(scratch) }
	return e, nil
}

// SampleRate implements [FrontEnd].
func (e *EfficientAT) SampleRate() int { return 32000 }

// Shape implements [FrontEnd].
func (e *EfficientAT) Shape(n int) Shape {
	return Shape{Planes: 1, Rows: e.rows.count(n - 1), Cols: e.bands}
}

// Compute implements [FrontEnd].
func (e *EfficientAT) Compute(dst, x []float32) []float32 {
	buf := e.scratch.Get().(*scratch)
	defer e.scratch.Put(buf)
	buf.samples = grow(buf.samples, max(0, len(x)-1))
	for i := range buf.samples {
		buf.samples[i] = x[i+1] - float32(0.97*x[i])
	}
	return e.rows.compute(dst, buf.samples)
}
