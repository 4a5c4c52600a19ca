package frontend

import (
	"math"

	"github.com/soundspace/soundspace/spectrogram"
	"github.com/soundspace/soundspace/stft"
)

// melBands returns the filters of a mel bank.
func melBands(cfg spectrogram.MelConfig) ([]stft.Band, error) {
	bank, err := spectrogram.NewMelBank(cfg)
	if err != nil {
		return nil, err
	}
	w, bins := bank.Matrix(), bank.Bins()
	return makeBands(bank.Bands(), bins, func(b, k int) float64 { return w[b*bins+k] }), nil
}

// makeBands returns bands of the weights that are not zero.
func makeBands(count, bins int, weight func(band, bin int) float64) []stft.Band {
	bands := make([]stft.Band, count)
	for b := range bands {
		first, end := bins, 0
		for k := range bins {
			if weight(b, k) != 0 {
				first, end = min(first, k), k+1
			}
		}
		if first >= end {
			continue
		}
		bands[b].First = first
		for k := first; k < end; k++ {
			bands[b].Weights = append(bands[b].Weights, weight(b, k))
		}
	}
	return bands
}

// kaldiBands returns Kaldi's mel bank: triangles of height 1, spaced evenly on
// the scale 1127·ln(1+f/700) and straight on that scale, not in Hz; the bin at
// half the sample rate is left out.
//
// Kaldi and torchaudio compute weights in float32, and neighbouring mel values
// of some 2000 lie so close together that rounding changes small weights by
// parts in a thousand. So it is done here, in the same order.
func kaldiBands(bands, nfft, rate int, lowHz, highHz float64) []stft.Band {
	mel := func(hz float64) float64 { return 1127 * math.Log(1+hz/700) }
	low := float32(mel(lowHz))
	delta := float32((mel(highHz) - mel(lowHz)) / float64(bands+1))
	binHz := float32(float64(rate) / float64(nfft))
	bins := make([]float32, nfft/2)
	for k := range bins {
		hz := float32(float32(k) * binHz)
		bins[k] = float32(1127 * float32(math.Log(float64(1+float32(hz/700)))))
	}
	edge := func(i int) float32 { return low + float32(float32(i)*delta) }
	return makeBands(bands, nfft/2, func(b, k int) float64 {
		left, center, right := edge(b), edge(b+1), edge(b+2)
		up := (bins[k] - left) / (center - left)
		down := (right - bins[k]) / (right - center)
		return float64(max(0, min(up, down)))
	})
}

// vggishBands returns the mel bank of VGGish, which is that of Kaldi in float64
// without the bin at 0 Hz.
func vggishBands(bands, nfft, rate int, lowHz, highHz float64) []stft.Band {
	mel := spectrogram.HTKMel.Mel
	delta := (mel(highHz) - mel(lowHz)) / float64(bands+1)
	edge := func(i int) float64 { return mel(lowHz) + float64(i)*delta }
	return makeBands(bands, nfft/2+1, func(b, k int) float64 {
		if k == 0 {
			return 0
		}
		m := mel(float64(k) * float64(rate) / float64(nfft))
		return max(0, min((m-edge(b))/delta, (edge(b+2)-m)/delta))
	})
}
