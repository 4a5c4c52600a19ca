package frontend

import (
	"github.com/soundspace/soundspace/spectrogram"
	"github.com/soundspace/soundspace/stft"
)

// PANNs is the front end of PANNs' CNN14 and its relatives at 32 kHz: decibels,
// at least -100, of 64 of Slaney's mel bands from 50 to 14000 Hz, of frames of
// 1024 samples with a periodic Hann window, 320 apart, centred and mirrored. The
// shape is 1 × 1+n/320 × 64.
//
// Source: panns_inference 0.1.1, torchlibrosa 0.1.0.
type PANNs struct{ rows *centred }

// NewPANNs returns the front end.
func NewPANNs() (*PANNs, error) {
	rows, err := newPANNsRows(32000, nil)
	if err != nil {
		return nil, err
	}
	return &PANNs{rows}, nil
}

// newPANNsRows returns the rows of PANNs' front end, with bands made for a
// sample rate unless they are given.
func newPANNsRows(rate int, bands []stft.Band) (*centred, error) {
	if bands == nil {
		var err error
		bands, err = melBands(spectrogram.MelConfig{SampleRate: rate, NFFT: 1024, Bands: 64, FMinHz: 50, FMaxHz: 14000})
		if err != nil {
			return nil, err
		}
	}
	return newCentred(stft.Config{NFFT: 1024, HopSamples: 320}, bands, decibels.Apply)
}

// SampleRate implements [FrontEnd].
func (p *PANNs) SampleRate() int { return 32000 }

// Shape implements [FrontEnd].
func (p *PANNs) Shape(n int) Shape { return Shape{Planes: 1, Rows: p.rows.count(n), Cols: 64} }

// Compute implements [FrontEnd].
func (p *PANNs) Compute(dst, x []float32) []float32 { return p.rows.compute(dst, x) }
