package htsat

import (
	"math"

	"github.com/soundspace/soundspace/audioclip/internal/params"
	"github.com/soundspace/soundspace/internal/checkpoint"
	"github.com/soundspace/soundspace/internal/nn"
)

// block is self-attention within windows and a feed-forward network,
//
//	x += Out·Attention(LN₁(x)), x += Down·gelu(Up·LN₂(x))
type block struct {
	windows            *windows
	lengths            []int // of the windows of a group
	norm1, norm2       *nn.LayerNorm
	qkv, out, up, down *nn.Linear
	attention          nn.Attention
	biases             [][]nn.Matrix // by class of window and head
}

// groupTokens is how many tokens go through a block at once: few enough for what
// becomes of them to stay in the cache, and enough to read the weights seldom.
const groupTokens = 256

func newBlock(set *params.Set, w *windows, side, width, heads int, eps float64) *block {
	self := set.Sub("attention.self.")
	b := &block{
		windows: w,
		norm1:   set.LayerNorm("layernorm_before", width, eps),
		norm2:   set.LayerNorm("layernorm_after", width, eps),
		qkv:     qkv(self, width),
		out:     set.Linear("attention.output.dense", width, width, nn.Identity),
		up:      set.Linear("intermediate.dense", mlpRatio*width, width, nn.GELU),
		down:    set.Linear("output.dense", width, mlpRatio*width, nn.Identity),
		attention: nn.Attention{
			Heads: heads,
			Scale: float32(1 / math.Sqrt(float64(width/heads))),
		},
		biases: w.biases(self.Floats("relative_position_bias_table", places(side), heads), side, heads),
	}
	set.Ignore("attn_mask")
	self.Ignore("relative_position_index")
	for range b.group() {
		b.lengths = append(b.lengths, w.size)
	}
	return b
}

// qkv returns the layer of queries, keys and values, which the original keeps in
// one and transformers does not.
func qkv(set *params.Set, width int) *nn.Linear {
	if set.Has("qkv.weight") {
		return set.Linear("qkv", 3*width, width, nn.Identity)
	}
	var weights []*checkpoint.Tensor
	var biases [][]float32
	for _, name := range []string{"query", "key", "value"} {
		weights = append(weights, set.Tensor(name+".weight", width, width))
		biases = append(biases, set.Floats(name+".bias", width))
	}
	return set.LinearOf(weights, biases)
}

// group returns the largest number of windows that apply takes.
func (b *block) group() int { return max(groupTokens/b.windows.size, 1) }

// apply changes the tokens of whole grids, the rows of x.
func (b *block) apply(c *nn.Context, x nn.Matrix) {
	inGroups(c, x.Rows/b.windows.size, b.group(), func(c *nn.Context, from, to int) {
		b.applyTo(c, x, from, to)
	})
}

// applyTo changes the tokens of the windows in [from, to).
func (b *block) applyTo(c *nn.Context, x nn.Matrix, from, to int) {
	size, width := b.windows.size, x.Cols
	rows := (to - from) * size
	y, h := c.Matrix(rows, width), c.Matrix(rows, width)
	wide := c.Floats(rows * max(3, mlpRatio) * width)
	qkv := nn.NewMatrix(wide, rows, 3*width)
	inner := nn.NewMatrix(wide, rows, mlpRatio*width)

	for i := range rows {
		token := x.Row(b.windows.row(from+i/size, i%size))
		copy(y.Row(i), token)
		b.norm1.Row(h.Row(i), token)
	}
	b.qkv.Apply(c, qkv, h)
	b.attention.Apply(c, h, qkv.ColsOf(0, width), qkv.ColsOf(width, 2*width), qkv.ColsOf(2*width, 3*width),
		b.lengths[:to-from], func(window, head int) nn.Matrix {
			return b.biases[b.windows.class[(from+window)%b.windows.count]][head]
		})
	b.out.Add(c, y, h)
	b.norm2.Apply(c, h, y)
	b.up.Apply(c, inner, h)
	b.down.Add(c, y, inner)
	for i := range rows {
		copy(x.Row(b.windows.row(from+i/size, i%size)), y.Row(i))
	}
}

// inGroups calls f for parts of [0, n) of at most size. Several run at a time if
// there is one for each worker, otherwise one after the other with all workers.
func inGroups(c *nn.Context, n, size int, f func(c *nn.Context, from, to int)) {
	each := func(c *nn.Context, from, to int) {
		for ; from < to; from += size {
			mark := c.Mark()
			f(c, from, min(from+size, to))
			c.Release(mark)
		}
	}
	if n > size*(c.Workers()-1) {
		c.Split(n, size, each)
	} else {
		each(c, 0, n)
	}
}
