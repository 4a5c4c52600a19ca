package soundnet

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"testing"

	"github.com/soundspace/soundspace/audioclip/internal/params"
	"github.com/soundspace/soundspace/internal/nn"
	"github.com/soundspace/soundspace/internal/stream"
	"github.com/soundspace/soundspace/spectrogram/frontend"
)

var small = Config{
	FrontEnd: frontend.LogMelConfig{SampleRate: 8000, NFFT: 256, HopSamples: 160, Bands: 20, FMinHz: 50, FMaxHz: 4000},
	RangeDB:  80, WindowSeconds: 1, Stem: []int{4, 8}, Embed: 12, Expand: 20,
	Stages: []Stage{
		{Width: 8, Blocks: 2, Groups: 1, StrideTime: 1, StrideBands: 1},
		{Width: 16, Blocks: 1, Groups: 4, StrideTime: 2, StrideBands: 2},
		{Width: 16, Blocks: 1, Groups: 1, StrideTime: 3, StrideBands: 1},
	},
}

func newNet(t testing.TB, cfg Config) *Net {
	t.Helper()
	if err := cfg.Validate(); err != nil {
		t.Fatal(err)
	}
	set := params.New(stream.Source{Without: []string{"conv.bias"}}, nil)
	n := New(set, cfg)
	if err := set.Err(); err != nil {
		t.Fatal(err)
	}
	return n
}

// Vectors of the same network in PyTorch: see testdata/make.py.
func TestGolden(t *testing.T) {
	file, err := os.ReadFile("testdata/golden.json")
	if err != nil {
		t.Fatal(err)
	}
	var golden []struct {
		Frames int
		Vector []float64
	}
	if err := json.Unmarshal(file, &golden); err != nil {
		t.Fatal(err)
	}
	net := newNet(t, small)
	for _, g := range golden {
		for _, workers := range []int{1, 3} {
			dB := make([]float32, g.Frames*20)
			for i, u := range stream.Uniform(fmt.Sprintf("input.%d", g.Frames), len(dB)) {
				dB[i] = max(float32(100*u-110), -100)
			}
			got := nn.NewMatrix(make([]float32, 12), 1, 12)
			net.Encode(nn.NewContext(workers), got, nn.NewMatrix(dB, g.Frames, 20))
			var worst float64
			for i, want := range g.Vector {
				worst = max(worst, math.Abs(float64(got.Data[i])-want))
			}
			if t.Logf("%d frames: off by %.2g", g.Frames, worst); !(worst <= 1e-5) {
				t.Errorf("got %v, want %v", got.Data, g.Vector)
			}
		}
	}
}

func TestConfig(t *testing.T) {
	// 3×3 stem of 4 and 8; two blocks of 8; 8 → 16 in 4 groups with shortcut; 16 → 16
	// that steps, with shortcut; 20; the last map. Each but the last has 2 numbers of
	// normalisation for each channel.
	want := 4*9 + 8 + 8*4*9 + 16 + 4*(8*8*9+16) + (16*2*9 + 32) + (16*4*9 + 32) + (16*8 + 32) + 2*(16*16*9+32) + (16*16 + 32) + (20*16 + 40) + (12*20 + 12)
	if got := small.Parameters(); got != want {
		t.Errorf("%d parameters, want %d", got, want)
	}
	// 51 × 20 frames, then 26 × 10, 13 × 5, 7 × 3, 3 × 3.
	want = 4*9*260 + 8*4*9*65 + 4*8*8*9*65 + (16*2*9+16*4*9+16*8)*21 + (2*16*16*9+16*16+20*16)*9 + 12*20
	if got := small.Multiplications(1); got != want {
		t.Errorf("%d multiplications, want %d", got, want)
	}
	for name, change := range map[string]func(c *Config){
		"rate":        func(c *Config) { c.FrontEnd.SampleRate = 0 },
		"range":       func(c *Config) { c.RangeDB = 0 },
		"window":      func(c *Config) { c.WindowSeconds = -1 },
		"no window":   func(c *Config) { c.WindowSeconds = 1e-5 },
		"long window": func(c *Config) { c.WindowSeconds = 1e300 },
		"many frames": func(c *Config) { c.WindowSeconds, c.FrontEnd.HopSamples = 60, 1 },
		"embedding":   func(c *Config) { c.Embed = 1 << 40 },
		"stem":        func(c *Config) { c.Stem = nil },
		"stem of 0":   func(c *Config) { c.Stem = []int{0} },
		"stages":      func(c *Config) { c.Stages = nil },
		"width": func(c *Config) {
			c.Stages = []Stage{{Width: 1 << 40, Blocks: 1, Groups: 1, StrideTime: 1, StrideBands: 1}}
		},
		"blocks": func(c *Config) {
			c.Stages = []Stage{{Width: 8, Blocks: 1 << 40, Groups: 1, StrideTime: 1, StrideBands: 1}}
		},
		"groups": func(c *Config) { c.Stages = []Stage{{Width: 8, Blocks: 1, Groups: 3, StrideTime: 1, StrideBands: 1}} },
		"step":   func(c *Config) { c.Stages = []Stage{{Width: 8, Blocks: 1, Groups: 1, StrideTime: 0, StrideBands: 1}} },
		"expand": func(c *Config) { c.Expand = -1 },
		"memory": func(c *Config) {
			c.WindowSeconds, c.Stem = 100, []int{1024}
		},
		"work": func(c *Config) {
			c.Stages = []Stage{{Width: 1 << 12, Blocks: 64, Groups: 1, StrideTime: 1, StrideBands: 1}}
		},
	} {
		c := small
		change(&c)
		if err := c.Validate(); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// The recipe's network on windows of 5 s, from the frames on.
func BenchmarkNet(b *testing.B) {
	net := newNet(b, Config{
		FrontEnd: frontend.LogMelConfig{SampleRate: 32000, NFFT: 1024, HopSamples: 640, Bands: 64, FMinHz: 50, FMaxHz: 14000},
		RangeDB:  80, WindowSeconds: 5, Stem: []int{16, 24}, Embed: 384, Expand: 512,
		Stages: []Stage{
			{Width: 48, Blocks: 1, Groups: 1, StrideTime: 2, StrideBands: 2},
			{Width: 112, Blocks: 1, Groups: 1, StrideTime: 2, StrideBands: 2},
			{Width: 256, Blocks: 1, Groups: 1, StrideTime: 2, StrideBands: 2},
		},
	})
	frames := nn.NewMatrix(make([]float32, 251*64), 251, 64)
	dst := nn.NewMatrix(make([]float32, 384), 1, 384)
	for _, workers := range []int{1, 2} {
		b.Run(fmt.Sprintf("workers=%d", workers), func(b *testing.B) {
			c := nn.NewContext(workers)
			b.ReportAllocs()
			for b.Loop() {
				for i := range frames.Data {
					frames.Data[i] = float32(-i % 97)
				}
				net.Encode(c, dst, frames)
			}
			b.ReportMetric(float64(net.cfg.Multiplications(5))/1e6, "MMAC")
			b.ReportMetric(float64(c.Bytes())/1e6, "scratch-MB")
		})
	}
}
