package autodiff

import "github.com/soundspace/soundspace/internal/nn"

// Conv2D returns the convolution of pictures with w [out, in/groups, kh, kw], plus b
// [out], which may be nil. cfg.Storage is of no account.
func (t *Tape) Conv2D(x *Value, w, b *Param, cfg nn.ConvConfig) *Value {
	w.mustBe(0, x.Cols/max(cfg.Groups, 1), 0, 0)
	out, kh, kw := w.Shape[0], w.Shape[2], w.Shape[3]
	var bias []float32
	if b != nil {
		b.mustBe(out)
		bias = b.Data
	}
	act := cfg.Act
	cfg.Act, cfg.Storage = nn.Identity, nn.Float32

	in := x.Images()
	h, width := cfg.OutputSize(x.H, x.W, kh, kw)
	y := t.images(x.N, h, width, out, x)
	y.uses(w, b)
	mark := t.c.Mark()
	t.c.Conv2D(w.Data, bias, out, x.Cols, kh, kw, cfg).ApplyTo(t.c, y.Images(), in)
	t.c.Release(mark)
	t.record(y, func(dy nn.Matrix) {
		dyImages := nn.Images{Data: dy.Data, N: y.N, H: y.H, W: y.W, C: y.Cols}
		if w.Grad != nil {
			nn.Conv2DWeightGradient(t.c, w.Grad, in, dyImages, kh, kw, cfg)
		}
		if b != nil && b.Grad != nil {
			t.sumRows(b.Grad, dy)
		}
		if x.needs {
			dx, fresh := t.gradient(x)
			nn.Conv2DInputGradient(t.c, nn.Images{Data: dx.Data, N: x.N, H: x.H, W: x.W, C: x.Cols}, dyImages, w.Data, kh, kw, cfg, !fresh)
		}
	})
	return t.Activation(y, act)
}

// images returns a new value of pictures.
func (t *Tape) images(n, h, w, channels int, from ...*Value) *Value {
	y := t.value(n*h*w, channels, from...)
	y.N, y.H, y.W = n, h, w
	return y
}
