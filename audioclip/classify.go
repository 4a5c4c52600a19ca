package audioclip

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
)

// Classifier tells how well labels describe sounds or pictures, without having
// been trained for them ("zero-shot"). It is safe for concurrent use.
type Classifier struct {
	Labels []string
	texts  Matrix // unit vectors, a row a label
	scale  float64
}

// ClassifyConfig says how labels are understood.
type ClassifyConfig struct {
	// Templates make texts of labels: "{}" stands for the label, as in "This is a
	// sound of {}.". The vector of a label is the mean of those of its texts,
	// scaled to unit length (prompt ensembling: Radford et al., "Learning
	// Transferable Visual Models From Natural Language Supervision", 2021).
	// None: the template of the model, Info.Template.
	Templates []string
	// Scale is what cosines are multiplied by (0: the model's own, Info.Scale).
	Scale float64
}

// NewClassifier encodes labels.
func (m *Model) NewClassifier(ctx context.Context, labels []string, cfg ClassifyConfig) (*Classifier, error) {
	if len(labels) == 0 {
		return nil, errors.New("audioclip: no labels")
	}
	templates := cfg.Templates
	if len(templates) == 0 {
		templates = []string{m.info.Template}
	}
	var texts []string
	for _, template := range templates {
		if !strings.Contains(template, "{}") {
			return nil, fmt.Errorf(`audioclip: template %q has no "{}" for the label`, template)
		}
		for _, label := range labels {
			texts = append(texts, strings.ReplaceAll(template, "{}", label))
		}
	}
	vectors, err := m.EncodeText(ctx, texts, TextConfig{})
	if err != nil {
		return nil, err
	}
	c := &Classifier{Labels: labels, texts: NewMatrix(len(labels), vectors.Cols), scale: cfg.Scale}
	if c.scale == 0 {
		c.scale = m.info.Scale
	}
	if !(c.scale > 0) || math.IsInf(c.scale, 0) {
		return nil, fmt.Errorf("audioclip: the scale of scores is %v; give one in ClassifyConfig.Scale", c.scale)
	}
	for i := range labels {
		var mean mean
		for t := range templates {
			mean.add(0, 0, vectors.Row(t*len(labels)+i))
		}
		if err := mean.unit(c.texts.Row(i)); err != nil {
			return nil, err
		}
	}
	return c, nil
}

// Probabilities returns, for each embedding (a row) and each label (a column),
//
//	softmax over the labels of scale·cosine
func (c *Classifier) Probabilities(embeddings Matrix) Matrix {
	p := Similarity(embeddings, c.texts)
	for i := range p.Rows {
		row := p.Row(i)
		largest := math.Inf(-1)
		for _, v := range row {
			largest = max(largest, float64(v))
		}
		var sum float64
		for j, v := range row {
			e := math.Exp(c.scale * (float64(v) - largest))
			row[j] = float32(e)
			sum += e
		}
		for j := range row {
			row[j] = float32(float64(row[j]) / sum)
		}
	}
	return p
}

// Similarity returns the cosines of embeddings (rows) and labels (columns).
func (c *Classifier) Similarity(embeddings Matrix) Matrix { return Similarity(embeddings, c.texts) }

// Classify returns, for each embedding (a row) and each label (a column), the
// probability that of these labels this one fits. To classify many times with the
// same labels, make a [Classifier].
func (m *Model) Classify(ctx context.Context, embeddings Matrix, labels []string, cfg ClassifyConfig) (Matrix, error) {
	c, err := m.NewClassifier(ctx, labels, cfg)
	if err != nil {
		return Matrix{}, err
	}
	return c.Probabilities(embeddings), nil
}
