package text

import (
	"fmt"
	"testing"

	"github.com/soundspace/soundspace/audioclip/internal/params"
	"github.com/soundspace/soundspace/internal/nn"
	"github.com/soundspace/soundspace/internal/stream"
)

// captionLengths are those of the first captions of AudioCaps' validation table, in
// BERT's tokens.
var captionLengths = []int{
	27, 14, 9, 16, 13, 14, 6, 7, 8, 12, 9, 18, 9, 9, 16, 8,
	14, 8, 8, 15, 9, 13, 13, 7, 13, 14, 13, 15, 11, 9, 14, 11,
}

func benchmark(b *testing.B, e encoder, end int) {
	var texts [][]int
	for i, n := range captionLengths {
		text := make([]int, n)
		for j := range text {
			text[j] = 1000 + 100*i + j
		}
		text[n-1] = end
		texts = append(texts, text)
	}
	for _, texts := range [][][]int{texts[1:2], texts} {
		for _, workers := range []int{1, 2} {
			b.Run(fmt.Sprintf("batch%d/workers%d", len(texts), workers), func(b *testing.B) {
				c := nn.NewContext(workers)
				dst := c.Matrix(len(texts), e.Width())
				for b.Loop() {
					e.Encode(c, dst, texts)
				}
				b.ReportMetric(float64(c.Bytes())/1e6, "MB-scratch")
			})
		}
	}
}

func BenchmarkCLIPViTB32(b *testing.B) {
	benchmark(b, NewCLIP(params.New(stream.Source{}, nil), CLIPConfig{
		Vocab: 49408, Context: 77, Width: 512, Layers: 12, Heads: 8, FeedForward: 2048, Embed: 512,
		Act: nn.QuickGELU, Eps: 1e-5,
	}), 49407)
}

func BenchmarkMiniLM(b *testing.B) {
	benchmark(b, NewBERT(params.New(stream.Source{}, nil), BERTConfig{
		Vocab: 30522, Positions: 512, Types: 2, Width: 384, Layers: 6, Heads: 12, FeedForward: 1536,
		Act: nn.GELU, Eps: 1e-12,
	}, Mean), 102)
}
