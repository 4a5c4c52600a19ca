package plot_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/soundspace/soundspace/plot"
	"github.com/soundspace/soundspace/spectrogram"
)

// stftLayout is that of a power STFT of nfft points.
func stftLayout(rate, nfft, hop int) spectrogram.Layout {
	l := spectrogram.Layout{SampleRate: rate, HopSamples: hop, Bins: nfft/2 + 1, Unit: spectrogram.Power}
	l.STFT.NFFT, l.STFT.HopSamples = nfft, hop
	for k := range l.Bins {
		l.Frequencies = append(l.Frequencies, float64(k)*float64(rate)/float64(nfft))
	}
	return l
}

// noise returns frames of exponentially distributed powers, as those of white
// noise are.
func noise(frames, bins int) []float32 {
	rng := rand.New(rand.NewPCG(1, 2))
	x := make([]float32, frames*bins)
	for i := range x {
		x[i] = float32(rng.ExpFloat64())
	}
	return x
}

// BenchmarkAdd rasterises 60 s of 44.1 kHz stereo, 2×5168 frames of 1025 bins.
func BenchmarkAdd(b *testing.B) {
	l := stftLayout(44100, 2048, 512)
	const frames = 5168
	x := noise(frames, l.Bins)
	for _, known := range []int64{frames, -1} {
		for _, axis := range []plot.FreqAxis{plot.AxisLinear, plot.AxisLog} {
			b.Run(fmt.Sprintf("frames=%d/%v", known, axis), func(b *testing.B) {
				b.ReportAllocs()
				b.SetBytes(2 * 4 * int64(len(x)))
				for range b.N {
					r, err := plot.NewRaster(l, 2, known, plot.Config{FreqAxis: axis, Height: 600})
					if err != nil {
						b.Fatal(err)
					}
					r.Add(0, x)
					r.Add(1, x)
				}
			})
		}
	}
}

// BenchmarkFigure is what is left to do once all frames are in.
func BenchmarkFigure(b *testing.B) {
	l := stftLayout(44100, 2048, 512)
	const frames = 5168
	x := noise(frames, l.Bins)
	for _, size := range [][2]int{{1200, 600}, {3000, 1500}} {
		cfg := plot.Config{Width: size[0], Height: size[1], Title: "60 s of noise · 44100 Hz, 2 channels · NFFT 2048, hop 512, hann"}
		r, err := plot.NewRaster(l, 2, frames, cfg)
		if err != nil {
			b.Fatal(err)
		}
		r.Add(0, x)
		r.Add(1, x)
		name := fmt.Sprintf("%dx%d", size[0], size[1])
		f, err := r.Figure()
		if err != nil {
			b.Fatal(err)
		}
		b.Run(name+"/Figure", func(b *testing.B) {
			b.ReportAllocs()
			for range b.N {
				if _, err := r.Figure(); err != nil {
					b.Fatal(err)
				}
			}
		})
		for _, format := range []struct {
			name  string
			write func(*bytes.Buffer) error
		}{
			{"PNG", func(w *bytes.Buffer) error { return f.WritePNG(w) }},
			{"SVG", func(w *bytes.Buffer) error { return f.WriteSVG(w) }},
			{"PDF", func(w *bytes.Buffer) error { return f.WritePDF(w) }},
		} {
			b.Run(name+"/"+format.name, func(b *testing.B) {
				b.ReportAllocs()
				var w bytes.Buffer
				for range b.N {
					w.Reset()
					if err := format.write(&w); err != nil {
						b.Fatal(err)
					}
				}
				b.ReportMetric(float64(w.Len()), "file-bytes")
			})
		}
	}
}
