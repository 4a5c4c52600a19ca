//go:build !race

// Under the race detector sync.Pool drops things at random.

package spectrogram

import (
	"testing"

	"github.com/soundspace/soundspace/stft"
)

// allocConfigs differ in what happens to a frame.
var allocConfigs = []Config{
	{SampleRate: 16000, STFT: stft.Config{NFFT: 400, HopSamples: 160}, Unit: Decibel},
	{SampleRate: 16000, STFT: stft.Config{NFFT: 400, HopSamples: 160}, Unit: Ln, Mel: &MelConfig{Bands: 80}},
	{SampleRate: 16000, STFT: stft.Config{NFFT: 441, Float64: true}, Unit: Log1p, Mel: &MelConfig{Bands: 80}},
	{SampleRate: 16000, Mel: &MelConfig{}},
}

func TestComputeIntoAllocations(t *testing.T) {
	x := goldenSignal(t)
	for _, cfg := range allocConfigs {
		p, err := New(cfg)
		if err != nil {
			t.Fatal(err)
		}
		dst, err := p.Compute(x)
		if err != nil {
			t.Fatal(err)
		}
		if n := testing.AllocsPerRun(10, func() { p.ComputeInto(dst, x) }); n != 0 {
			t.Errorf("%v: %g allocations", cfg.Unit, n)
		}
	}
}

func TestStreamAllocations(t *testing.T) {
	x := goldenSignal(t)[0]
	for _, cfg := range allocConfigs {
		p, err := New(cfg)
		if err != nil {
			t.Fatal(err)
		}
		stream := p.NewStream()
		rows := stream.Finish(stream.Append(nil, x))
		if n := testing.AllocsPerRun(20, func() { rows = stream.Finish(stream.Append(rows[:0], x)) }); n != 0 {
			t.Errorf("%v: %g allocations", cfg.Unit, n)
		}
	}
}
