package index

import (
	"context"
	"errors"
	"fmt"
	"math"

	"github.com/soundspace/soundspace/audioclip"
)

// ErrNothing is the error of looking for nothing: there is no term, or those there are
// cancel each other out.
var ErrNothing = errors.New("index: nothing to look for")

// Term is a part of what is looked for: a text, or the vector of a sound. If it has both,
// Vector is that of the text, which need not be encoded then.
type Term struct {
	Text   string
	Vector []float32
	// Weight is how much the term counts (0: 1). What it is negative for is looked for
	// less, the more the hit is like it.
	Weight float32
}

// What terms count, beyond their weights. Both were found with the model that ships and
// three clips each of 140 kinds of sounds; other values near them are as good. TestCounts
// prints these figures.
//
// A text that is not wanted would take too much of what it has in common with one that
// is. Of pairs of kinds that are mistaken for each other (290 of them: "cello", not
// "violin"), 0.5 leaves of the second one a quarter of the clips among the best twenty,
// and nine tenths of the first; 1 leaves of the first not six tenths.
//
// A sound is liked much more by other sounds than a text is, so that the text would have
// no say: the standard deviation of cosines is 0.20 with sounds and 0.04 with texts. With
// 0.3, neither drowns the other.
const (
	unwantedCounts = 0.5
	soundCounts    = 0.3
)

// Compose returns the vector of a query: of the unit vectors vᵢ of terms and their
// weights wᵢ,
//
//	q = u/‖u‖,  u = Σ wᵢ·cᵢ·nᵢ·vᵢ
//
// where cᵢ is 0.3 for sounds and 1 for texts, and nᵢ is 0.5 where wᵢ is negative and 1
// where it is not. The vector of a single term is its own. The model m makes the vectors
// of texts; it may be nil if there is none.
//
// The error is ErrNothing if there is no term, or if they cancel each other out; another
// one if a vector or a weight is not finite, or a vector has no length or another number of
// values than the rest.
func Compose(ctx context.Context, m *audioclip.Model, terms ...Term) ([]float32, error) {
	if len(terms) == 0 {
		return nil, ErrNothing
	}
	texts, err := encodeTerms(ctx, m, terms)
	if err != nil {
		return nil, err
	}
	var sum []float64
	for i, t := range terms {
		v, counts := t.Vector, 1.0
		switch {
		case v == nil:
			v = texts.Row(0)
			texts.Data, texts.Rows = texts.Data[texts.Cols:], texts.Rows-1
		case t.Text == "":
			counts = soundCounts
		}
		if sum == nil {
			sum = make([]float64, len(v))
		}
		weight := float64(t.Weight)
		if weight == 0 {
			weight = 1
		}
		if weight < 0 {
			weight *= unwantedCounts
		}
		length := math.Sqrt(dot(v, v))
		scale := weight * counts / length
		if len(v) != len(sum) || length-length != 0 || scale-scale != 0 {
			return nil, fmt.Errorf("index: term %d of what is looked for: a vector of %d values, of length %g and weight %g; %d values are looked for", i, len(v), length, t.Weight, len(sum))
		}
		for d, x := range v {
			sum[d] += scale * float64(x)
		}
	}
	squares := 0.0
	for _, x := range sum {
		squares += x * x
	}
	if !(squares > 1e-12) {
		return nil, fmt.Errorf("%w: what is wanted and what is not cancel each other out", ErrNothing)
	}
	q := make([]float32, len(sum))
	for d, x := range sum {
		q[d] = float32(x / math.Sqrt(squares))
	}
	return q, nil
}

// encodeTerms returns the vectors of the texts among terms that have none.
func encodeTerms(ctx context.Context, m *audioclip.Model, terms []Term) (audioclip.Matrix, error) {
	var texts []string
	for _, t := range terms {
		if t.Vector == nil {
			texts = append(texts, t.Text)
		}
	}
	if len(texts) == 0 {
		return audioclip.Matrix{}, nil
	}
	if m == nil {
		return audioclip.Matrix{}, audioclip.ErrNoText
	}
	return m.EncodeText(ctx, texts, audioclip.TextConfig{})
}
