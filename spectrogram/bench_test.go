package spectrogram

import (
	"testing"

	"github.com/soundspace/soundspace/stft"
)

// BenchmarkSpectrogram computes 60 s: the log-mel spectrograms in front of
// Whisper and of CLAP, and a usual STFT.
func BenchmarkSpectrogram(b *testing.B) {
	for _, bb := range []struct {
		name string
		cfg  Config
	}{
		{"Whisper", Config{SampleRate: 16000, STFT: stft.Config{NFFT: 400, HopSamples: 160, Pad: stft.PadReflect}, Mel: &MelConfig{Bands: 80}, Unit: Log10}},
		{"CLAP", Config{SampleRate: 48000, STFT: stft.Config{NFFT: 1024, HopSamples: 480, Pad: stft.PadReflect}, Mel: &MelConfig{Bands: 64, FMinHz: 50, FMaxHz: 14000}, Unit: Decibel}},
		{"Magnitude", Config{SampleRate: 44100, STFT: stft.Config{NFFT: 2048, HopSamples: 512}}},
		{"Decibel", Config{SampleRate: 44100, STFT: stft.Config{NFFT: 2048, HopSamples: 512}, Unit: Decibel}},
	} {
		x := [][]float32{noise(60 * bb.cfg.SampleRate)}
		run := func(name string, workers int, f func(p *Plan, s *Spectrogram) error) {
			b.Run(bb.name+"/"+name, func(b *testing.B) {
				bb.cfg.STFT.Workers = workers
				p, err := New(bb.cfg)
				if err != nil {
					b.Fatal(err)
				}
				s, err := p.Compute(x)
				if err != nil {
					b.Fatal(err)
				}
				b.ReportAllocs()
				b.ResetTimer()
				for range b.N {
					if err := f(p, s); err != nil {
						b.Fatal(err)
					}
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*s.Frames), "ns/frame")
				b.ReportMetric(60*float64(b.N)/b.Elapsed().Seconds(), "audio-s/s")
			})
		}
		reused := func(p *Plan, s *Spectrogram) error { return p.ComputeInto(s, x) }
		run("Reused", 1, reused)
		run("Reused/Workers2", 2, reused)
		run("Fresh", 1, func(p *Plan, s *Spectrogram) error {
			_, err := p.Compute(x)
			return err
		})
		var stream *Stream
		run("Stream", 1, func(p *Plan, s *Spectrogram) error {
			if stream == nil {
				stream = p.NewStream()
			}
			s.Data = stream.Finish(stream.Append(s.Data[:0], x[0]))
			return nil
		})
	}
}
