package optim

import (
	"errors"
	"fmt"
	"math"

	"github.com/soundspace/soundspace/internal/nn"
	"github.com/soundspace/soundspace/internal/nn/autodiff"
)

// ErrNotFinite says that a gradient is NaN or infinite: the step is to be left out.
var ErrNotFinite = errors.New("the gradient is not finite")

// ClipNorm returns the norm of all gradients together, √Σg², and if it is larger
// than limit multiplies them by limit/(norm + 1e-6). A limit of +Inf only measures. If
// a gradient is NaN or infinite so is the norm, nothing is changed, and the error
// wraps ErrNotFinite and names the first such parameter. It panics unless limit is
// positive.
//
// The squares are added in float64. Reference: torch.nn.utils.clip_grad_norm_ of
// PyTorch 2.11.
func ClipNorm(c *nn.Context, params []*autodiff.Param, limit float64) (norm float64, err error) {
	if !(limit > 0) {
		panic(fmt.Sprintf("optim: a limit of %v for the gradient", limit))
	}
	var total float64
	for _, p := range params {
		s := squares(c, p.Grad)
		if err == nil && (math.IsNaN(s) || math.IsInf(s, 0)) {
			err = fmt.Errorf("%s: %w", p.Name, ErrNotFinite)
		}
		total += s
	}
	norm = math.Sqrt(total)
	factor := float32(limit / (norm + 1e-6))
	if err != nil || !(factor < 1) {
		return norm, err
	}
	for _, p := range params {
		c.Split(len(p.Grad), grain, func(_ *nn.Context, from, to int) {
			g := p.Grad[from:to]
			for i := range g {
				g[i] *= factor
			}
		})
	}
	return norm, nil
}

// squares returns the sum of the squares of x, added in an order that does not depend
// on the workers: by grains.
func squares(c *nn.Context, x []float32) float64 {
	sums := make([]float64, (len(x)+grain-1)/grain)
	c.Split(len(sums), 1, func(_ *nn.Context, from, to int) {
		for i := from; i < to; i++ {
			part := x[i*grain : min((i+1)*grain, len(x))]
			var s0, s1, s2, s3 float64 // as many sums as the processor adds at a time
			for ; len(part) >= 4; part = part[4:] {
				a, b, c, d := float64(part[0]), float64(part[1]), float64(part[2]), float64(part[3])
				s0 += a * a
				s1 += b * b
				s2 += c * c
				s3 += d * d
			}
			for _, v := range part {
				s0 += float64(v) * float64(v)
			}
			sums[i] = s0 + s1 + s2 + s3
		}
	})
	var total float64
	for _, s := range sums {
		total += s
	}
	return total
}
