package msclap

import (
	"fmt"

	"github.com/soundspace/soundspace/audioclip/internal/params"
	"github.com/soundspace/soundspace/internal/nn"
)

// projection leads from the vectors of an encoder into the common space.
type projection struct {
	first, second *nn.Linear // without biases
	norm          *nn.LayerNorm
}

// newProjection takes the weights of a projection from vectors of width values.
func newProjection(set *params.Set, width int) (*projection, error) {
	const first = "linear1.weight"
	shape := set.Shape(first)
	if len(shape) != 2 || shape[0] < 1 || shape[1] != width {
		return nil, fmt.Errorf("tensor %s has shape %v, expected two dimensions, the second %d", first, shape, width)
	}
	out := shape[0]
	return &projection{
		first:  set.LinearNoBias("linear1", out, width),
		second: set.LinearNoBias("linear2", out, out),
		norm:   set.LayerNorm("layer_norm", out, layerNormEps),
	}, nil
}

const layerNormEps = 1e-5

func (p *projection) width() int { return p.first.Weights.Out }

func (p *projection) apply(c *nn.Context, dst, x nn.Matrix) {
	defer c.Release(c.Mark())
	p.first.Apply(c, dst, x)
	h := c.Matrix(dst.Rows, dst.Cols)
	for i := range dst.Rows {
		copy(h.Row(i), dst.Row(i))
	}
	nn.GELU.Apply(h.Data)
	p.second.Add(c, dst, h)
	p.norm.Apply(c, dst, dst)
}
