package stft_test

import (
	"fmt"
	"log"
	"math"

	"github.com/soundspace/soundspace/stft"
)

// The level in octave bands, in dB relative to a full-scale tone: bands sum the
// power of their bins, and Then takes the logarithm.
func ExampleProjection() {
	p, err := stft.New(stft.Config{
		NFFT:       1024,
		HopSamples: 256,
		Scaling:    stft.ScalePSD, // per Hz, so that sums over bins are powers
		OneSided2X: true,
		SampleRate: 8000,
	})
	if err != nil {
		log.Fatal(err)
	}
	centres := []float64{125, 250, 500, 1000, 2000}
	binWidth := p.BinHz(1)
	var octaves []stft.Band
	for _, hz := range centres {
		first := int(math.Ceil(hz / math.Sqrt2 / binWidth))
		end := int(math.Ceil(hz * math.Sqrt2 / binWidth))
		band := stft.Band{First: first, Weights: make([]float64, end-first)}
		for i := range band.Weights {
			band.Weights[i] = binWidth
		}
		octaves = append(octaves, band)
	}
	levels, err := p.NewProjection(stft.ProjectionConfig{
		Bands: octaves,
		Then: func(values []float32) {
			const tone = 0.5 // the power of a full-scale tone
			for i, v := range values {
				values[i] = float32(10 * math.Log10(max(float64(v)/tone, 1e-9)))
			}
		},
	})
	if err != nil {
		log.Fatal(err)
	}
	x := tone(500) // of amplitude 0.5
	for i, v := range tone(2000) {
		x[i] += v / 10
	}
	rows := levels.Values(nil, x)
	row := rows[15*levels.Width():][:levels.Width()]
	for i, hz := range centres {
		if row[i] > -80 {
			fmt.Printf("%.0f Hz: %.1f dB\n", hz, row[i])
		}
	}
	// Output:
	// 500 Hz: -6.0 dB
	// 2000 Hz: -26.0 dB
}
