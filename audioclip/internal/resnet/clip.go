package resnet

import (
	"fmt"
	"math"

	"github.com/soundspace/soundspace/audioclip/internal/params"
	"github.com/soundspace/soundspace/internal/nn"
)

// CLIPConfig describes a residual network of CLIP. Fit completes one that has zeros.
type CLIPConfig struct {
	Blocks [4]int // of the stages
	Width  int    // channels after the first layers, even
	Size   int    // of the pictures, in pixels, a multiple of 32
	Embed  int    // length of a picture's vector
}

// Fit compares the config with the tensors of a set. What is 0 is taken from their
// shapes.
//
// With a config that was fitted, NewCLIP asks for little more memory than the
// tensors account for.
func (cfg CLIPConfig) Fit(set *params.Set) (CLIPConfig, error) {
	for i, layer := range layerNames {
		n := 0
		for set.Has(fmt.Sprintf("%s.%d.conv1.weight", layer, n)) {
			n++
		}
		if n == 0 || cfg.Blocks[i] != 0 && cfg.Blocks[i] != n {
			return cfg, fmt.Errorf("resnet: there are tensors of %d blocks in %s, the config says %d", n, layer, cfg.Blocks[i])
		}
		cfg.Blocks[i] = n
	}
	const positions, projection = "attnpool.positional_embedding", "attnpool.c_proj.weight"
	p, c := set.Shape(positions), set.Shape(projection)
	if len(p) != 2 || len(c) != 2 || p[1] != c[1] {
		return cfg, fmt.Errorf("resnet: tensors %s %v and %s %v do not fit each other", positions, p, projection, c)
	}
	side := int(math.Round(math.Sqrt(float64(p[0] - 1))))
	found := CLIPConfig{Blocks: cfg.Blocks, Width: c[1] / widening, Size: side * clipReduction, Embed: c[0]}
	const widest = 512 // RN50x64 has 128
	if side*side+1 != p[0] || side == 0 || c[0] == 0 || c[1]%(2*widening) != 0 || c[1] == 0 || found.Width > widest {
		return cfg, fmt.Errorf("resnet: tensors %s %v and %s %v are not of a network of CLIP", positions, p, projection, c)
	}
	if cfg.Width == 0 {
		cfg.Width = found.Width
	}
	if cfg.Size == 0 {
		cfg.Size = found.Size
	}
	if cfg.Embed == 0 {
		cfg.Embed = found.Embed
	}
	if cfg != found {
		return cfg, fmt.Errorf("resnet: the tensors are of a network with width %d for pictures of %d pixels and vectors of %d values, the config says %d, %d and %d",
			found.Width, found.Size, found.Embed, cfg.Width, cfg.Size, cfg.Embed)
	}
	return cfg, nil
}

const widening = 32 // ratio of the last channels to the first

// clipReduction is the ratio of the sizes of the network's input and output.
const clipReduction = 32

// CLIP is the residual network of CLIP that encodes pictures. It takes means of
// pixels where others step over them, and ends in attention: the mean of the image
// asks its pixels. It is safe for concurrent use.
//
// References: Radford et al., Learning Transferable Visual Models From Natural
// Language Supervision, 2021; openai/CLIP, ModifiedResNet; OpenCLIP 3.3.
type CLIP struct {
	cfg    CLIPConfig
	stem   [3]*nn.Conv2D
	stages [4]stage
	pool   *attentionPool
}

// NewCLIP takes the weights of a network, those whose names begin with "visual."
// in the checkpoints of OpenAI and OpenCLIP.
//
// The config must be fitted.
func NewCLIP(set *params.Set, cfg CLIPConfig) *CLIP {
	half := cfg.Width / 2
	m := &CLIP{cfg: cfg, stem: [3]*nn.Conv2D{
		conv(set, "conv1", "bn1", half, 3, 3, nn.ConvConfig{StrideH: 2, StrideW: 2, Act: nn.ReLU}),
		conv(set, "conv2", "bn2", half, half, 3, nn.ConvConfig{Act: nn.ReLU}),
		conv(set, "conv3", "bn3", cfg.Width, half, 3, nn.ConvConfig{Act: nn.ReLU}),
	}}
	in, stride := cfg.Width, 1
	for i, blocks := range cfg.Blocks {
		width := cfg.Width << i
		out := 4 * width
		m.stages[i] = newStage(set, layerNames[i], blocks, in, out, stride, func(set *params.Set, in, stride int) *block {
			return newBottleneck(set, in, width, out, stride, 1, true)
		})
		in, stride = out, 2
	}
	side := cfg.Size / clipReduction
	m.pool = newAttentionPool(set.Sub("attnpool."), side*side, in, cfg.Embed)
	return m
}

// Width returns the length of a vector.
func (m *CLIP) Width() int { return m.cfg.Embed }

// Size returns the height and width of the pictures that Encode takes.
func (m *CLIP) Size() int { return m.cfg.Size }

// Encode computes a row of dst for each picture. They are Size × Size pixels of
// red, green and blue, normalised as CLIP does.
func (m *CLIP) Encode(c *nn.Context, dst nn.Matrix, pictures nn.Images) {
	if pictures.H != m.cfg.Size || pictures.W != m.cfg.Size || pictures.C != 3 {
		panic("resnet: pictures that are not of the network's size")
	}
	one := pictures
	one.N = 1
	for i := range pictures.N {
		mark := c.Mark()
		n := m.cfg.Size * m.cfg.Size * 3
		one.Data = pictures.Data[i*n:][:n]
		x := one
		for _, l := range m.stem {
			x = l.Apply(c, x)
		}
		x = nn.AvgPool2D(c, x, 2, 2)
		for _, s := range m.stages {
			x = s.apply(c, x)
		}
		m.pool.apply(c, dst.RowsOf(i, i+1), x)
		c.Release(mark)
	}
}
