package frontend

import (
	"github.com/soundspace/soundspace/spectrogram"
	"github.com/soundspace/soundspace/stft"
)

// Dasheng is the front end of Dasheng and CED at 16 kHz: decibels, at least -100
// and at most 120 below the largest of the clip, of 64 mel bands of the HTK
// scale up to 8 kHz, of frames of 512 samples with a periodic Hann window, 160
// apart, centred and mirrored. The shape is 1 × 1+n/160 × 64.
//
// The originals take the largest value of all clips of a batch.
//
// Source: dasheng 0.0.9, torchaudio 2.11.
type Dasheng struct{ rows *centred }

// NewDasheng returns the front end.
func NewDasheng() (*Dasheng, error) {
	bands, err := melBands(spectrogram.MelConfig{
		SampleRate: 16000, NFFT: 512, Bands: 64,
		Scale: spectrogram.HTKMel, Norm: spectrogram.NormNone,
	})
	if err != nil {
		return nil, err
	}
	rows, err := newCentred(stft.Config{NFFT: 512, HopSamples: 160}, bands, decibels.Apply)
	if err != nil {
		return nil, err
	}
	return &Dasheng{rows}, nil
}

// SampleRate implements [FrontEnd].
func (d *Dasheng) SampleRate() int { return 16000 }

// Shape implements [FrontEnd].
func (d *Dasheng) Shape(n int) Shape { return Shape{Planes: 1, Rows: d.rows.count(n), Cols: 64} }

// Compute implements [FrontEnd].
func (d *Dasheng) Compute(dst, x []float32) []float32 {
	dst = d.rows.compute(dst, x)
	raise(dst, 120)
	return dst
}
