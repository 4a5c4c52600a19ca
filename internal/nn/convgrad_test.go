package nn

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// convGrads64 returns the gradients of Σ dy·conv(x) in float64, with the sums of
// the magnitudes of their terms.
func convGrads64(x, dy Images, weight []float32, kh, kw int, cfg ConvConfig) (dx, dw, mx, mw []float64) {
	groups, sh, sw := max(cfg.Groups, 1), max(cfg.StrideH, 1), max(cfg.StrideW, 1)
	in, out := x.C/groups, dy.C/groups
	dx, mx = make([]float64, len(x.Data)), make([]float64, len(x.Data))
	dw, mw = make([]float64, len(weight)), make([]float64, len(weight))
	for i := range dy.N * dy.H * dy.W {
		n, oy, ox := i/dy.W/dy.H, i/dy.W%dy.H, i%dy.W
		for o := range dy.C {
			d := float64(dy.Data[i*dy.C+o])
			for ch := range in {
				for k := range kh * kw {
					y, xx := oy*sh+k/kw-cfg.PadH, ox*sw+k%kw-cfg.PadW
					if y < 0 || y >= x.H || xx < 0 || xx >= x.W {
						continue
					}
					ix := ((n*x.H+y)*x.W+xx)*x.C + o/out*in + ch
					iw := (o*in+ch)*kh*kw + k
					a, b := d*float64(weight[iw]), d*float64(x.Data[ix])
					dx[ix] += a
					dw[iw] += b
					mx[ix] += math.Abs(a)
					mw[iw] += math.Abs(b)
				}
			}
		}
	}
	return dx, dw, mx, mw
}

