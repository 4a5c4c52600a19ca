package resnet

import (
	"fmt"

	"github.com/soundspace/soundspace/audioclip/internal/params"
	"github.com/soundspace/soundspace/internal/nn"
)

const batchNormEps = 1e-5

// block is relu(f(x) + g(x)).
type block struct {
	convs    []*nn.Conv2D // f, with ReLU after each but the last
	shortcut *nn.Conv2D   // g; nil: identity
	// pool makes images smaller by means of pool × pool pixels before the last of
	// convs and the shortcut, as CLIP does in place of strides. 0 or 1: it does not.
	pool int
	out  int // channels
}

// conv returns a convolution with a square kernel that looks over the edge by
// half of its size, and the batch normalisation after it.
func conv(set *params.Set, name, norm string, out, in, kernel int, cfg nn.ConvConfig) *nn.Conv2D {
	cfg.PadH, cfg.PadW = kernel/2, kernel/2
	return set.Conv2D(name, out, in, kernel, kernel, cfg, set.BatchNorm(norm, out, batchNormEps))
}

// shortcut returns the convolution of a block whose result has another size or
// other channels than its input.
func shortcut(set *params.Set, out, in, stride int) *nn.Conv2D {
	return conv(set, "downsample.0", "downsample.1", out, in, 1, nn.ConvConfig{StrideH: stride, StrideW: stride})
}

// newBasic returns a block of two 3×3 convolutions.
func newBasic(set *params.Set, in, out, stride int) *block {
	b := &block{out: out, convs: []*nn.Conv2D{
		conv(set, "conv1", "bn1", out, in, 3, nn.ConvConfig{StrideH: stride, StrideW: stride, Act: nn.ReLU}),
		conv(set, "conv2", "bn2", out, out, 3, nn.ConvConfig{}),
	}}
	if stride != 1 || in != out {
		b.shortcut = shortcut(set, out, in, stride)
	}
	return b
}

// newBottleneck returns a block of a 1×1 convolution to width channels, a 3×3 one in
// groups and a 1×1 one. It steps by stride in the middle or, if pooled, takes means.
func newBottleneck(set *params.Set, in, width, out, stride, groups int, pooled bool) *block {
	b := &block{out: out}
	project := stride != 1 || in != out
	if pooled {
		b.pool, stride = stride, 1
	}
	b.convs = []*nn.Conv2D{
		conv(set, "conv1", "bn1", width, in, 1, nn.ConvConfig{Act: nn.ReLU}),
		conv(set, "conv2", "bn2", width, width, 3, nn.ConvConfig{StrideH: stride, StrideW: stride, Groups: groups, Act: nn.ReLU}),
		conv(set, "conv3", "bn3", out, width, 1, nn.ConvConfig{}),
	}
	if project {
		b.shortcut = shortcut(set, out, in, stride)
	}
	return b
}

// outputSize returns the size of the result for images of h × w pixels.
func (b *block) outputSize(h, w int) (int, int) {
	for _, l := range b.convs {
		h, w = l.OutputSize(h, w)
	}
	return h / max(b.pool, 1), w / max(b.pool, 1)
}

// apply computes dst from x, which it may be where the block has no shortcut.
func (b *block) apply(c *nn.Context, dst, x nn.Images) {
	defer c.Release(c.Mark())
	fx, gx := x, x
	last := len(b.convs) - 1
	for _, l := range b.convs[:last] {
		fx = l.Apply(c, fx)
	}
	if b.pool > 1 {
		fx, gx = nn.AvgPool2D(c, fx, b.pool, b.pool), nn.AvgPool2D(c, x, b.pool, b.pool)
	}
	fx = b.convs[last].Apply(c, fx)
	if b.shortcut != nil {
		gx = b.shortcut.Apply(c, gx)
	}
	addReLU(c, dst.Data, fx.Data, gx.Data)
}

// stage is blocks one after the other, of which only the first may change the size.
type stage []*block

// newStage returns n blocks layer.0, layer.1 …; the arguments of build are the
// tensors of a block, the channels of its input and its stride.
func newStage(set *params.Set, layer string, n, in, out, stride int, build func(set *params.Set, in, stride int) *block) stage {
	s := make(stage, n)
	for i := range s {
		s[i] = build(set.Sub(fmt.Sprintf("%s.%d.", layer, i)), in, stride)
		in, stride = out, 1
	}
	return s
}

// apply returns the result in scratch memory.
func (s stage) apply(c *nn.Context, x nn.Images) nn.Images {
	h, w := s[0].outputSize(x.H, x.W)
	dst := c.Images(x.N, h, w, s[0].out)
	for _, b := range s {
		b.apply(c, dst, x)
		x = dst
	}
	return dst
}

// addReLU computes dst = max(a + b, 0), where dst may be one of them.
func addReLU(c *nn.Context, dst, a, b []float32) {
	c.Split(len(dst), 1<<12, func(_ *nn.Context, from, to int) {
		dst, a, b := dst[from:to], a[from:to], b[from:to]
		for i := range dst {
			dst[i] = max(a[i]+b[i], 0)
		}
	})
}

// multiply computes x *= y.
func multiply(c *nn.Context, x, y []float32) {
	c.Split(len(x), 1<<12, func(_ *nn.Context, from, to int) {
		x, y := x[from:to], y[from:to]
		for i := range x {
			x[i] *= y[i]
		}
	})
}
