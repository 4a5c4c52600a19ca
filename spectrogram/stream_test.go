package spectrogram

import (
	"math/rand/v2"
	"testing"

	"github.com/soundspace/soundspace/stft"
)

func TestStreamEqualsCompute(t *testing.T) {
	x := goldenSignal(t)[:1]
	rng := rand.New(rand.NewPCG(3, 4))
	for _, cfg := range []Config{
		{},
		{STFT: stft.Config{NFFT: 441, HopSamples: 100, Pad: stft.PadReflect}, Unit: Decibel},
		{STFT: stft.Config{NFFT: 400, HopSamples: 160, NoCenter: true}, Mel: &MelConfig{Bands: 80}, Unit: Ln},
		{STFT: stft.Config{NFFT: 400, HopSamples: 7, Pad: stft.PadEdge, Float64: true}, Mel: &MelConfig{Bands: 30}, Unit: Log1p},
		{STFT: stft.Config{NFFT: 64, HopSamples: 1000}, Mel: &MelConfig{Bands: 10}},
	} {
		cfg.SampleRate = 16000
		p, err := New(cfg)
		if err != nil {
			t.Fatal(err)
		}
		stream := p.NewStream()
		for _, samples := range []int{0, 1, 500, 4000} {
			signal := x[0][:samples]
			want, err := p.Compute([][]float32{signal})
			if err != nil {
				t.Fatal(err)
			}
			for _, size := range []int{1, 160, 4000, 0} { // 0: of random sizes
				var got []float32
				for rest := signal; len(rest) > 0; {
					n := size
					if size == 0 {
						n = rng.IntN(300)
					}
					n = min(n, len(rest))
					got = stream.Append(got, rest[:n])
					rest = rest[n:]
				}
				got = stream.Finish(got)
				sameBits(t, "stream", got, want.Data)
			}
		}
		stream.Append(nil, x[0])
		stream.Reset()
		want, _ := p.Compute([][]float32{x[0][:900]})
		sameBits(t, "after Reset", stream.Finish(stream.Append(nil, x[0][:900])), want.Data)
	}
}
