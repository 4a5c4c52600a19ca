package train

import (
	"math"
	"testing"

	"github.com/soundspace/soundspace/audioclip/internal/params"
	"github.com/soundspace/soundspace/audioclip/internal/text"
	"github.com/soundspace/soundspace/internal/nn"
	"github.com/soundspace/soundspace/internal/nn/autodiff"
)

// What is trained is what will run.
func TestTextEncoderIsTheTower(t *testing.T) {
	cfg := text.CLIPConfig{Vocab: 50, Context: 12, Width: 32, Layers: 2, Heads: 4, FeedForward: 48, Embed: 24, Act: nn.GELU, Eps: 1e-5, EndToken: 49}
	e := newTextEncoder(cfg, 7)
	texts := [][]int{{48, 3, 4, 5, 49}, {48, 49}, {48, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 49}, {48, 9, 49, 0, 0}}
	ids := make([][]int32, len(texts))
	for i, tokens := range texts {
		for _, id := range tokens {
			ids[i] = append(ids[i], int32(id))
		}
	}
	tape := autodiff.NewTape(nn.NewContext(1))
	got := e.forward(tape, ids)

	set := params.New(sourceOf(e.params), nil)
	tower := text.NewCLIP(set, cfg)
	if err := set.Err(); err != nil {
		t.Fatal(err)
	}
	want := nn.NewMatrix(make([]float32, len(texts)*cfg.Embed), len(texts), cfg.Embed)
	tower.Encode(nn.NewContext(1), want, texts)
	for i, v := range want.Data {
		if math.Abs(float64(got.Data[i]-v)) > 1e-5 {
			t.Fatalf("value %d is %v, the tower says %v", i, got.Data[i], v)
		}
	}
}
