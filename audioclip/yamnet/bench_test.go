package yamnet

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"github.com/soundspace/soundspace/audio"
	"github.com/soundspace/soundspace/internal/nn"
)

// Seconds of sound per second, with one worker: a long recording, and short clips.
func BenchmarkScores(b *testing.B) {
	m := generatedModel(b, 1)
	for _, test := range []struct {
		seconds float64
		clips   int
	}{{60, 1}, {1, 60}} {
		b.Run(fmt.Sprintf("%v s", test.seconds), func(b *testing.B) {
			clips := slices.Repeat([]*audio.Clip{tone(int(16000 * test.seconds))}, test.clips)
			b.ReportAllocs()
			for b.Loop() {
				if _, err := m.Scores(context.Background(), clips); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(test.seconds*float64(test.clips)*float64(b.N)/b.Elapsed().Seconds(), "s/s")
		})
	}
}

// The network by itself, by the number of patches at once.
func BenchmarkNetwork(b *testing.B) {
	m := generatedModel(b, 1)
	for _, n := range []int{1, 2, 4, 8, 16, 32} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			c := nn.NewContext(1)
			x := c.Images(n, patchFrames, patchBands, 1)
			scores, embeddings := c.Matrix(n, classes), c.Matrix(n, EmbeddingSize)
			for b.Loop() {
				m.net.apply(c, scores, embeddings, x)
			}
			b.ReportMetric(float64(n)*float64(b.N)/b.Elapsed().Seconds(), "patches/s")
			b.ReportMetric(float64(c.Bytes())/1e6, "MB")
		})
	}
}
