package htsat

import (
	"github.com/soundspace/soundspace/audioclip/internal/params"
	"github.com/soundspace/soundspace/internal/nn"
)

// patches makes tokens of spectrograms.
type patches struct {
	cfg       *Config
	bands     *nn.BatchNorm
	embedding *nn.Linear // of patchSize × patchSize pixels
	fusion    *fusion    // nil: none
	norm      *nn.LayerNorm
}

func newPatches(set *params.Set, cfg *Config) *patches {
	p := &patches{cfg: cfg, bands: set.BatchNorm("batch_norm", cfg.Mels, eps)}
	set = set.Sub("patch_embed.")
	p.embedding = convolution(set, "proj", cfg.Width, 1, patchSize, patchSize, nil)
	p.norm = set.LayerNorm("norm", cfg.Width, eps)
	if cfg.Fusion {
		p.fusion = newFusion(set, cfg)
	}
	return p
}

// convolution returns a convolution whose kernels lie side by side as a linear map
// of what is under them, followed by a normalisation if there is one.
func convolution(set *params.Set, name string, out, in, kh, kw int, norm *nn.BatchNorm) *nn.Linear {
	w, b := set.Floats(name+".weight", out, in, kh, kw), set.Floats(name+".bias", out)
	if norm != nil {
		w, b = norm.Fold(w, b)
	}
	return &nn.Linear{Weights: nn.NewWeights(nn.NewMatrix(w, out, in*kh*kw), nn.Float32), Bias: b}
}

// apply computes the tokens of a recording, the rows of dst.
func (p *patches) apply(c *nn.Context, dst nn.Matrix, in Input) {
	mark := c.Mark()
	defer c.Release(mark)
	image := p.stretch(c, in.Planes[0])
	grid := p.cfg.grid(0)
	c.Split(grid, 8, func(c *nn.Context, from, to int) {
		pixels := c.Matrix((to-from)*grid, patchSize*patchSize)
		for y := from; y < to; y++ {
			p.unfold(pixels.RowsOf((y-from)*grid, (y-from+1)*grid), image, y, patchSize)
		}
		p.embedding.Apply(c, dst.RowsOf(from*grid, to*grid), pixels)
	})
	if in.Longer && p.fusion != nil {
		p.fuse(c, dst, in.Planes[1:])
	}
	p.norm.Apply(c, dst, dst)
}

// stretch returns a spectrogram, normalised, at the number of frames that fill the
// image.
func (p *patches) stretch(c *nn.Context, plane nn.Matrix) nn.Matrix {
	x := c.Matrix(plane.Rows, plane.Cols)
	for i := range x.Rows {
		copy(x.Row(i), plane.Row(i))
	}
	p.bands.Apply(c, x)
	if x.Rows == p.cfg.MaxFrames() {
		return x
	}
	stretched := c.Matrix(p.cfg.MaxFrames(), x.Cols)
	nn.ResizeRows(c, stretched, x, nn.Bicubic, true)
	return stretched
}

// unfold sets each row of dst to the pixels under a kernel of patchSize × width, in
// row y of those that lie side by side on the image.
func (p *patches) unfold(dst, x nn.Matrix, y, width int) {
	segment, band := y*patchSize/p.cfg.Mels, y*patchSize%p.cfg.Mels
	for i := range dst.Rows {
		pixels := dst.Row(i)
		for t := range width {
			bands := x.Row(segment*p.cfg.SpecSize + i*width + t)[band : band+patchSize]
			for f, v := range bands {
				pixels[f*width+t] = v
			}
		}
	}
}
