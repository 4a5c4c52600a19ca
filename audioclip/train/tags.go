package train

import (
	"context"
	"math"

	"github.com/soundspace/soundspace/audio"
	"github.com/soundspace/soundspace/audioclip/dataset"
	"github.com/soundspace/soundspace/audioclip/yamnet"
	"github.com/soundspace/soundspace/internal/nn"
	"github.com/soundspace/soundspace/internal/nn/autodiff"
)

// tagger is a teacher of sounds: it hears classes, each of which has a name, in a clip,
// with scores of 0 to 1, and has features of its own from which it concludes that.
type tagger struct {
	who    string
	labels []string
	width  int // of the features
	hear   func(ctx context.Context, clip *audio.Clip) (scores, features []float32, err error)
}

// openTagger opens YAMNet.
func openTagger(dir string) (*tagger, error) {
	model, err := yamnet.Open(dir)
	if err != nil {
		return nil, err
	}
	return &tagger{who: "YAMNet", labels: model.Labels(), width: yamnet.EmbeddingSize, hear: func(ctx context.Context, clip *audio.Clip) ([]float32, []float32, error) {
		scores, features, err := model.Patches(ctx, clip)
		return meanRow(scores.Data, scores.Cols), meanRow(features.Data, features.Cols), err
	}}, nil
}

// meanRow returns the mean of rows.
func meanRow(rows []float32, cols int) []float32 {
	mean := make([]float32, cols)
	for i, v := range rows {
		mean[i%cols] += v * float32(cols) / float32(len(rows))
	}
	return mean
}

// tags are what a tagger hears in the clips of a run, and what is learnt from it.
type tags struct {
	recipe *TagsRecipe
	// shares are those of the classes (columns) in each clip, of which the sum is 1, and
	// prior how often they are heard.
	shares nn.Matrix
	prior  []float64
	// texts are the vectors of the names of the classes.
	texts nn.Matrix
	// scale is the logarithm of what cosines with them are multiplied by.
	scale *autodiff.Param
	// features, unit rows, are the tagger's, less their mean; toThem makes them of
	// vectors of sounds.
	features nn.Matrix
	toThem   *autodiff.Param
}

// rarest is the least share that a class is taken to have of all that is heard.
const rarest = 1e-5

// newTags makes tags of what a tagger has heard: of each clip a row, its scores and
// after them its features. drawn are clips as the sampler draws them.
func newTags(r *TagsRecipe, heard, texts nn.Matrix, drawn []int, seed uint64) *tags {
	classes := texts.Rows
	g := &tags{
		recipe: r, texts: texts, prior: make([]float64, classes),
		shares:   nn.NewMatrix(make([]float32, heard.Rows*classes), heard.Rows, classes),
		features: nn.NewMatrix(make([]float32, heard.Rows*(heard.Cols-classes)), heard.Rows, heard.Cols-classes),
		scale:    &autodiff.Param{Name: "tag_scale", Shape: []int{}, Data: []float32{float32(math.Log(r.Scale))}, Grad: []float32{0}},
	}
	mean := make([]float64, heard.Cols)
	for i := range heard.Rows {
		for j, v := range heard.Row(i) {
			mean[j] += float64(v) / float64(heard.Rows)
		}
	}
	for i := range heard.Rows {
		row, shares := heard.Row(i), g.shares.Row(i)
		var sum float32
		for j := range shares {
			shares[j] = row[j] * float32(math.Pow(max(mean[j], rarest), -r.RarePower))
			sum += shares[j]
		}
		for j := range shares {
			if sum > 0 {
				shares[j] /= sum
			}
		}
		features := g.features.Row(i)
		for j := range features {
			features[j] = row[classes+j] - float32(mean[classes+j])
		}
		nn.NormalizeL2(features)
	}
	for _, clip := range drawn {
		for j, s := range g.shares.Row(clip) {
			g.prior[j] += float64(s) / float64(len(drawn))
		}
	}
	for j := range g.prior {
		g.prior[j] = max(g.prior[j], rarest)
	}
	p := &parameters{seed: seed ^ 0x7a95}
	g.toThem = p.normal("tag_features.weight", 1/math.Sqrt(float64(texts.Cols)), g.features.Cols, texts.Cols)
	return g
}

func (g *tags) parameters() []*autodiff.Param { return []*autodiff.Param{g.scale, g.toThem} }

// mixed returns, for the sounds of a batch, rows of m mixed as the sounds are.
func mixed(c *nn.Context, m nn.Matrix, rows []dataset.Row) nn.Matrix {
	dst := c.Matrix(len(rows), m.Cols)
	for i, row := range rows {
		to, other := dst.Row(i), m.Row(row.Clip) // of itself: nothing is mixed in
		if row.Other >= 0 {
			other = m.Row(rows[row.Other].Clip)
		}
		for j, v := range m.Row(row.Clip) {
			to[j] = row.Lambda*v + (1-row.Lambda)*other[j]
		}
	}
	return dst
}

// choose returns how badly sounds choose among the names of the classes what is heard in
// them, and adds its gradient to dSounds.
func (g *tags) choose(c *nn.Context, sounds nn.Matrix, rows []dataset.Row, dSounds []float32) float64 {
	shares := mixed(c, g.shares, rows)
	targets := make([]float64, len(shares.Data))
	for i, s := range shares.Data {
		targets[i] = float64(s)
	}
	own := c.Floats(len(dSounds))
	loss, dScale := CrossEntropyPrior(c, sounds.Data, g.texts.Data, sounds.Cols, targets, float64(g.scale.Data[0]), g.prior, own, nil)
	weight := g.recipe.Names
	for i, v := range own {
		dSounds[i] += float32(weight) * v
	}
	g.scale.Grad[0] += float32(weight * dScale)
	return weight * loss
}

// imitate returns how badly the features of the tagger can be told from sounds, a value
// to be taken back to its parameters and to them, and its gradient.
func (g *tags) imitate(t *autodiff.Tape, sounds *autodiff.Value, rows []dataset.Row) (loss float64, y *autodiff.Value, dy nn.Matrix) {
	c := t.Context()
	features := mixed(c, g.features, rows)
	for i := range features.Rows {
		nn.NormalizeL2(features.Row(i))
	}
	y = t.NormalizeL2(t.Linear(sounds, g.toThem, nil), normEps)
	dy = c.Matrix(y.Rows, y.Cols)
	weight := g.recipe.Features
	loss = weight * Cosine(y.Data, features.Data, y.Cols, dy.Data)
	for i := range dy.Data {
		dy.Data[i] *= float32(weight)
	}
	return loss, y, dy
}
