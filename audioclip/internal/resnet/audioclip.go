package resnet

import (
	"github.com/soundspace/soundspace/audioclip/internal/params"
	"github.com/soundspace/soundspace/internal/fbsp"
	"github.com/soundspace/soundspace/internal/nn"
)

// AudioCLIP is the audio encoder of AudioCLIP: a ResNeXt-50 (32×4d) over
// spectrograms of learnt filters (package internal/fbsp). The result of each stage is
// weighted by what a small network makes of the stage's input. It is safe for
// concurrent use.
//
// References: Guzhov et al., AudioCLIP: Extending CLIP to Image, Text and Audio,
// 2021; AndreyGuzhov/AudioCLIP, commit 45327aa.
type AudioCLIP struct {
	transform *fbsp.Transform
	trunk     trunk
	stages    [4]stage
	attention [5]*attention // of the stages and of the mean
	fc        *nn.Linear
}

const (
	audioclipFeatures = 2048
	audioclipWidth    = 1024
)

// NewAudioCLIP takes the weights of an encoder, those whose names begin with
// "audio." in checkpoints.
func NewAudioCLIP(set *params.Set) *AudioCLIP {
	parameter := func(name string) []float32 { return set.Floats("fbsp."+name, fbsp.Filters) }
	m := &AudioCLIP{
		transform: fbsp.New(set.Floats("window", fbsp.Window), parameter("m"), parameter("fb"), parameter("fc")),
		trunk:     newTrunk(set, fbsp.Bands),
	}
	if set.Has("fbsp.bias") {
		set.Tensor("fbsp.bias", 0) // checkpoints have an empty one
	}
	const groups = 32
	in, stride := trunkWidth, 1
	for i, blocks := range [4]int{3, 4, 6, 3} {
		width, out := 128<<i, 256<<i
		m.stages[i] = newStage(set, layerNames[i], blocks, in, out, stride, func(set *params.Set, in, stride int) *block {
			return newBottleneck(set, in, width, out, stride, groups, false)
		})
		kernelH, kernelW := 3, 1
		if i%2 == 1 {
			kernelH, kernelW = 1, 5
		}
		m.attention[i] = newAttention(set.Sub("att%d.", i+1), in, out, kernelH, kernelW)
		in, stride = out, 2
	}
	m.attention[4] = newAttention(set.Sub("att5."), in, in, 3, 5)
	m.fc = set.Linear("fc", audioclipWidth, audioclipFeatures, nn.Identity)
	return m
}

// Width returns the length of a vector.
func (m *AudioCLIP) Width() int { return audioclipWidth }

// Encode computes a row of dst for each clip, which is one or more channels of
// samples between -1 and 1 at 44.1 kHz. The features of the channels are summed,
// so that stereo is not the mean of two mono clips.
func (m *AudioCLIP) Encode(c *nn.Context, dst nn.Matrix, clips [][][]float32) {
	defer c.Release(c.Mark())
	features := c.Matrix(len(clips), audioclipFeatures)
	clear(features.Data)
	for i, channels := range clips {
		sum := features.Row(i)
		for _, samples := range channels {
			mark := c.Mark()
			for j, v := range m.features(c, m.transform.Image(c, samples)) {
				sum[j] += v
			}
			c.Release(mark)
		}
	}
	m.fc.Apply(c, dst, features)
}

// features returns the weighted means of the last stage's channels, in scratch
// memory.
func (m *AudioCLIP) features(c *nn.Context, image nn.Images) []float32 {
	x := m.trunk.apply(c, image)
	for i, s := range m.stages {
		y := s.apply(c, x)
		m.attention[i].weigh(c, y, x)
		x = y
	}
	mean := nn.Images{Data: nn.GlobalAvgPool(c, x).Row(0), N: 1, H: 1, W: 1, C: x.C}
	m.attention[4].weigh(c, mean, x)
	return mean.Data
}

// attention computes weights between 0 and 1 for the result of a stage from the
// stage's input.
type attention struct{ depth, point *nn.Conv2D }

func newAttention(set *params.Set, in, out, kernelH, kernelW int) *attention {
	return &attention{
		depth: set.Conv2D("conv_depth", in, in, kernelH, kernelW, nn.ConvConfig{PadH: kernelH / 2, PadW: kernelW / 2, Groups: in}, nil),
		point: set.Conv2D("conv_point", out, in, 1, 1, nn.ConvConfig{Act: nn.Sigmoid}, set.BatchNorm("bn", out, batchNormEps)),
	}
}

// weigh multiplies y, the result of a stage, by the weights.
func (a *attention) weigh(c *nn.Context, y, x nn.Images) {
	defer c.Release(c.Mark())
	w := nn.AdaptiveMaxPool2D(c, x, y.H, y.W)
	w = a.point.Apply(c, a.depth.Apply(c, w))
	multiply(c, y.Data, w.Data)
}
