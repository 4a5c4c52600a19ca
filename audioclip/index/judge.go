package index

import (
	"context"
	"math"

	"github.com/soundspace/soundspace/audioclip"
)

// GoodFit is the least value of Judge.Fit that speaks for a hit. It is low, since who is
// told that a good hit is none is misled, while of a bad one ears tell: with the model
// that ships and three clips each of 140 kinds of sounds, 97 % of the best hits that are
// right reach it, and 30 % of those of texts that no clip fits. With 3.4 it would be 89 %
// and 15 % (TestJudge prints them).
const GoodFit = 3.0

// Judge tells whether a hit fits a text at all: there always is a best one. Cosines do
// not tell, since every model has its own. So the text is compared with what else the
// sound might be: some 150 common phrases for sounds. It is safe for concurrent use.
type Judge struct {
	phrases audioclip.Matrix
}

// NewJudge encodes the phrases.
func NewJudge(ctx context.Context, m *audioclip.Model) (*Judge, error) {
	phrases, err := m.EncodeText(ctx, commonPhrases, audioclip.TextConfig{})
	return &Judge{phrases}, err
}

// Fit returns by how many standard deviations the cosine of a text with a sound is larger
// than those of the phrases p with it, on average:
//
//	(cos(text, sound) − mean cos(p, sound)) / standard deviation of cos(p, sound)
//
// It knows nothing of the other sounds of a collection, so it means the same in a large
// and in a small one. It panics if the vectors have not the length of those of the model.
func (j *Judge) Fit(text, sound []float32) float64 {
	sum, squares := 0.0, 0.0
	for i := range j.phrases.Rows {
		c := cosine(j.phrases.Row(i), sound)
		sum += c
		squares += c * c
	}
	n := float64(j.phrases.Rows)
	mean := sum / n
	return (cosine(text, sound) - mean) / math.Sqrt(squares/n-mean*mean)
}

// HitVector returns the vector of the window that was found.
func HitVector(ctx context.Context, s Store, h Hit) ([]float32, error) {
	e, err := s.Get(ctx, h.ID())
	if err != nil {
		return nil, err
	}
	for _, w := range e.Windows {
		if w.Start == h.Start && w.End == h.End {
			return w.Vector, nil
		}
	}
	return nil, ErrNotFound
}