func TestConv2DGradients(t *testing.T) {
	forEachKernels(t, func(t *testing.T) {
		rng := rand.New(rand.NewPCG(15, 16))
		for _, test := range []struct {
			n, h, w, in, out, kh, kw int
			cfg                      ConvConfig
		}{
			{1, 5, 7, 3, 4, 3, 3, ConvConfig{PadH: 1, PadW: 1}},
			{2, 9, 6, 16, 20, 1, 1, ConvConfig{}},
			{2, 9, 6, 16, 20, 1, 1, ConvConfig{StrideH: 2, StrideW: 2}},
			{2, 10, 7, 5, 33, 3, 3, ConvConfig{StrideH: 2, StrideW: 2, PadH: 1, PadW: 1}},
			{2, 11, 8, 5, 7, 4, 4, ConvConfig{StrideH: 2, StrideW: 2, PadH: 1, PadW: 1}},
			{1, 11, 13, 4, 6, 5, 2, ConvConfig{StrideH: 3, StrideW: 3, PadH: 2}},
			{1, 11, 13, 4, 6, 2, 3, ConvConfig{StrideH: 2, PadW: 1}},
			{1, 7, 7, 2, 3, 2, 2, ConvConfig{StrideH: 3, StrideW: 3}}, // pixels that nothing sees
			{1, 6, 5, 2, 3, 3, 3, ConvConfig{PadH: 4, PadW: 3}},       // results that see nothing
			{1, 6, 5, 2, 3, 3, 3, ConvConfig{PadH: 4, PadW: 3, StrideH: 2, StrideW: 3}},
			{9, 64, 16, 1, 24, 3, 3, ConvConfig{StrideH: 2, StrideW: 2, PadH: 1, PadW: 1}}, // many chunks
			{2, 20, 30, 3, 16, 7, 7, ConvConfig{StrideH: 2, StrideW: 2, PadH: 3, PadW: 3}},
			{3, 8, 5, 32, 32, 3, 3, ConvConfig{PadH: 1, PadW: 1, Groups: 8}},
			{2, 6, 6, 64, 64, 3, 3, ConvConfig{PadH: 1, PadW: 1, Groups: 4, StrideH: 2, StrideW: 2}},
			{1, 6, 6, 96, 48, 3, 3, ConvConfig{PadH: 1, PadW: 1, Groups: 2}},
			{1, 7, 9, 24, 24, 3, 5, ConvConfig{PadH: 1, PadW: 2, Groups: 24}},
			{2, 17, 30, 100, 100, 3, 3, ConvConfig{PadH: 1, PadW: 1, Groups: 100, StrideW: 2}},
			{1, 7, 9, 7, 14, 3, 3, ConvConfig{PadH: 2, PadW: 2, Groups: 7}},
			{1, 7, 9, 14, 7, 2, 2, ConvConfig{Groups: 7}},
			{1, 9, 4, 3, 3, 3, 15, ConvConfig{PadW: 7, Groups: 3}},
			{20, 5, 3, 130, 70, 3, 3, ConvConfig{PadH: 1, PadW: 1}}, // chunks of several images
			{3, 9, 5, 256, 20, 3, 3, ConvConfig{StrideH: 2, StrideW: 2, PadH: 1, PadW: 1}},
			{2, 4, 3, 512, 20, 3, 3, ConvConfig{PadH: 1, PadW: 1}},
			{1, 3, 300, 4, 8, 3, 3, ConvConfig{PadH: 1, PadW: 1}}, // rows longer than a chunk
			{0, 8, 8, 4, 4, 3, 3, ConvConfig{}},
			{1, 2, 2, 4, 4, 3, 3, ConvConfig{}}, // no result
			{2, 8, 6, 5, 20, 3, 3, ConvConfig{StrideH: 2, StrideW: 2, MoreH: 1, MoreW: 1}},
			{2, 8, 6, 20, 20, 3, 3, ConvConfig{StrideH: 2, StrideW: 2, MoreH: 1, MoreW: 1, Groups: 20}},
			{1, 8, 6, 5, 20, 3, 4, ConvConfig{PadH: 1, PadW: 1, MoreW: 1}},
			{1, 4, 3, 5, 20, 1, 1, ConvConfig{MoreH: 2}},
		} {
			name := fmt.Sprintf("%+v", test)
			weight := random(rng, 1, test.out*(test.in/max(test.cfg.Groups, 1))*test.kh*test.kw, 0, false).Data
			x := Images{random(rng, 1, test.n*test.h*test.w*test.in, 0, false).Data, test.n, test.h, test.w, test.in}
			h, w := NewConv2D(weight, nil, test.out, test.in, test.kh, test.kw, test.cfg).OutputSize(test.h, test.w)
			dy := Images{random(rng, 1, test.n*h*w*test.out, 0, false).Data, test.n, h, w, test.out}
			before := random(rng, 1, max(len(x.Data), len(weight)), 0, false).Data
			dx, dw, mx, mw := convGrads64(x, dy, weight, test.kh, test.kw, test.cfg)
			if testing.Short() && len(weight)*test.h*test.w > 1e6 {
				continue
			}
			var oneX, oneW []float32
			for _, workers := range []int{1, 2, 3} {
				c := NewContext(workers)
				for _, add := range []bool{true, false} {
					got := Images{slices.Clone(before[:len(x.Data)]), x.N, x.H, x.W, x.C}
					Conv2DInputGradient(c, got, dy, weight, test.kh, test.kw, test.cfg, add)
					for i, v := range got.Data {
						want := dx[i]
						if add {
							want += float64(before[i])
						}
						if e := math.Abs(float64(v) - want); !(e <= 1e-6*(mx[i]+1)) {
							t.Fatalf("%s, add %v: dx[%d] = %g, want %g", name, add, i, v, want)
						}
					}
					if add {
						continue
					}
					if oneX == nil {
						oneX = got.Data
					}
					if !slices.Equal(got.Data, oneX) {
						t.Errorf("%s: other dx with %d workers", name, workers)
					}
				}
				got := slices.Clone(before[:len(weight)])
				Conv2DWeightGradient(c, got, x, dy, test.kh, test.kw, test.cfg)
				for i, v := range got {
					want := dw[i] + float64(before[i])
					if e := math.Abs(float64(v) - want); !(e <= 1e-6*(mw[i]+1)) {
						t.Fatalf("%s: dw[%d] = %g, want %g", name, i, v, want)
					}
				}
				if oneW == nil {
					oneW = got
				}
				if !slices.Equal(got, oneW) {
					t.Errorf("%s: other dw with %d workers", name, workers)
				}
			}
		}
	})
}
