package audioclip

import (
	"fmt"
	"testing"

	"github.com/soundspace/soundspace/audio"
	"github.com/soundspace/soundspace/audioclip/internal/params"
	"github.com/soundspace/soundspace/audioclip/internal/soundnet"
	"github.com/soundspace/soundspace/internal/stream"
	"github.com/soundspace/soundspace/spectrogram/frontend"
)

// The network of recipes/small on clips of 5 s, from the samples on.
func BenchmarkSoundspace(b *testing.B) {
	net := soundnet.Config{
		FrontEnd: frontend.LogMelConfig{SampleRate: 32000, NFFT: 1024, HopSamples: 640, Bands: 64, FMinHz: 50, FMaxHz: 14000},
		RangeDB:  80, WindowSeconds: 5, Stem: []int{16, 24}, Embed: 384, Expand: 512,
		Stages: []soundnet.Stage{
			{Width: 48, Blocks: 1, Groups: 1, StrideTime: 2, StrideBands: 2},
			{Width: 112, Blocks: 1, Groups: 1, StrideTime: 2, StrideBands: 2},
			{Width: 256, Blocks: 1, Groups: 1, StrideTime: 2, StrideBands: 2},
		},
	}
	weights := generate(stream.Source{Without: []string{".conv.bias"}}, func(set *params.Set) { soundnet.New(set.Sub("audio_model."), net) })
	dir := writeModel(b, b.TempDir(), soundnet.Model{Audio: &net}, weights)
	for _, rate := range []int{32000, 44100} {
		for _, batch := range []int{1, 8} {
			var clips []*audio.Clip
			for i := range batch {
				clips = append(clips, noise(5*rate, 1, rate, uint64(i)))
			}
			for _, workers := range []int{1, 2} {
				b.Run(fmt.Sprintf("rate=%d/clips=%d/workers=%d", rate, batch, workers), func(b *testing.B) {
					m := mustOpen(b, Config{Workers: workers}, dir)
					b.ReportAllocs()
					for b.Loop() {
						if _, err := m.EncodeAudio(background, clips, AudioConfig{}); err != nil {
							b.Fatal(err)
						}
					}
					b.ReportMetric(b.Elapsed().Seconds()/float64(b.N*batch)*1e3, "ms/clip")
				})
			}
		}
	}
}
