package train

import (
	"hash/fnv"
	"math/rand/v2"

	"github.com/soundspace/soundspace/audioclip/internal/params"
	"github.com/soundspace/soundspace/internal/checkpoint"
	"github.com/soundspace/soundspace/internal/nn/autodiff"
)

// parameters makes the tensors of a network that is trained. What each begins with
// depends on the seed and its name alone.
type parameters struct {
	seed uint64
	list []*autodiff.Param
}

// affine is a weight with its bias.
type affine struct{ weight, bias *autodiff.Param }

// zeros returns a tensor to which weight decay does not apply.
func (p *parameters) zeros(name string, shape ...int) *autodiff.Param {
	t := autodiff.NewParam(name, false, shape...)
	p.list = append(p.list, t)
	return t
}

func (p *parameters) ones(name string, n int) *autodiff.Param {
	t := p.zeros(name, n)
	for i := range t.Data {
		t.Data[i] = 1
	}
	return t
}

// normal returns a tensor of normally distributed values, to which weight decay applies.
func (p *parameters) normal(name string, deviation float64, shape ...int) *autodiff.Param {
	t := p.zeros(name, shape...)
	t.Decay = true
	h := fnv.New64a()
	h.Write([]byte(name))
	rng := rand.New(rand.NewPCG(p.seed, h.Sum64()))
	for i := range t.Data {
		t.Data[i] = float32(deviation * rng.NormFloat64())
	}
	return t
}

// linear returns name.weight [out, in] and name.bias [out].
func (p *parameters) linear(name string, out, in int, deviation float64) affine {
	return affine{p.normal(name+".weight", deviation, out, in), p.zeros(name+".bias", out)}
}

// norm returns the scale and the shift of a normalisation of n channels.
func (p *parameters) norm(name string, n int) affine {
	return affine{p.ones(name+".weight", n), p.zeros(name+".bias", n)}
}

// countParameters returns how many numbers are trained.
func countParameters(list []*autodiff.Param) (n int) {
	for _, p := range list {
		if p.Grad != nil {
			n += len(p.Data)
		}
	}
	return n
}

// sourceOf gives tensors to an encoder as a checkpoint would.
func sourceOf(list []*autodiff.Param) params.Map {
	m := params.Map{}
	for _, p := range list {
		m[p.Name] = checkpoint.FromFloats(p.Name, p.Shape, p.Data)
	}
	return m
}
