// Package stream generates weights from the names of tensors, so that tests of
// whole models need no weight files. The rules are those with which the goldens in
// testdata were made.
package stream

import (
	"math"
	"strings"

	"github.com/soundspace/soundspace/internal/checkpoint"
)

// Uniform returns n values in [0, 1) that depend on name only: SplitMix64 from
// the FNV-1a hash of the name.
func Uniform(name string, n int) []float64 {
	h := uint64(14695981039346656037)
	for _, b := range []byte(name) {
		h = (h ^ uint64(b)) * 1099511628211
	}
	u := make([]float64, n)
	for k := range u {
		z := h + uint64(k+1)*0x9E3779B97F4A7C15
		z = (z ^ z>>30) * 0xBF58476D1CE4E5B9
		z = (z ^ z>>27) * 0x94D049BB133111EB
		z ^= z >> 31
		u[k] = float64(z>>11) / (1 << 53)
	}
	return u
}

// Source generates every tensor that a model asks for (params.Source).
type Source struct {
	// Prefix goes before the names, as if the model were part of a larger one.
	Prefix string
	// Without lists names that do not exist, by a part of them.
	Without []string
	// Special overrides the rules for tensors whose full names it knows; u is
	// Uniform(name, len).
	Special func(name string, u []float64) []float32
}

// Names returns nothing: there is no end to them.
func (Source) Names() []string { return nil }

// Tensor returns the tensor of a name. If no shape is given, it is unknown.
func (s Source) Tensor(name string, shape []int) *checkpoint.Tensor {
	for _, part := range s.Without {
		if strings.Contains(name, part) {
			return nil
		}
	}
	full := s.Prefix + name
	n := 1
	for _, d := range shape {
		n *= d
	}
	u := Uniform(full, n)
	if s.Special != nil {
		if values := s.Special(full, u); values != nil {
			return checkpoint.FromFloats(name, shape, values)
		}
	}
	return checkpoint.FromFloats(name, shape, Values(full, shape, u))
}

// Values returns the values of a tensor by the rules of the goldens, from
// uniform ones.
func Values(name string, shape []int, u []float64) []float32 {
	last := name[strings.LastIndexByte(name, '.')+1:]
	melNorm := strings.HasPrefix(name, "audio_model.audio_encoder.batch_norm.")
	fan := 1
	for _, d := range shape[min(1, len(shape)):] {
		fan *= d
	}
	values := make([]float32, len(u))
	for i, u := range u {
		s := 2*u - 1
		var v float64
		switch {
		case last == "num_batches_tracked":
			v = 0
		case last == "running_var" && melNorm:
			v = 200 + 100*u
		case last == "running_var":
			v = 0.5 + u
		case last == "running_mean" && melNorm:
			v = -40 + 10*s
		case last == "running_mean":
			v = 0.2 * s
		case last == "relative_position_bias_table":
			v = 0.5 * s
		case last == "weight" && len(shape) == 1:
			v = 1 + 0.2*s
		case last == "bias":
			v = 0.1 * s
		case len(shape) == 0:
			v = math.Log(1 / 0.07)
		case strings.Contains(name, "embedding"):
			v = 0.3 * s
		default:
			v = s * math.Sqrt(3/float64(fan))
		}
		values[i] = float32(v)
	}
	return values
}
