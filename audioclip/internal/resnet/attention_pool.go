package resnet

import (
	"math"

	"github.com/soundspace/soundspace/audioclip/internal/params"
	"github.com/soundspace/soundspace/internal/nn"
)

// attentionPool reduces an image to a vector by attention with several heads. Its
// tokens are the mean of the pixels and the pixels, plus a position each; the query
// is that of the first token alone.
//
// With one query it is cheaper to apply the weights of keys and values to it than
// to all tokens X. For a head with the matrices Wq, Wk and Wv,
//
//	p = softmax(scale·X·(Wkᵀ·q)),  result = Wv·(Xᵀ·p) + bv
//
// where the bias of the keys adds the same to all scores and so does nothing.
type attentionPool struct {
	heads      int
	positions  nn.Matrix
	query      *nn.Linear
	key, value nn.Matrix
	valueBias  []float32
	out        *nn.Linear
}

const headWidth = 64

func newAttentionPool(set *params.Set, pixels, width, embed int) *attentionPool {
	set.Ignore("k_proj.bias")
	return &attentionPool{
		heads:     width / headWidth,
		positions: nn.NewMatrix(set.Floats("positional_embedding", pixels+1, width), pixels+1, width),
		query:     set.Linear("q_proj", width, width, nn.Identity),
		key:       nn.NewMatrix(set.Floats("k_proj.weight", width, width), width, width),
		value:     nn.NewMatrix(set.Floats("v_proj.weight", width, width), width, width),
		valueBias: set.Floats("v_proj.bias", width),
		out:       set.Linear("c_proj", embed, width, nn.Identity),
	}
}

// apply computes dst, a single row, from a single image.
func (p *attentionPool) apply(c *nn.Context, dst nn.Matrix, image nn.Images) {
	defer c.Release(c.Mark())
	width, head := image.C, image.C/p.heads
	x := c.Matrix(p.positions.Rows, width)
	copy(x.Row(0), nn.GlobalAvgPool(c, image).Row(0))
	copy(x.Data[width:], image.Data)
	for i, v := range p.positions.Data {
		x.Data[i] += v
	}
	q := c.Matrix(1, width)
	p.query.Apply(c, q, x.RowsOf(0, 1))

	// A row of asked is Wkᵀ·q of a head, one of gathered its Xᵀ·p.
	asked, gathered := c.Matrix(p.heads, width), c.Matrix(p.heads, width)
	scores := c.Matrix(p.heads, x.Rows)
	for h := range p.heads {
		from, to := h*head, (h+1)*head
		nn.Gemm(c, asked.RowsOf(h, h+1), q.ColsOf(from, to), p.key.RowsOf(from, to), float32(1/math.Sqrt(float64(head))), 0)
	}
	nn.Gemm(c, scores, asked, x.T(), 1, 0)
	nn.Softmax(c, scores)
	nn.Gemm(c, gathered, scores, x, 1, 0)
	result := c.Matrix(1, width)
	for h := range p.heads {
		from, to := h*head, (h+1)*head
		nn.Gemm(c, result.ColsOf(from, to), gathered.RowsOf(h, h+1), p.value.RowsOf(from, to).T(), 1, 0)
	}
	for i, v := range p.valueBias {
		result.Data[i] += v
	}
	p.out.Apply(c, dst, result)
}
