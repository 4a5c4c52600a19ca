package htsat

import (
	"fmt"
	"testing"

	"github.com/soundspace/soundspace/audioclip/internal/params"
	"github.com/soundspace/soundspace/internal/nn"
	"github.com/soundspace/soundspace/internal/stream"
)

// The tiny model of LAION-CLAP on 10 s of sound, from the spectrogram on.
func BenchmarkTiny(b *testing.B) {
	set := params.New(stream.Source{Without: []string{"qkv"}}, nil)
	e := New(set, Config{SpecSize: 256, Mels: 64, Width: 96, Depths: []int{2, 2, 6, 2}, Heads: []int{4, 8, 16, 32}, Window: 8, Eps: 1e-5})
	if err := set.Err(); err != nil {
		b.Fatal(err)
	}
	for _, batch := range []int{1, 8} {
		var inputs []Input
		for i := range batch {
			inputs = append(inputs, noise(fmt.Sprint("recording", i), 1, 1001, 64, false))
		}
		dst := nn.NewMatrix(make([]float32, batch*e.cfg.Dim()), batch, e.cfg.Dim())
		for _, workers := range []int{1, 2} {
			b.Run(fmt.Sprintf("batch=%d/workers=%d", batch, workers), func(b *testing.B) {
				c := nn.NewContext(workers)
				b.ReportAllocs()
				for b.Loop() {
					e.Encode(c, dst, inputs)
				}
				b.ReportMetric(float64(c.Bytes())/1e6, "scratch-MB")
			})
		}
	}
}
