package htsat

import (
	"github.com/soundspace/soundspace/audioclip/internal/params"
	"github.com/soundspace/soundspace/internal/nn"
)

// fusion weighs the tokens of the whole of a recording, g, against those of its
// parts, l:
//
//	2·g·w + 2·l·(1-w),  w = sigmoid(local(g+l) + global(mean of g+l))
//
// local and global are two layers each with ReLU between them.
type fusion struct {
	embedding              *nn.Linear // of patchSize × partWidth pixels of a part
	local1, local2         *nn.Linear
	global1, global2       *nn.Linear
	partTokens, innerWidth int // tokens of a part in each row of the grid; width of the inner layers
}

// partWidth is the width of what becomes a token in the parts of a recording:
// three parts fill the image.
const partWidth = 3 * patchSize

func newFusion(set *params.Set, cfg *Config) *fusion {
	f := &fusion{
		embedding:  convolution(set, "mel_conv2d", cfg.Width, 1, patchSize, partWidth, nil),
		partTokens: cfg.SpecSize / partWidth,
		innerWidth: cfg.FusionWidth,
	}
	set = set.Sub("fusion_model.")
	inner := func(conv, norm string) *nn.Linear {
		l := convolution(set, conv, cfg.FusionWidth, cfg.Width, 1, 1, set.BatchNorm(norm, cfg.FusionWidth, eps))
		l.Act = nn.ReLU
		return l
	}
	outer := func(conv, norm string) *nn.Linear {
		return convolution(set, conv, cfg.Width, cfg.FusionWidth, 1, 1, set.BatchNorm(norm, cfg.Width, eps))
	}
	f.local1, f.local2 = inner("local_att.0", "local_att.1"), outer("local_att.3", "local_att.4")
	f.global1, f.global2 = inner("global_att.1", "global_att.2"), outer("global_att.4", "global_att.5")
	return f
}

// fuse replaces the tokens of the whole of a recording by their fusion with those
// of its parts, which lie side by side.
func (p *patches) fuse(c *nn.Context, whole nn.Matrix, planes []nn.Matrix) {
	f, grid := p.fusion, p.cfg.grid(0)
	parts := c.Matrix(whole.Rows, whole.Cols)
	clear(parts.Data) // there may be none at the right edge
	for i, plane := range planes {
		mark := c.Mark()
		image := p.stretch(c, plane)
		c.Split(grid, 8, func(c *nn.Context, from, to int) {
			pixels := c.Matrix(f.partTokens, patchSize*partWidth)
			for y := from; y < to; y++ {
				p.unfold(pixels, image, y, partWidth)
				first := y*grid + i*f.partTokens
				f.embedding.Apply(c, parts.RowsOf(first, first+f.partTokens), pixels)
			}
		})
		c.Release(mark)
	}

	sum := c.Matrix(whole.Rows, whole.Cols)
	for i, v := range whole.Data {
		sum.Data[i] = v + parts.Data[i]
	}
	mean := c.Matrix(1, whole.Cols)
	meanOfRows(mean.Row(0), sum)
	inner, global := c.Matrix(1, f.innerWidth), c.Matrix(1, whole.Cols)
	f.global1.Apply(c, inner, mean)
	f.global2.Apply(c, global, inner)

	inGroups(c, whole.Rows, groupTokens, func(c *nn.Context, from, to int) {
		inner, weights := c.Matrix(to-from, f.innerWidth), c.Matrix(to-from, whole.Cols)
		f.local1.Apply(c, inner, sum.RowsOf(from, to))
		f.local2.Apply(c, weights, inner)
		for i := range weights.Rows {
			w, g, l := weights.Row(i), whole.Row(from+i), parts.Row(from+i)
			for j, v := range global.Row(0) {
				w[j] += v
			}
			nn.Sigmoid.Apply(w)
			for j, w := range w {
				g[j] = 2*g[j]*w + 2*l[j]*(1-w)
			}
		}
	})
}

// meanOfRows sets dst to the mean of the rows of x.
func meanOfRows(dst []float32, x nn.Matrix) {
	clear(dst)
	for i := range x.Rows {
		for j, v := range x.Row(i) {
			dst[j] += v
		}
	}
	for j := range dst {
		dst[j] /= float32(x.Rows)
	}
}
