package cnn14

import (
	"fmt"
	"testing"

	"github.com/soundspace/soundspace/audioclip/internal/params"
	"github.com/soundspace/soundspace/internal/nn"
	"github.com/soundspace/soundspace/internal/stream"
)

// Clips at 44.1 kHz.
func BenchmarkCNN14(b *testing.B) {
	m := New(params.New(stream.Source{Without: []string{"conv1.bias", "conv2.bias"}}, nil))
	for _, seconds := range []int{5, 10} {
		frames := 1 + seconds*44100/320
		spec := nn.NewMatrix(stream.Values("input", []int{1, frames, Bands}, stream.Uniform("input", frames*Bands)), frames, Bands)
		dst := nn.NewMatrix(make([]float32, m.Width()), 1, m.Width())
		for workers := 1; workers <= 2; workers++ {
			b.Run(fmt.Sprintf("seconds=%d/workers=%d", seconds, workers), func(b *testing.B) {
				c := nn.NewContext(workers)
				for b.Loop() {
					m.Encode(c, dst, []nn.Matrix{spec})
				}
				b.ReportMetric(float64(c.Bytes())/(1<<20), "scratch-MiB")
			})
		}
	}
}
