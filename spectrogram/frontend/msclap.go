package frontend

import (
	"fmt"
	"sync"

	"github.com/soundspace/soundspace/stft"
)

// MSCLAPConfig says which front end of Microsoft's CLAP is computed. The zero
// value is that of the version of 2023.
type MSCLAPConfig struct {
	// Version is that of the model, 2022 or 2023 (0: 2023).
	Version int
	// MelW is the tensor logmel_extractor.melW of a checkpoint, 513 bins × 64
	// bands, to be used in place of the bands that the package computes (nil).
	MelW []float32
}

// MSCLAP is the front end of Microsoft's CLAP at 44.1 kHz: that of [PANNs],
// frames of 1024 samples 320 apart, of 7 s (2023) or 5 s (2022). Shorter clips
// are repeated and cut off, of longer ones the beginning is taken, where the
// original takes a random part. The shape is 1 × 965 × 64 (2023) or 1 × 690 × 64
// (2022).
//
// The version of 2023 computes its mel bands for 32 kHz, so that they lie 44.1/32
// times higher than they are named: this is how it was trained.
//
// Source: msclap 1.3.4.
type MSCLAP struct {
	samples int
	rows    *centred
	scratch sync.Pool // of *scratch
}

// NewMSCLAP returns the front end. The error names the field of the config that
// is wrong.
func NewMSCLAP(cfg MSCLAPConfig) (*MSCLAP, error) {
	const rate, bins, bands = 44100, 513, 64
	setDefault(&cfg.Version, 2023)
	seconds, melRate := 7, 32000
	switch cfg.Version {
	case 2023:
	case 2022:
		seconds, melRate = 5, rate
	default:
		return nil, fmt.Errorf("frontend: MSCLAPConfig.Version is %d, must be 2022 or 2023", cfg.Version)
	}
	var given []stft.Band
	if cfg.MelW != nil {
		if len(cfg.MelW) != bins*bands {
			return nil, fmt.Errorf("frontend: MSCLAPConfig.MelW has %d weights, must have %d × %d", len(cfg.MelW), bins, bands)
		}
		given = makeBands(bands, bins, func(b, k int) float64 { return float64(cfg.MelW[k*bands+b]) })
	}
	rows, err := newPANNsRows(melRate, given)
	if err != nil {
		return nil, err
	}
	m := &MSCLAP{samples: seconds * rate, rows: rows}
	m.scratch.New = func() any { return new(scratch) }
	return m, nil
}

// SampleRate implements [FrontEnd].
func (m *MSCLAP) SampleRate() int { return 44100 }

// Shape implements [FrontEnd]. It is the same for any n.
func (m *MSCLAP) Shape(int) Shape { return Shape{Planes: 1, Rows: m.rows.count(m.samples), Cols: 64} }

// Compute implements [FrontEnd].
func (m *MSCLAP) Compute(dst, x []float32) []float32 {
	dst = grow(dst, m.Shape(len(x)).Len())
	buf := m.scratch.Get().(*scratch)
	defer m.scratch.Put(buf)
	if len(x) >= m.samples {
		x = x[:m.samples]
	} else {
		buf.samples = grow(buf.samples, m.samples)
		tile(buf.samples, x)
		x = buf.samples
	}
	return m.rows.compute(dst, x)
}
