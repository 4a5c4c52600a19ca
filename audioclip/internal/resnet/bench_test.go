package resnet

import (
	"fmt"
	"testing"

	"github.com/soundspace/soundspace/audioclip/internal/params"
	"github.com/soundspace/soundspace/internal/nn"
	"github.com/soundspace/soundspace/internal/stream"
)

// benchmark runs f with one worker and with two, and reports the scratch memory.
func benchmark(b *testing.B, f func(c *nn.Context)) {
	for workers := 1; workers <= 2; workers++ {
		b.Run(fmt.Sprintf("workers=%d", workers), func(b *testing.B) {
			c := nn.NewContext(workers)
			f(c)
			for b.Loop() {
				f(c)
			}
			b.ReportMetric(float64(c.Bytes())/(1<<20), "scratch-MiB")
		})
	}
}

func BenchmarkWav2CLIP(b *testing.B) {
	m := newWav2CLIP()
	for _, seconds := range []int{5, 10} {
		frames := 1 + seconds*16000/353
		x := input("input", 1, 1, frames, Bins, 1, 0)
		dst := nn.NewMatrix(make([]float32, m.Width()), 1, m.Width())
		b.Run(fmt.Sprintf("seconds=%d", seconds), func(b *testing.B) {
			benchmark(b, func(c *nn.Context) {
				m.Encode(c, dst, []nn.Matrix{nn.NewMatrix(x.Data, frames, Bins)})
			})
		})
	}
}

func BenchmarkAudioCLIP(b *testing.B) {
	m := newAudioCLIP()
	for _, seconds := range []int{5, 10} {
		x := signal(seconds*44100, 44100)
		dst := nn.NewMatrix(make([]float32, m.Width()), 1, m.Width())
		b.Run(fmt.Sprintf("seconds=%d", seconds), func(b *testing.B) {
			benchmark(b, func(c *nn.Context) { m.Encode(c, dst, [][][]float32{{x}}) })
		})
		b.Run(fmt.Sprintf("spectrogram/seconds=%d", seconds), func(b *testing.B) {
			benchmark(b, func(c *nn.Context) {
				defer c.Release(c.Mark())
				m.transform.Image(c, x)
			})
		})
	}
}

func BenchmarkCLIP(b *testing.B) {
	cfg := CLIPConfig{Blocks: [4]int{3, 4, 6, 3}, Width: 64, Size: 224, Embed: 1024}
	m := NewCLIP(params.New(stream.Source{Prefix: "visual.", Without: withoutBias}, nil), cfg)
	for _, n := range []int{1, 8} {
		x := input("input", n, 3, 224, 224, 1, 0)
		dst := nn.NewMatrix(make([]float32, n*m.Width()), n, m.Width())
		b.Run(fmt.Sprintf("pictures=%d", n), func(b *testing.B) {
			benchmark(b, func(c *nn.Context) { m.Encode(c, dst, x) })
		})
	}
}
