package train

import (
	"context"
	"crypto/sha256"
	"fmt"
	"math/rand/v2"

	"github.com/soundspace/soundspace/audioclip"
	"github.com/soundspace/soundspace/audioclip/internal/soundnet"
	"github.com/soundspace/soundspace/internal/nn"
	"github.com/soundspace/soundspace/internal/nn/autodiff"
)

// distillation is the task of a small text encoder that learns to place sentences
// where a large one, its teacher, does.
type distillation struct {
	tower   textTower
	recipe  *TextRecipe
	seed    uint64
	texts   [][]int32
	teacher nn.Matrix // unit rows, one for each text
	held    int       // that many at the end are not trained on
	config  soundnet.Model

	order []int // of an epoch
	epoch int   // of order, from 1 on
}

func (d *distillation) parameters() []*autodiff.Param { return d.tower.parameters() }
func (d *distillation) stepped()                      {}

// batch returns the texts of a step: the epochs are shuffled, each in its own way.
func (d *distillation) batch(step int) []int {
	n := len(d.texts) - d.held
	size := min(d.recipe.Train.Batch, n)
	perEpoch := n / size
	epoch := step/perEpoch + 1
	if d.epoch != epoch {
		d.order, d.epoch = rand.New(rand.NewPCG(d.seed, uint64(epoch))).Perm(n), epoch
	}
	from := step % perEpoch * size
	return d.order[from : from+size]
}

func (d *distillation) step(_ context.Context, t *autodiff.Tape, step int) (float64, error) {
	batch := d.batch(step)
	c := t.Context()
	texts := make([][]int32, len(batch))
	for i, k := range batch {
		texts[i] = d.texts[k]
	}
	teacher := rowsAt(c, d.teacher, batch)
	y := t.NormalizeL2(d.tower.forward(t, texts), normEps)
	dy := c.Matrix(y.Rows, y.Cols)
	loss := Cosine(y.Data, teacher.Data, y.Cols, dy.Data)
	if w := d.recipe.Relational; w > 0 {
		more := c.Floats(len(y.Data))
		loss += w * Relational(c, y.Data, teacher.Data, y.Cols, y.Cols, d.recipe.Temperature, d.recipe.Temperature, more)
		for i, v := range more {
			dy.Data[i] += float32(w) * v
		}
	}
	t.Backward([]*autodiff.Value{y}, []nn.Matrix{dy})
	return loss, nil
}

// validate measures, on the texts that are not trained on, the mean cosine to the
// teacher and how often a text is nearest to its own vector of the teacher's.
func (d *distillation) validate(ctx context.Context, c *nn.Context) (map[string]float64, error) {
	from := len(d.texts) - d.held
	y, err := encodeTexts(ctx, c, d.tower, d.texts[from:])
	if err != nil {
		return nil, err
	}
	teacher := d.teacher.RowsOf(from, len(d.texts))
	mark := c.Mark()
	defer c.Release(mark)
	similar := c.Matrix(d.held, d.held)
	nn.Gemm(c, similar, y, teacher.T(), 1, 0)
	var cosine, found float64
	for i := range d.held {
		row, best := similar.Row(i), 0
		for j, v := range row {
			if v > row[best] {
				best = j
			}
		}
		cosine += float64(row[i]) / float64(d.held)
		if row[best] == row[i] {
			found += 1 / float64(d.held)
		}
	}
	return map[string]float64{scoreMetric: cosine, "cosine": cosine, "found": found}, nil
}

func (d *distillation) export(dir string, metadata map[string]string) error {
	return writeModel(dir, d.config, d.tower.parameters(), metadata, d.tower.write)
}

// teacherRows returns the vectors that a model gives texts, of unit length.
func teacherRows(ctx context.Context, teacher *audioclip.Model, texts []string, cfg *Config) (nn.Matrix, error) {
	probe, err := teacher.EncodeText(ctx, texts[:min(2, len(texts))], audioclip.TextConfig{}) // another model gives other vectors
	if err != nil {
		return nn.Matrix{}, err
	}
	h := sha256.New()
	fmt.Fprintln(h, identify(teacher), probe.Data)
	for _, text := range texts {
		fmt.Fprintf(h, "%q\n", text)
	}
	return cachedRows(cfg.Cache, fmt.Sprintf("teacher-%x", h.Sum(nil)[:8]), len(texts), teacher.Info().Dim, func() (audioclip.Matrix, error) {
		return teacher.EncodeText(ctx, texts, audioclip.TextConfig{
			Progress: func(done int) { cfg.prepared("vectors of the teacher", done, len(texts)) },
		})
	})
}
