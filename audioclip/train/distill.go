package train

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"

	"github.com/soundspace/soundspace/audioclip"
	"github.com/soundspace/soundspace/audioclip/internal/soundnet"
	"github.com/soundspace/soundspace/internal/aside"
	"github.com/soundspace/soundspace/internal/checkpoint"
	"github.com/soundspace/soundspace/internal/nn"
	"github.com/soundspace/soundspace/internal/nn/autodiff"
)

// distillation is the task of a small text encoder that learns to place sentences
// where a large one, its teacher, does.
type distillation struct {
	encoder   *textEncoder
	recipe    *TextRecipe
	seed      uint64
	texts     [][]int32
	teacher   nn.Matrix // unit rows, one for each text
	held      int       // that many at the end are not trained on
	config    soundnet.Model
	tokenizer string // its folder

	order []int // of an epoch
	epoch int   // of order, from 1 on
}

func (d *distillation) parameters() []*autodiff.Param { return d.encoder.params }
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
	teacher := c.Matrix(len(batch), d.teacher.Cols)
	for i, k := range batch {
		texts[i] = d.texts[k]
		copy(teacher.Row(i), d.teacher.Row(k))
	}
	y := t.NormalizeL2(d.encoder.forward(t, texts), normEps)
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

// normEps keeps the scaling of a row to unit length finite.
const normEps = 1e-12

// encode returns the unit rows of texts.
func (e *textEncoder) encode(ctx context.Context, c *nn.Context, texts [][]int32) (nn.Matrix, error) {
	dst := nn.NewMatrix(make([]float32, len(texts)*e.cfg.Embed), len(texts), e.cfg.Embed)
	const atOnce = 256
	for from := 0; from < len(texts); from += atOnce {
		if err := ctx.Err(); err != nil {
			return dst, err
		}
		to := min(from+atOnce, len(texts))
		t := autodiff.NewTape(c)
		y := t.NormalizeL2(e.forward(t, texts[from:to]), normEps)
		copy(dst.Data[from*dst.Cols:], y.Data)
		t.Reset()
	}
	return dst, nil
}

// validate measures, on the texts that are not trained on, the mean cosine to the
// teacher and how often a text is nearest to its own vector of the teacher's.
func (d *distillation) validate(ctx context.Context, c *nn.Context) (map[string]float64, error) {
	from := len(d.texts) - d.held
	y, err := d.encoder.encode(ctx, c, d.texts[from:])
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

func (d *distillation) export(dir string) error {
	return writeModel(dir, d.config, d.encoder.params, d.tokenizer)
}

// teacherRows returns the vectors that a model gives texts, of unit length. They are
// kept in a file of the folder cache, and read from there the next time.
func teacherRows(ctx context.Context, teacher *audioclip.Model, texts []string, cache string, progress func(done int)) (nn.Matrix, error) {
	h := sha256.New()
	info := teacher.Info()
	fmt.Fprintln(h, info.Family, info.Dim, info.Settings, info.Files)
	for _, text := range texts {
		fmt.Fprintf(h, "%q\n", text)
	}
	probe, err := teacher.EncodeText(ctx, []string{"a dog barking", "rain"}, audioclip.TextConfig{}) // another model gives other vectors
	if err != nil {
		return nn.Matrix{}, err
	}
	fmt.Fprintln(h, probe.Data)
	path := filepath.Join(cache, fmt.Sprintf("teacher-%x.safetensors", h.Sum(nil)[:8]))
	if m, err := readRows(path, len(texts), info.Dim); err == nil || !errors.Is(err, fs.ErrNotExist) {
		return m, err
	}
	rows, err := teacher.EncodeText(ctx, texts, audioclip.TextConfig{Progress: progress})
	if err != nil {
		return nn.Matrix{}, err
	}
	if err := os.MkdirAll(cache, 0o777); err != nil {
		return nn.Matrix{}, err
	}
	err = aside.Write(path, nil, func(w io.Writer) error {
		return checkpoint.WriteSafetensors(w, []*checkpoint.Tensor{checkpoint.FromFloats("rows", []int{rows.Rows, rows.Cols}, rows.Data)}, nil)
	})
	return nn.NewMatrix(rows.Data, rows.Rows, rows.Cols), err
}

func readRows(path string, rows, cols int) (nn.Matrix, error) {
	f, err := checkpoint.Open(path)
	if err != nil {
		return nn.Matrix{}, err
	}
	defer f.Close()
	t := f.Tensor("rows")
	if t == nil || len(t.Shape) != 2 || t.Shape[0] != rows || t.Shape[1] != cols {
		return nn.Matrix{}, fmt.Errorf("%s: not the vectors of %d texts, of %d values each", path, rows, cols)
	}
	return nn.NewMatrix(append([]float32(nil), t.Floats()...), rows, cols), f.Err()
}
