package stft_test

import (
	"fmt"
	"math"
	"testing"

	"gonum.org/v1/gonum/dsp/fourier"

	"github.com/soundspace/soundspace/stft"
)

// The shapes of a usual STFT, of Whisper's front end and of CLAP's.
var benchShapes = []stft.Config{
	{NFFT: 2048, HopSamples: 512, SampleRate: 44100},
	{NFFT: 400, HopSamples: 160, SampleRate: 16000},
	{NFFT: 1024, HopSamples: 480, SampleRate: 48000},
}

const benchSeconds = 60

func benchName(cfg stft.Config, what string) string {
	return fmt.Sprintf("%d/%d/%s", cfg.NFFT, cfg.HopSamples, what)
}

// perFrame runs f, which transforms a signal of benchSeconds.
func perFrame(b *testing.B, p *stft.Plan, f func()) {
	b.ReportAllocs()
	n := 0
	for b.Loop() {
		f()
		n++
	}
	frames := p.Frames(benchSeconds * p.Config().SampleRate)
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(n*frames), "ns/frame")
	b.ReportMetric(benchSeconds*float64(n)/b.Elapsed().Seconds(), "audio-s/s")
}

// BenchmarkSTFT runs the kinds of transform, the inverse, and side by side with
// them a plain loop for magnitudes around gonum's FFT.
func BenchmarkSTFT(b *testing.B) {
	for _, cfg := range benchShapes {
		p := newPlan(b, cfg)
		x64 := noise(benchSeconds * cfg.SampleRate)
		x := narrow(x64)
		b.Run(benchName(cfg, "Magnitude"), func(b *testing.B) {
			dst := p.Magnitude(nil, x)
			perFrame(b, p, func() { p.Magnitude(dst, x) })
		})
		b.Run(benchName(cfg, "Power"), func(b *testing.B) {
			dst := p.Power(nil, x)
			perFrame(b, p, func() { p.Power(dst, x) })
		})
		b.Run(benchName(cfg, "Complex"), func(b *testing.B) {
			dst := p.Complex(nil, x)
			perFrame(b, p, func() { p.Complex(dst, x) })
		})
		b.Run(benchName(cfg, "Magnitude64"), func(b *testing.B) {
			dst := p.Magnitude64(nil, x64)
			perFrame(b, p, func() { p.Magnitude64(dst, x64) })
		})
		b.Run(benchName(cfg, "Stream"), func(b *testing.B) {
			s, dst := p.StreamMagnitude(), p.Magnitude(nil, x)
			perFrame(b, p, func() { s.Finish(s.Append(dst[:0], x)) })
		})
		b.Run(benchName(cfg, "Inverse"), func(b *testing.B) {
			X, y := p.Complex(nil, x), make([]float32, len(x))
			perFrame(b, p, func() {
				if _, err := p.Inverse(y, X, len(x)); err != nil {
					b.Fatal(err)
				}
			})
		})
		b.Run(benchName(cfg, "gonum"), func(b *testing.B) {
			dst := p.Magnitude(nil, x)
			fft, frame, X := fourier.NewFFT(cfg.NFFT), make([]float64, cfg.NFFT), make([]complex128, p.Bins())
			w := p.Window()
			perFrame(b, p, func() {
				for t := range p.Frames(len(x)) {
					for j := range frame {
						frame[j] = 0
						if i := t*cfg.HopSamples - cfg.NFFT/2 + j; i >= 0 && i < len(x) {
							frame[j] = w[j] * float64(x[i])
						}
					}
					fft.Coefficients(X, frame)
					for k, v := range X {
						dst[t*p.Bins()+k] = float32(math.Sqrt(real(v)*real(v) + imag(v)*imag(v)))
					}
				}
			})
		})
	}
}
