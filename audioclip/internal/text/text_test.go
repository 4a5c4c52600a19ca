package text

import (
	"encoding/json"
	"math"
	"os"
	"testing"

	"github.com/soundspace/soundspace/audioclip/internal/params"
	"github.com/soundspace/soundspace/internal/nn"
	"github.com/soundspace/soundspace/internal/stream"
)

// encoder is what the encoders have in common.
type encoder interface {
	Width() int
	MaxTokens() int
	Check(tokens []int) error
	Encode(c *nn.Context, dst nn.Matrix, texts [][]int)
}

var (
	_ encoder = (*CLIP)(nil)
	_ encoder = (*BERT)(nil)
	_ encoder = (*GPT2)(nil)
)

// vectors returns those of texts.
func vectors(e encoder, texts [][]int) nn.Matrix {
	dst := nn.NewMatrix(make([]float32, len(texts)*e.Width()), len(texts), e.Width())
	e.Encode(nn.NewContext(2), dst, texts)
	return dst
}

// difference returns the largest difference of rows of got from want.
func difference(t *testing.T, got nn.Matrix, want [][]float64) float64 {
	t.Helper()
	if got.Rows != len(want) || got.Cols != len(want[0]) {
		t.Fatalf("%d×%d values, want %d×%d", got.Rows, got.Cols, len(want), len(want[0]))
	}
	var worst float64
	for i := range want {
		for j, w := range want[i] {
			if d := math.Abs(float64(got.Row(i)[j]) - w); !(d <= worst) {
				worst = d
			}
		}
	}
	return worst
}

// The tower's original implementations with weights generated from names: see
// testdata/models.
func TestGenerated(t *testing.T) {
	file, err := os.ReadFile("../../../testdata/models/text_mini.json")
	if err != nil {
		t.Fatal(err)
	}
	var golden struct {
		CLIP struct {
			Ids     [][]int     `json:"input_ids_unpadded"`
			Vectors [][]float64 `json:"text_features_unnormalised"`
		} `json:"clip_text_mini"`
		RoBERTa struct {
			Ids    [][]int `json:"input_ids_unpadded"`
			Pooler []struct {
				First8, Last4 []float64
			}
		} `json:"roberta_mini_eps1e-12"`
	}
	if err := json.Unmarshal(file, &golden); err != nil {
		t.Fatal(err)
	}

	set := params.New(stream.Source{}, nil)
	clip := NewCLIP(set, CLIPConfig{
		Vocab: 49408, Context: 77, Width: 64, Layers: 2, Heads: 1, FeedForward: 256, Embed: 32,
		Act: nn.QuickGELU, Eps: 1e-5,
	})
	roberta := NewBERT(set.Sub("text_model."), BERTConfig{
		Vocab: 50265, Positions: 514, Types: 1, Width: 32, Layers: 2, Heads: 4, FeedForward: 64,
		Act: nn.GELU, Eps: 1e-12, RoBERTa: true, Pad: 1,
	}, Pooler)
	if err := set.Err(); err != nil {
		t.Fatal(err)
	}
	if d := difference(t, vectors(clip, golden.CLIP.Ids), golden.CLIP.Vectors); !(d <= 1e-5) {
		t.Errorf("CLIP differs by %g", d)
	}
	pooled := vectors(roberta, golden.RoBERTa.Ids)
	for i, want := range golden.RoBERTa.Pooler {
		row := pooled.RowsOf(i, i+1)
		first, last := difference(t, row.ColsOf(0, 8), [][]float64{want.First8}), difference(t, row.ColsOf(28, 32), [][]float64{want.Last4})
		if !(first <= 1e-5 && last <= 1e-5) {
			t.Errorf("RoBERTa differs by %g and %g", first, last)
		}
	}
}
