package optim

import (
	"fmt"
	"math"
	"strconv"

	"github.com/soundspace/soundspace/internal/checkpoint"
	"github.com/soundspace/soundspace/internal/nn"
	"github.com/soundspace/soundspace/internal/nn/autodiff"
)

// AdamWConfig holds the constants of AdamW.
type AdamWConfig struct {
	Beta1, Beta2 float64 // 0: 0.9 and 0.999; below 1
	Eps          float64 // 0: 1e-8
	WeightDecay  float64 // of parameters with Decay
}

// AdamW is Adam with decoupled weight decay. With the gradient g of a parameter x,
// step t = 1, 2 … at rate r is
//
//	x ← x - r·decay·x
//	m ← m + (1-β1)·(g-m)
//	v ← β2·v + (1-β2)·g²
//	x ← x - r·(m/(1-β1ᵗ)) / (√(v/(1-β2ᵗ)) + ε)
//
// where decay is WeightDecay for parameters with Decay and 0 for others.
//
// References: Loshchilov and Hutter, "Decoupled Weight Decay Regularization", 2019;
// torch.optim.AdamW of PyTorch 2.11.
type AdamW struct {
	cfg    AdamWConfig
	params []*autodiff.Param
	m, v   slot
	step   int
}

// NewAdamW returns an optimiser of params that has not taken a step. It panics if a
// constant is out of range.
func NewAdamW(params []*autodiff.Param, cfg AdamWConfig) *AdamW {
	if cfg.Beta1 == 0 {
		cfg.Beta1 = 0.9
	}
	if cfg.Beta2 == 0 {
		cfg.Beta2 = 0.999
	}
	if cfg.Eps == 0 {
		cfg.Eps = 1e-8
	}
	if !(cfg.Beta1 > 0 && cfg.Beta1 < 1 && cfg.Beta2 > 0 && cfg.Beta2 < 1 && cfg.Eps > 0 && cfg.WeightDecay >= 0) {
		panic(fmt.Sprintf("optim: β %v and %v, ε %v, weight decay %v", cfg.Beta1, cfg.Beta2, cfg.Eps, cfg.WeightDecay))
	}
	n := len(params)
	o := &AdamW{
		cfg: cfg, params: params,
		m: slot{"adamw.m.", make([][]float32, n)}, v: slot{"adamw.v.", make([][]float32, n)},
	}
	for i, p := range params {
		if p.Grad != nil {
			o.m.values[i], o.v.values[i] = make([]float32, len(p.Data)), make([]float32, len(p.Data))
		}
	}
	return o
}

// Steps returns the number of steps taken.
func (o *AdamW) Steps() int { return o.step }

// Step takes a step at a rate. Gradients stay as they are.
func (o *AdamW) Step(c *nn.Context, rate float64) {
	o.step++
	correction1 := 1 - math.Pow(o.cfg.Beta1, float64(o.step))
	correction2 := math.Sqrt(1 - math.Pow(o.cfg.Beta2, float64(o.step)))
	for i, p := range o.params {
		if p.Grad == nil {
			continue
		}
		if o.m.values[i] == nil {
			panic("optim: " + p.Name + " was frozen when the optimiser was made")
		}
		u := update{
			keep:  1,
			rate1: float32(1 - o.cfg.Beta1), beta2: float32(o.cfg.Beta2), rate2: float32(1 - o.cfg.Beta2),
			unbias: float32(1 / correction2), eps: float32(o.cfg.Eps), size: float32(rate / correction1),
		}
		if p.Decay {
			u.keep = float32(1 - rate*o.cfg.WeightDecay)
		}
		m, v := o.m.values[i], o.v.values[i]
		c.Split(len(p.Data), grain, func(_ *nn.Context, from, to int) {
			u.apply(p.Data[from:to], p.Grad[from:to], m[from:to], v[from:to])
		})
	}
}

// update is a step of AdamW with its constants worked out, which the assembly reads in
// this order.
type update struct{ keep, rate1, beta2, rate2, unbias, eps, size float32 }

// apply changes a part of a parameter. Parts begin at multiples of grain, so that
// which values are computed by which code does not depend on the workers.
func (u *update) apply(x, g, m, v []float32) {
	if n := len(x) &^ 7; useAVX2 && n > 0 {
		applyAVX2(u, &x[0], &g[0], &m[0], &v[0], n)
		x, g, m, v = x[n:], g[n:], m[n:], v[n:]
	}
	u.applyGo(x, g, m, v)
}

func (u *update) applyGo(x, g, m, v []float32) {
	n := len(x)
	g, m, v = g[:n], m[:n], v[:n]
	for i, g := range g {
		m[i] += u.rate1 * (g - m[i])
		v[i] = u.beta2*v[i] + u.rate2*g*g
		root := float32(math.Sqrt(float64(v[i])))
		x[i] = u.keep*x[i] - u.size*m[i]/(root*u.unbias+u.eps)
	}
}

// State returns the moments as tensors, adamw.m.NAME and adamw.v.NAME, and the number
// of steps as metadata. The tensors are the optimiser's memory: they are to be
// written before the next step.
func (o *AdamW) State() ([]*checkpoint.Tensor, map[string]string) {
	return append(o.m.tensors(o.params), o.v.tensors(o.params)...), map[string]string{"adamw.steps": strconv.Itoa(o.step)}
}

// Restore goes back to a state that is in a file. If it is not there, or is that of
// other parameters, nothing is changed.
func (o *AdamW) Restore(f *checkpoint.File) error {
	step, err := counter(f, "adamw.steps")
	if err != nil {
		return err
	}
	for _, s := range []slot{o.m, o.v} {
		if err := s.check(o.params, f); err != nil {
			return err
		}
	}
	o.m.restore(o.params, f)
	o.v.restore(o.params, f)
	o.step = step
	return nil
}
