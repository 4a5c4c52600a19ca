package nn

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// conv64 returns value (i, oy, ox, o) of a convolution in float64, without bias,
// and the sum of the magnitudes of its terms.
func conv64(x Images, weight []float32, out, kh, kw int, cfg ConvConfig, i, oy, ox, o int) (sum, magnitude float64) {
	groups, sh, sw := max(cfg.Groups, 1), max(cfg.StrideH, 1), max(cfg.StrideW, 1)
	inGroup := x.C / groups
	group := o / (out / groups)
	for ch := range inGroup {
		for ky := range kh {
			for kx := range kw {
				y, xx := oy*sh+ky-cfg.PadH, ox*sw+kx-cfg.PadW
				if y < 0 || y >= x.H || xx < 0 || xx >= x.W {
					continue
				}
				p := float64(x.Data[((i*x.H+y)*x.W+xx)*x.C+group*inGroup+ch]) * float64(weight[((o*inGroup+ch)*kh+ky)*kw+kx])
				sum += p
				magnitude += math.Abs(p)
			}
		}
	}
	return sum, magnitude
}

func TestConv2D(t *testing.T) {
	forEachKernels(t, func(t *testing.T) {
		rng := rand.New(rand.NewPCG(13, 14))
		for n, test := range []struct {
			n, h, w, in, out, kh, kw int
			cfg                      ConvConfig
		}{
			{1, 5, 7, 3, 4, 3, 3, ConvConfig{PadH: 1, PadW: 1}},
			{2, 9, 6, 16, 20, 1, 1, ConvConfig{}},
			{2, 9, 6, 16, 20, 1, 1, ConvConfig{StrideH: 2, StrideW: 2}},
			{1, 64, 64, 1, 24, 4, 4, ConvConfig{StrideH: 4, StrideW: 4}},
			{1, 16, 40, 1, 10, 4, 12, ConvConfig{StrideH: 4, StrideW: 12}},
			{1, 20, 30, 3, 16, 7, 7, ConvConfig{StrideH: 2, StrideW: 2, PadH: 3, PadW: 3}},
			{3, 8, 5, 32, 32, 3, 3, ConvConfig{PadH: 1, PadW: 1, Groups: 8, Act: ReLU}},
			{1, 6, 6, 64, 64, 3, 3, ConvConfig{PadH: 1, PadW: 1, Groups: 16, StrideH: 2, StrideW: 2}},
			{1, 7, 9, 24, 24, 3, 5, ConvConfig{PadH: 1, PadW: 2, Groups: 24}},
			{2, 17, 30, 100, 100, 3, 3, ConvConfig{PadH: 1, PadW: 1, Groups: 100, StrideW: 2, Act: ReLU}},
			{1, 20, 4, 512, 512, 3, 3, ConvConfig{Groups: 512}},
			{1, 9, 9, 33, 33, 3, 3, ConvConfig{Groups: 33, Storage: Float16}},
			{1, 7, 9, 7, 14, 3, 3, ConvConfig{PadH: 2, PadW: 2, Groups: 7}},
			{1, 7, 9, 40, 80, 1, 1, ConvConfig{Groups: 2}},
			{1, 2, 2, 4, 4, 5, 5, ConvConfig{PadH: 2, PadW: 2}},
			{1, 1, 1, 4, 4, 3, 3, ConvConfig{PadH: 4, PadW: 4}},
			{1, 2, 2, 4, 4, 3, 3, ConvConfig{}},
			{0, 8, 8, 4, 4, 3, 3, ConvConfig{}},
			{2, 40, 37, 8, 12, 3, 3, ConvConfig{PadH: 1}},
			{1, 90, 100, 64, 8, 3, 3, ConvConfig{PadH: 1, PadW: 1}},
			{1, 31, 2, 512, 20, 3, 3, ConvConfig{PadH: 1, PadW: 1}},            // rows that share cache sets
			{1, 5, 9, 600, 20, 3, 2, ConvConfig{PadW: 1, Storage: Float16}},    // runs longer than a block
			{2, 12, 13, 130, 70, 2, 3, ConvConfig{StrideW: 2, Storage: Int8}},  // several runs in a block
			{1, 4, 30, 256, 16, 1, 1, ConvConfig{StrideH: 2, StrideW: 2}},      // strided in place
			{1, 6, 50, 96, 96, 3, 3, ConvConfig{Groups: 3, Storage: BFloat16}}, // groups wider than a panel
			{1, 30, 3, 1024, 12, 3, 3, ConvConfig{PadH: 1, PadW: 1}},
			{1, 9, 30, 512, 40, 1, 1, ConvConfig{StrideH: 2, StrideW: 2}},
			{1, 3, 0, 2, 4, 1, 1, ConvConfig{PadW: 1}},
			{2, 12, 8, 32, 32, 3, 3, ConvConfig{StrideH: 2, StrideW: 2, MoreH: 1, MoreW: 1, Groups: 32}},
			{2, 8, 6, 1, 20, 3, 3, ConvConfig{StrideH: 2, StrideW: 2, MoreH: 1, MoreW: 1, Act: ReLU}},
			{1, 8, 6, 5, 20, 3, 4, ConvConfig{PadH: 1, PadW: 1, MoreW: 1}},
			{1, 4, 3, 5, 20, 1, 1, ConvConfig{MoreH: 2}},
		} {
			weight := random(rng, 1, test.out*(test.in/max(test.cfg.Groups, 1))*test.kh*test.kw, 0, false).Data
			var bias []float32
			if n%2 == 0 {
				bias = random(rng, 1, test.out, 0, false).Data
			}
			x := Images{random(rng, 1, test.n*test.h*test.w*test.in, 0, false).Data, test.n, test.h, test.w, test.in}
			weight = stored(NewMatrix(weight, test.out, len(weight)/test.out), test.cfg.Storage).Data
			l := NewConv2D(weight, bias, test.out, test.in, test.kh, test.kw, test.cfg)
			if testing.Short() && len(weight)*test.h*test.w > 1e6 {
				continue
			}
			var one []float32
			for _, workers := range []int{1, 2, 7} {
				y := l.Apply(NewContext(workers), x)
				if h, w := l.OutputSize(test.h, test.w); y.N != test.n || y.H != h || y.W != w || y.C != test.out {
					t.Fatalf("%v: result is %d × %d × %d × %d", test, y.N, y.H, y.W, y.C)
				}
				if workers > 1 {
					equalBits(t, fmt.Sprint(test), NewMatrix(y.Data, 1, len(y.Data)), NewMatrix(one, 1, len(one)))
					continue
				}
				one = append(one, y.Data...)
				for p, got := range y.Data {
					o := p % y.C
					want, magnitude := conv64(x, weight, test.out, test.kh, test.kw, test.cfg, p/y.C/y.W/y.H, p/y.C/y.W%y.H, p/y.C%y.W, o)
					if bias != nil {
						want += float64(bias[o])
						magnitude += math.Abs(float64(bias[o]))
					}
					if test.cfg.Act == ReLU {
						want = max(want, 0)
					}
					if !near(t, got, want, magnitude, test.in*test.kh*test.kw) {
						t.Fatalf("%v: at %d", test, p)
					}
				}
			}
			// An image gives the same alone and in a batch.
			if test.n > 1 && len(one) > 0 {
				size := test.h * test.w * test.in
				x := Images{x.Data[size : 2*size], 1, test.h, test.w, test.in}
				y := l.Apply(NewContext(1), x)
				equalBits(t, "second image", NewMatrix(y.Data, 1, len(y.Data)), NewMatrix(one[len(y.Data):], 1, len(y.Data)))
			}
		}
	})
}

