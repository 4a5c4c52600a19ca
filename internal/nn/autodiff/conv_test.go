package autodiff

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/soundspace/soundspace/internal/nn"
)

// images64 are pictures in float64.
type images64 struct {
	data       []float64
	n, h, w, c int
}

func (m images64) at(i, y, x, ch int) float64 {
	if y < 0 || y >= m.h || x < 0 || x >= m.w {
		return 0
	}
	return m.data[((i*m.h+y)*m.w+x)*m.c+ch]
}

func conv64(x images64, weight []float64, out, kh, kw int, cfg nn.ConvConfig) images64 {
	groups, sh, sw := max(cfg.Groups, 1), max(cfg.StrideH, 1), max(cfg.StrideW, 1)
	in := x.c / groups
	y := images64{n: x.n, h: (x.h+2*cfg.PadH-kh)/sh + 1, w: (x.w+2*cfg.PadW-kw)/sw + 1, c: out}
	for i := range y.n * y.h * y.w {
		for o := range out {
			sum := 0.0
			for ch := range in {
				for k := range kh * kw {
					v := x.at(i/y.w/y.h, i/y.w%y.h*sh+k/kw-cfg.PadH, i%y.w*sw+k%kw-cfg.PadW, o/(out/groups)*in+ch)
					sum += v * weight[(o*in+ch)*kh*kw+k]
				}
			}
			y.data = append(y.data, sum)
		}
	}
	return y
}

// pictured returns x with the size of its pictures.
func pictured(x *Value, n, h, w int) *Value {
	x.N, x.H, x.W = n, h, w
	return x
}

func TestConv2D(t *testing.T) {
	rng := rand.New(rand.NewPCG(21, 1))
	for _, s := range []struct {
		n, h, w, in, out, kh, kw int
		cfg                      nn.ConvConfig
		bias                     bool
	}{
		{2, 5, 6, 3, 4, 3, 3, nn.ConvConfig{PadH: 1, PadW: 1}, true},
		{2, 7, 6, 1, 5, 3, 3, nn.ConvConfig{StrideH: 2, StrideW: 2, PadH: 1, PadW: 1}, false},
		{1, 6, 7, 3, 2, 4, 2, nn.ConvConfig{PadH: 2, PadW: 1}, true},
		{1, 8, 9, 2, 3, 4, 4, nn.ConvConfig{StrideH: 2, StrideW: 2, PadH: 1, PadW: 1}, false},
		{1, 8, 10, 2, 3, 5, 3, nn.ConvConfig{StrideH: 3, StrideW: 3, PadH: 2}, false},
		{2, 7, 5, 3, 4, 3, 3, nn.ConvConfig{StrideH: 2, PadH: 1, PadW: 1}, true},
		{2, 5, 4, 6, 5, 1, 1, nn.ConvConfig{}, true},
		{2, 5, 4, 6, 5, 1, 1, nn.ConvConfig{StrideH: 2, StrideW: 2}, false},
		{1, 5, 4, 6, 4, 3, 3, nn.ConvConfig{PadH: 1, PadW: 1, Groups: 2}, true},
		{1, 6, 5, 4, 8, 2, 3, nn.ConvConfig{StrideH: 2, StrideW: 2, PadW: 1, Groups: 4}, false},
		{2, 6, 5, 5, 5, 3, 3, nn.ConvConfig{PadH: 1, PadW: 1, Groups: 5}, true},
		{1, 7, 6, 3, 3, 4, 5, nn.ConvConfig{StrideH: 2, StrideW: 2, PadH: 1, PadW: 2, Groups: 3}, false},
		{1, 4, 4, 2, 2, 3, 3, nn.ConvConfig{PadH: 3, PadW: 4}, false},
		{1, 4, 4, 2, 3, 3, 3, nn.ConvConfig{PadH: 1, PadW: 1, Act: nn.Tanh}, true},
	} {
		groups := max(s.cfg.Groups, 1)
		w := randomParam(rng, "w", 0, s.out, s.in/groups, s.kh, s.kw)
		params := []*Param{w}
		var b *Param
		if s.bias {
			b = randomParam(rng, "b", 0, s.out)
			params = append(params, b)
		}
		operation{
			name:   fmt.Sprintf("%+v", s),
			inputs: []nn.Matrix{randomMatrix(rng, s.n*s.h*s.w, s.in)},
			params: params,
			apply: func(t *Tape, xs []*Value) *Value {
				return t.Conv2D(pictured(xs[0], s.n, s.h, s.w), w, b, s.cfg)
			},
			reference: func(xs [][]float64) []float64 {
				y := conv64(images64{xs[0], s.n, s.h, s.w, s.in}, xs[1], s.out, s.kh, s.kw, s.cfg)
				for i := range y.data {
					if s.bias {
						y.data[i] += xs[2][i%s.out]
					}
					if s.cfg.Act == nn.Tanh {
						y.data[i] = math.Tanh(y.data[i])
					}
				}
				return y.data
			},
		}.check(t)
	}
}
