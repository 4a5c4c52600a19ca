package train

import (
	"fmt"
	"math"

	"github.com/soundspace/soundspace/internal/nn"
)

// Sigmoid returns the loss in which each pair of the n rows of a and the m rows of b
// is a question of its own, and sets da and db, which may be nil, to its gradients.
// With logits
//
//	l[i][j] = exp(logScale)·Σ_k a[i][k]·b[j][k] + bias
//
// and targets t in [0, 1] (nil: the identity, for n = m) it is
//
//	-1/n·Σ_ij (t[i][j]·ln σ(l[i][j]) + (1-t[i][j])·ln σ(-l[i][j])),  σ(x) = 1/(1 + exp(-x))
//
// Reference: Zhai et al., "Sigmoid Loss for Language Image Pre-Training", 2023, where
// the targets are 0 and 1. It panics if the lengths do not fit, or a target is outside
// [0, 1].
func Sigmoid[F Float](c *nn.Context, a, b []F, dim int, targets []float64, logScale, bias float64, da, db []F) (loss, dLogScale, dBias float64) {
	k := compare(c, a, b, dim, targets, logScale)
	n, m := k.a.rows, k.b.rows
	for i, t := range k.targets {
		if !(t >= 0 && t <= 1) {
			panic(fmt.Sprintf("train: target %v of row %d for row %d", t, i/m, i%m))
		}
	}
	losses, dLogScales, dBiases := make([]float64, n), make([]float64, n), make([]float64, n)
	c.Split(n, 8, func(_ *nn.Context, from, to int) {
		for i := from; i < to; i++ {
			row := k.products.data[i*m : (i+1)*m]
			for j, product := range row {
				l, t := k.scale*float64(product), k.targets[i*m+j]
				x := l + bias
				// -ln σ(-x) - t·x, which does not overflow.
				losses[i] += (max(x, 0) + math.Log1p(math.Exp(-math.Abs(x))) - t*x) / float64(n)
				g := (1/(1+math.Exp(-x)) - t) / float64(n)
				dLogScales[i] += g * l
				dBiases[i] += g
				row[j] = F(g)
			}
		}
	})
	k.backward(c, da, db)
	return sum(losses), sum(dLogScales), sum(dBiases)
}
