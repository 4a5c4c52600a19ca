package resnet

import (
	"github.com/soundspace/soundspace/audioclip/internal/params"
	"github.com/soundspace/soundspace/internal/nn"
)

// Wav2CLIP is the audio encoder of Wav2CLIP: a ResNet-18 over spectrograms, and
// two linear layers into the space of CLIP ViT-B/32. It is safe for concurrent use.
//
// References: Wu et al., Wav2CLIP: Learning Robust Audio Representations From CLIP,
// 2021; descriptinc/lyrebird-wav2clip, commit 1864b39.
type Wav2CLIP struct {
	trunk       trunk
	stages      [4]stage
	hidden, out *nn.Linear
}

// Bins is the number of frequencies of the spectrograms that Wav2CLIP takes.
const Bins = 257

const wav2clipWidth = 512

// NewWav2CLIP takes the weights of an encoder, those named audio_encoder.* and
// audio_transform.*.
func NewWav2CLIP(set *params.Set) *Wav2CLIP {
	encoder, transform := set.Sub("audio_encoder."), set.Sub("audio_transform.sequential.")
	encoder.Ignore("spectrogram.*", "fc.*")
	m := &Wav2CLIP{
		trunk:  newTrunk(encoder, 1),
		hidden: transform.Linear("0", wav2clipWidth, wav2clipWidth, nn.ReLU),
		out:    transform.Linear("3", wav2clipWidth, wav2clipWidth, nn.Identity),
	}
	in, stride := trunkWidth, 1
	for i := range m.stages {
		out := trunkWidth << i
		m.stages[i] = newStage(encoder, layerNames[i], 2, in, out, stride, func(set *params.Set, in, stride int) *block {
			return newBasic(set, in, out, stride)
		})
		in, stride = out, 2
	}
	return m
}

// Width returns the length of a vector.
func (m *Wav2CLIP) Width() int { return wav2clipWidth }

// Encode computes a row of dst for each spectrogram, frames × Bins, with at least
// one frame. They are those of package frontend.
func (m *Wav2CLIP) Encode(c *nn.Context, dst nn.Matrix, specs []nn.Matrix) {
	defer c.Release(c.Mark())
	pooled := c.Matrix(len(specs), wav2clipWidth)
	for i, spec := range specs {
		copy(pooled.Row(i), m.encode(c, spec))
	}
	hidden := c.Matrix(pooled.Rows, wav2clipWidth)
	m.hidden.Apply(c, hidden, pooled)
	m.out.Apply(c, dst, hidden)
}

// encode returns what comes out of the ResNet for a spectrogram.
func (m *Wav2CLIP) encode(c *nn.Context, spec nn.Matrix) []float32 {
	if spec.Cols != Bins || spec.Rows < 1 {
		panic("resnet: a spectrogram that is not of Wav2CLIP")
	}
	pooled := c.Floats(wav2clipWidth)
	defer c.Release(c.Mark())
	x := c.Images(1, Bins, spec.Rows, 1) // the network has time to the right
	for t := range spec.Rows {
		for k, v := range spec.Row(t) {
			x.Data[k*spec.Rows+t] = v
		}
	}
	x = m.trunk.apply(c, x)
	for _, s := range m.stages {
		x = s.apply(c, x)
	}
	copy(pooled, nn.GlobalAvgPool(c, x).Row(0))
	return pooled
}
