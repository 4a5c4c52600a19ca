package yamnet

import (
	"fmt"
	"slices"

	"github.com/soundspace/soundspace/audioclip/internal/params"
	"github.com/soundspace/soundspace/internal/nn"
)

// EmbeddingSize is the number of values of an embedding.
const EmbeddingSize = 1024

// The network takes patches of frames × bands.
const (
	patchFrames = 96
	patchBands  = 64
	classes     = 521
)

const batchNormEps = 1e-4

// separable are the depthwise separable convolutions after the first convolution, of
// stemFilters: a 3×3 convolution of each channel by itself, with a stride, and a 1×1
// convolution to so many channels.
var separable = [...]struct{ filters, stride int }{
	{64, 1},
	{128, 2}, {128, 1},
	{256, 2}, {256, 1},
	{512, 2}, {512, 1}, {512, 1}, {512, 1}, {512, 1}, {512, 1},
	{EmbeddingSize, 2}, {EmbeddingSize, 1},
}

const stemFilters = 32

// network is MobileNet v1 over log-mel patches. It is safe for concurrent use.
type network struct {
	layers  []layer
	largest int // number of values between two layers, for a patch
	dense   *nn.Linear
}

// layer is a convolution, its batch normalisation and ReLU.
type layer struct {
	conv *nn.Conv2D
	out  int
}

// newNetwork copies the weights of a network, by their names in Keras: convolutions, their
// normalisations and the last layer are numbered from 0.
func newNetwork(set *params.Set) *network {
	n := &network{}
	h, w := patchFrames, patchBands
	add := func(in, out, kernel, stride, groups int) {
		conv := convolution(set, 2*len(n.layers), in, out, kernel, stride, groups)
		n.layers = append(n.layers, layer{conv, out})
		h, w = conv.OutputSize(h, w)
		n.largest = max(n.largest, h*w*out)
	}
	add(1, stemFilters, 3, 2, 1)
	in := stemFilters
	for _, s := range separable {
		add(in, in, 3, s.stride, in)
		add(in, s.filters, 1, 1, 1)
		in = s.filters
	}
	dense := set.Sub("layer_with_weights-%d/", 2*len(n.layers))
	n.dense = dense.LinearTransposed("kernel", EmbeddingSize, classes)
	n.dense.Bias, n.dense.Act = slices.Clone(dense.Floats("bias", classes)), nn.Sigmoid
	return n
}

// convolution returns a convolution, layer i of the weights, with the batch normalisation
// in layer i+1, which has no scale. Padding is TensorFlow's "same": with stride 2 and
// images of even sizes, as all of them are here, a row below and a column on the right.
func convolution(set *params.Set, i, in, out, kernel, stride, groups int) *nn.Conv2D {
	cfg := nn.ConvConfig{StrideH: stride, StrideW: stride, Groups: groups, Act: nn.ReLU}
	switch {
	case stride == 2:
		cfg.MoreH, cfg.MoreW = 1, 1
	case kernel == 3:
		cfg.PadH, cfg.PadW = 1, 1
	}
	conv := set.Sub("layer_with_weights-%d/", i)
	var weight []float32
	if groups > 1 {
		weight = conv.Floats("depthwise_kernel", kernel, kernel, in, 1)
	} else {
		weight = conv.Floats("kernel", kernel, kernel, in, out)
	}
	norm := set.Sub("layer_with_weights-%d/", i+1)
	ones := make([]float32, out)
	for i := range ones {
		ones[i] = 1
	}
	bn := nn.NewBatchNorm(ones, norm.Floats("beta", out), norm.Floats("moving_mean", out), norm.Floats("moving_variance", out), batchNormEps)
	weight, bias := bn.Fold(outputsFirst(weight, out), nil)
	return nn.NewConv2D(weight, bias, out, in, kernel, kernel, cfg)
}

// outputsFirst returns the transpose of a matrix of so many columns. It makes weights
// [kh, kw, in, out] to [out, in, kh, kw] where kernels have one row and column, or outputs
// one input.
func outputsFirst(weight []float32, cols int) []float32 {
	rows := len(weight) / cols
	t := make([]float32, len(weight))
	for i := range rows {
		for j, v := range weight[i*cols:][:cols] {
			t[j*rows+i] = v
		}
	}
	return t
}

// apply computes a row of scores and one of embeddings for each patch.
func (n *network) apply(c *nn.Context, scores, embeddings nn.Matrix, patches nn.Images) {
	if patches.H != patchFrames || patches.W != patchBands || patches.C != 1 {
		panic(fmt.Sprintf("yamnet: patches of %d × %d × %d", patches.H, patches.W, patches.C))
	}
	defer c.Release(c.Mark())
	memory := [2][]float32{c.Floats(patches.N * n.largest), c.Floats(patches.N * n.largest)}
	x := patches
	for i, l := range n.layers {
		h, w := l.conv.OutputSize(x.H, x.W)
		y := nn.Images{Data: memory[i%2][:x.N*h*w*l.out], N: x.N, H: h, W: w, C: l.out}
		l.conv.ApplyTo(c, y, x)
		x = y
	}
	pooled := nn.GlobalAvgPool(c, x)
	n.dense.Apply(c, scores, pooled)
	copy(embeddings.Data, pooled.Data)
}
