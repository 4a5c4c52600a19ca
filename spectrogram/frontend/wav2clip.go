package frontend

import (
	"math"

	"github.com/soundspace/soundspace/stft"
)

// Wav2CLIP is the front end of Wav2CLIP at 16 kHz: with L the logarithm
// ln(|X|² + 1e-7) of 257 bins, of frames of 512 samples with a periodic Hann
// window, 353 apart, centred and mirrored,
//
//	(L - mean) / (std + 1e-9)
//
// where mean and std, the unbiased standard deviation, are those of all values of
// the clip. The shape is 1 × 1+n/353 × 257; the original has bins in rows, and
// this turned round.
//
// The original takes mean and std of all clips of a batch, and so embeds a clip
// differently in other company.
//
// Source: wav2clip 0.1.0.
type Wav2CLIP struct{ rows *centred }

// NewWav2CLIP returns the front end.
func NewWav2CLIP() (*Wav2CLIP, error) {
	rows, err := newCentred(stft.Config{NFFT: 512, HopSamples: 353}, nil, offsetLog(1, 0, 1e-7))
	if err != nil {
		return nil, err
	}
	return &Wav2CLIP{rows}, nil
}

// SampleRate implements [FrontEnd].
func (w *Wav2CLIP) SampleRate() int { return 16000 }

// Shape implements [FrontEnd].
func (w *Wav2CLIP) Shape(n int) Shape { return Shape{Planes: 1, Rows: w.rows.count(n), Cols: 257} }

// Compute implements [FrontEnd].
func (w *Wav2CLIP) Compute(dst, x []float32) []float32 {
	dst = w.rows.compute(dst, x)
	standardize(dst)
	return dst
}

// standardize subtracts the mean and divides by the standard deviation and 1e-9.
func standardize(values []float32) {
	var sum, squares float64
	for _, v := range values {
		sum += float64(v)
	}
	mean := sum / float64(len(values))
	for _, v := range values {
		squares += (float64(v) - mean) * (float64(v) - mean)
	}
	std := math.Sqrt(squares / float64(len(values)-1))
	for i, v := range values {
		values[i] = float32((float64(v) - mean) / (std + 1e-9))
	}
}