func BenchmarkConv2D(b *testing.B) {
	rng := rand.New(rand.NewPCG(1, 2))
	for _, test := range []struct {
		name                  string
		h, w, in, out, kh, kw int
		cfg                   ConvConfig
	}{
		{"CNN14 1", 1001, 64, 1, 64, 3, 3, ConvConfig{PadH: 1, PadW: 1}},
		{"CNN14 2", 1001, 64, 64, 64, 3, 3, ConvConfig{PadH: 1, PadW: 1}},
		{"CNN14 4", 250, 16, 128, 256, 3, 3, ConvConfig{PadH: 1, PadW: 1}},
		{"CNN14 12", 31, 2, 2048, 2048, 3, 3, ConvConfig{PadH: 1, PadW: 1}},
		{"HTSAT patches", 256, 256, 1, 96, 4, 4, ConvConfig{StrideH: 4, StrideW: 4}},
		{"ResNet stem", 128, 200, 3, 64, 7, 7, ConvConfig{StrideH: 2, StrideW: 2, PadH: 3, PadW: 3}},
		{"ResNet 1×1", 56, 56, 256, 64, 1, 1, ConvConfig{}},
		{"ResNet 3×3", 28, 28, 128, 128, 3, 3, ConvConfig{PadH: 1, PadW: 1}},
		{"ResNet 3×3/2", 28, 28, 256, 256, 3, 3, ConvConfig{PadH: 1, PadW: 1, StrideH: 2, StrideW: 2}},
		{"ResNeXt 32×4", 56, 56, 128, 128, 3, 3, ConvConfig{PadH: 1, PadW: 1, Groups: 32}},
		{"depthwise", 56, 56, 128, 128, 3, 3, ConvConfig{PadH: 1, PadW: 1, Groups: 128}},
		{"ViT patches", 224, 224, 3, 768, 32, 32, ConvConfig{StrideH: 32, StrideW: 32}},
	} {
		groups := max(test.cfg.Groups, 1)
		l := NewConv2D(random(rng, 1, test.out*test.in/groups*test.kh*test.kw, 0, false).Data, nil, test.out, test.in, test.kh, test.kw, test.cfg)
		x := Images{random(rng, 1, test.h*test.w*test.in, 0, false).Data, 1, test.h, test.w, test.in}
		for _, workers := range []int{1, 2} {
			c := NewContext(workers)
			b.Run(fmt.Sprintf("%s/%d", test.name, workers), func(b *testing.B) {
				var flop int
				for b.Loop() {
					mark := c.Mark()
					y := l.Apply(c, x)
					flop = 2 * len(y.Data) * test.in / groups * test.kh * test.kw
					c.Release(mark)
				}
				b.ReportMetric(float64(flop)*float64(b.N)/b.Elapsed().Seconds()/1e9, "GFLOP/s")
			})
		}
	}
}
