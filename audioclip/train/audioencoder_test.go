package train

import (
	"math"
	"testing"

	"github.com/soundspace/soundspace/audioclip/internal/params"
	"github.com/soundspace/soundspace/audioclip/internal/soundnet"
	"github.com/soundspace/soundspace/internal/nn"
	"github.com/soundspace/soundspace/internal/nn/autodiff"
	"github.com/soundspace/soundspace/internal/stream"
	"github.com/soundspace/soundspace/spectrogram/frontend"
)

func smallNet() soundnet.Config {
	return soundnet.Config{
		FrontEnd: frontend.LogMelConfig{SampleRate: 8000, NFFT: 256, HopSamples: 160, Bands: 20, FMinHz: 50, FMaxHz: 4000},
		RangeDB:  80, WindowSeconds: 1, Stem: []int{4, 8}, Embed: 12, Expand: 20,
		Stages: []soundnet.Stage{
			{Width: 8, Blocks: 2, Groups: 1, StrideTime: 1, StrideBands: 1},
			{Width: 16, Blocks: 1, Groups: 4, StrideTime: 2, StrideBands: 2},
		},
	}
}

// What is trained is what will run, also for sizes that steps do not divide.
func TestAudioEncoderIsTheTower(t *testing.T) {
	cfg := smallNet()
	if err := cfg.Validate(); err != nil {
		t.Fatal(err)
	}
	e := newAudioEncoder(cfg, "audio_model.", 3)
	for _, p := range e.params { // also what begins with 0 and 1
		for i, u := range stream.Uniform(p.Name, len(p.Data)) {
			p.Data[i] += float32(0.3 * u)
		}
	}
	set := params.New(sourceOf(e.params), nil)
	net := soundnet.New(set.Sub("audio_model."), cfg)
	if err := set.Err(); err != nil {
		t.Fatal(err)
	}
	for _, frames := range []int{1, 7, 51} {
		x := make([]float32, frames*20)
		for i, u := range stream.Uniform("frames", len(x)) {
			x[i] = float32(-100 + 90*u)
		}
		want := nn.NewMatrix(make([]float32, 12), 1, 12)
		net.Encode(nn.NewContext(1), want, nn.NewMatrix(append([]float32(nil), x...), frames, 20))

		frontend.Relative(x, cfg.RangeDB)
		tape := autodiff.NewTape(nn.NewContext(1))
		got := e.forward(tape, nn.Images{Data: x, N: 1, H: frames, W: 20, C: 1}, 0.5, 1)
		for i, v := range want.Data {
			if math.Abs(float64(got.Data[i]-v)) > 1e-4*(1+math.Abs(float64(v))) {
				t.Fatalf("%d frames: value %d is %v, the tower says %v", frames, i, got.Data[i], v)
			}
		}
	}
}
