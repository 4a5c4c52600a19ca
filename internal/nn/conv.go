package nn

// Images are pictures of equal size, channel-last: the value of channel ch at
// row y and column x of image i is Data[((i*H+y)*W+x)*C+ch].
type Images struct {
	Data       []float32
	N, H, W, C int
}

// Images returns images in scratch memory.
func (c *Context) Images(n, h, w, ch int) Images {
	return Images{Data: c.Floats(n * h * w * ch), N: n, H: h, W: w, C: ch}
}

// Matrix views the pixels as rows.
func (m Images) Matrix() Matrix { return NewMatrix(m.Data, m.N*m.H*m.W, m.C) }

// ConvConfig says how a convolution steps over its input.
type ConvConfig struct {
	StrideH, StrideW int // 0: 1
	PadH, PadW       int // zeros on both sides
	Groups           int // 0: 1; as many as channels: depthwise
	Act              Activation
	Storage          Storage
}

// Conv2D is a two-dimensional convolution (cross-correlation, as everywhere in
// the field) of images.
//
// It is the product of a matrix, whose rows are what the kernel sees of the input
// at each pixel of the result, and the weights. That matrix is not laid out: a row
// of it is a few runs of consecutive values of the input, and the next pixel's is
// the same some way on.
type Conv2D struct {
	out, in, kh, kw int
	cfg             ConvConfig
	bias            []float32
	// Groups are taken in bundles, one product each, so that they fill a panel of
	// weights; where an output does not depend on an input of the bundle there are
	// zeros (which makes NaN of what is next to NaN or an infinity in the bundle).
	// Inputs are in the order [kh, kw, channels of the bundle].
	bundles []*Weights
	run     int // of consecutive values: a tap, or the taps of a row of the kernel
	// Depthwise with one output for each input it is no matrix product. Then there
	// are no bundles but the weights, [kh, kw, in].
	depthwise []float32
}

// NewConv2D takes weights [out, in/groups, kh, kw] and a bias [out], which may be
// nil.
func NewConv2D(weight, bias []float32, out, in, kh, kw int, cfg ConvConfig) *Conv2D {
	cfg.StrideH, cfg.StrideW, cfg.Groups = max(cfg.StrideH, 1), max(cfg.StrideW, 1), max(cfg.Groups, 1)
	if out < 1 || in < 1 || kh < 1 || kw < 1 || in%cfg.Groups != 0 || out%cfg.Groups != 0 || len(weight) != out*(in/cfg.Groups)*kh*kw || bias != nil && len(bias) != out {
		panic("nn: weights that do not fit a convolution")
	}
	l := &Conv2D{out: out, in: in, kh: kh, kw: kw, cfg: cfg, bias: bias}
	inGroup, outGroup := in/cfg.Groups, out/cfg.Groups
	if inGroup == 1 && outGroup == 1 && in > 1 && cfg.Storage == Float32 {
		l.run = 1
		l.depthwise = aligned(kh * kw * in)
		transpose(l.depthwise, in, weight, kh*kw, in, kh*kw)
		return l
	}
	groups := 1 // of a bundle
	for n := 2; n <= cfg.Groups && n*outGroup <= panelCols; n++ {
		if cfg.Groups%n == 0 {
			groups = n
		}
	}
	ordered := make([]float32, groups*outGroup*kh*kw*groups*inGroup)
	w := NewMatrix(ordered, groups*outGroup, kh*kw*groups*inGroup)
	for first := 0; first < cfg.Groups; first += groups {
		for o := range w.Rows {
			row := w.Row(o)
			for ch := range inGroup {
				from := weight[((first*outGroup+o)*inGroup+ch)*kh*kw:][:kh*kw]
				to := row[o/outGroup*inGroup+ch:]
				for tap, v := range from {
					to[tap*groups*inGroup] = v
				}
			}
		}
		l.bundles = append(l.bundles, NewWeights(w, cfg.Storage))
	}
	if l.run = kw * in; groups < cfg.Groups || collides(in) {
		l.run = groups * inGroup
	}
	return l
}

// OutputSize returns the size of the result for images of h × w pixels: 0 where
// they are smaller than the kernel.
func (l *Conv2D) OutputSize(h, w int) (int, int) {
	return outputSize(h, l.kh, l.cfg.StrideH, l.cfg.PadH), outputSize(w, l.kw, l.cfg.StrideW, l.cfg.PadW)
}

func outputSize(n, kernel, stride, pad int) int {
	if n+2*pad < kernel {
		return 0
	}
	return (n+2*pad-kernel)/stride + 1
}

// A part of a convolution is some rows of pixels of the result and some of its
// channels. It reads up to about partFloats values, if that gives partPixels,
// enough to be worth reading the weights.
const (
	partFloats = 64 << 10
	partPixels = 96
)

// Apply returns the convolved images, in scratch memory.
func (l *Conv2D) Apply(c *Context, x Images) Images {
	if x.C != l.in {
		panic("nn: convolution of images with other channels")
	}
	h, w := l.OutputSize(x.H, x.W)
	y := c.Images(x.N, h, w, l.out)
	if len(y.Data) == 0 {
		return y
	}
	if len(l.bundles) == 1 && l.kh == 1 && l.kw == 1 && l.cfg.StrideH == 1 && l.cfg.StrideW == 1 && l.cfg.PadH == 0 && l.cfg.PadW == 0 {
		l.bundles[0].Multiply(c, y.Matrix(), x.Matrix(), l.bias, l.cfg.Act, false)
		return y
	}
	rows := max(partFloats/(l.cfg.StrideH*max(x.W, 1)*x.C), (partPixels+w-1)/w)
	parts := (h + rows - 1) / rows // of an image
	panels := len(l.bundles)
	if panels <= 1 {
		panels = roundUp(l.out, 2*panelCols) / (2 * panelCols)
	}
	sections := min(max(2*c.Workers()/(x.N*parts), 1), panels) // of the channels
	if c.Workers() == 1 {
		sections = 1
	}
	c.Split(x.N*parts*sections, 1, func(c *Context, from, to int) {
		for i := from; i < to; i++ {
			image, part, section := i/sections/parts, i/sections%parts, i%sections
			l.part(c, y, x, image, part*h/parts, (part+1)*h/parts, section*panels/sections, (section+1)*panels/sections)
		}
	})
	return y
}

// part computes rows [r0, r1) of an image, those channels that are in bundles
// [p0, p1) or, if there are not several, in pairs of panels [p0, p1).
func (l *Conv2D) part(c *Context, y, x Images, image, r0, r1, p0, p1 int) {
	mark := c.Mark()
	switch n0, n1 := p0*2*panelCols, min(p1*2*panelCols, l.out); len(l.bundles) {
	case 0:
		in := l.input(c, x, image, r0, r1, y.W, n0, n1)
		l.channels(c, y, in, image, r0, r1, n0, n1)
	case 1:
		in := l.input(c, x, image, r0, r1, y.W, 0, l.in)
		l.bundle(c, y, in, l.bundles[0], image, r0, r1, 0, n0, n1)
	default:
		n := l.in / len(l.bundles)
		in := l.input(c, x, image, r0, r1, y.W, p0*n, p1*n)
		for p := p0; p < p1; p++ {
			out := l.bundles[p].Out
			l.bundle(c, y, in.from((p-p0)*n), l.bundles[p], image, r0, r1, p*out, 0, out)
		}
	}
	c.Release(mark)
}

// window is what a part sees of the input: the value of its first channel at
// (y, x) is data[y*row+x*pixel].
type window struct {
	data       []float32
	row, pixel int
}

// from returns what is seen of the channels from the nth on.
func (w window) from(n int) window {
	w.data = w.data[n:]
	return w
}

// input returns channels [c0, c1) of what rows [r0, r1) of w pixels of the result
// see: the image itself, or a copy with zeros around.
func (l *Conv2D) input(c *Context, x Images, image, r0, r1, w, c0, c1 int) window {
	top, left := r0*l.cfg.StrideH-l.cfg.PadH, -l.cfg.PadW
	height, width := (r1-r0-1)*l.cfg.StrideH+l.kh, (w-1)*l.cfg.StrideW+l.kw
	if top >= 0 && left >= 0 && top+height <= x.H && left+width <= x.W && !collides(l.cfg.StrideW*x.C) && !collides(l.cfg.StrideH*x.W*x.C) {
		return window{x.Data[(image*x.H+top)*x.W*x.C+left*x.C+c0:], x.W * x.C, x.C}
	}
	n := c1 - c0
	in := window{pixel: n}
	if l.run*len(l.bundles) <= l.in && collides(l.cfg.StrideW*n) {
		in.pixel += cacheLine
	}
	in.row = width * in.pixel
	if collides(l.cfg.StrideH * in.row) {
		in.row += cacheLine
	}
	in.data = c.Floats(height * in.row)
	for i := range height {
		row := in.data[i*in.row : (i+1)*in.row]
		from, to := max(-left, 0), min(x.W-left, width) // that are inside
		if y := top + i; y < 0 || y >= x.H || from >= to {
			clear(row)
			continue
		}
		clear(row[:from*in.pixel])
		clear(row[to*in.pixel:])
		src := x.Data[((image*x.H+top+i)*x.W+left+from)*x.C+c0:]
		if in.pixel == x.C {
			copy(row[from*x.C:to*x.C], src)
			continue
		}
		for j := from; j < to; j++ {
			copy(row[j*in.pixel:j*in.pixel+n], src[(j-from)*x.C:])
		}
	}
	return in
}

// bundle computes columns [n0, n1) of the product with the weights of a bundle,
// whose first is channel ch of the result.
func (l *Conv2D) bundle(c *Context, y Images, in window, weights *Weights, image, r0, r1, ch, n0, n1 int) {
	offsets := l.offsets(c, in, l.kw*l.in/len(l.bundles)/l.run)
	runs := max(blockK/l.run, 1) // in a sum; longer ones are cut
	s := &c.strip
	lines := l.lines(s, y, in, r1-r0)
	dst := y.Data[(image*y.H+r0)*y.W*y.C+ch:]

	s.alpha = 1
	width := blockCols(weights.In, n1-n0)
	for ; n0 < n1; n0 += width {
		end := min(n0+width, n1)
		if weights.scale != nil {
			s.scale = weights.scale[n0:end]
		}
		for k0 := 0; ; {
			run, within := k0/l.run, k0%l.run
			k1 := min(k0+runs*l.run, weights.In)
			if l.run > blockK {
				k1 = min(k0+blockK, (run+1)*l.run)
			}
			weights.factor.block(s, k0, k1, n0, end)
			s.offsets = offsets[run:min(run+runs, len(offsets))]
			s.k = (k1 - k0) / len(s.offsets)
			first, last := k0 == 0, k1 == weights.In
			if l.bias != nil && last {
				s.bias = l.bias[ch+n0 : ch+end]
			}
			for i := range lines.n * lines.strips {
				fromC, fromA, pixels := lines.strip(s, i)
				s.c, s.a = dst[fromC+n0:], in.data[fromA+within:]
				s.add, s.addStride = nil, s.cStride
				if !first {
					s.add = s.c
				}
				s.run(weights.factor.storage, pixels)
				if last {
					l.activate(s, pixels)
				}
			}
			if last {
				break
			}
			k0 = k1
		}
		s.bias = nil
	}
	*s = strip{}
}

// channels computes channels [n0, n1) where they do not mix.
func (l *Conv2D) channels(c *Context, y Images, in window, image, r0, r1, n0, n1 int) {
	s := &c.strip
	s.offsets = l.offsets(c, in, l.kw)
	lines := l.lines(s, y, in, r1-r0)
	dst := y.Data[(image*y.H+r0)*y.W*y.C+n0:]
	s.alpha, s.k, s.n = 1, 1, n1-n0
	s.b, s.bStep, s.bPanel = l.depthwise[n0:], l.in, panelCols
	if l.bias != nil {
		s.bias = l.bias[n0:n1]
	}
	for i := range lines.n * lines.strips {
		fromC, fromA, pixels := lines.strip(s, i)
		s.c, s.a = dst[fromC:], in.data[fromA:]
		s.runDepthwise(pixels)
		l.activate(s, pixels)
	}
	*s = strip{}
}

// offsets returns where the runs are that the kernel sees, so many in each row.
func (l *Conv2D) offsets(c *Context, in window, perRow int) []int {
	c.offsets = c.offsets[:0]
	for t := range l.kh * perRow {
		c.offsets = append(c.offsets, t/perRow*in.row+t%perRow*in.pixel)
	}
	return c.offsets
}

// lines are rows of pixels of the result, or columns if that makes fewer strips.
type lines struct {
	n, length int
	a, c      int // from one to the next
	strips    int // in each
}

// lines sets the strides of s.
func (l *Conv2D) lines(s *strip, y Images, in window, rows int) lines {
	height := stripRows()
	across := lines{rows, y.W, l.cfg.StrideH * in.row, y.W * y.C, (y.W + height - 1) / height}
	down := lines{y.W, rows, l.cfg.StrideW * in.pixel, y.C, (rows + height - 1) / height}
	if down.n*down.strips < across.n*across.strips {
		s.aStride, s.cStride = across.a, across.c
		return down
	}
	s.aStride, s.cStride = down.a, down.c
	return across
}

// strip returns where strip i begins and its number of pixels.
func (l lines) strip(s *strip, i int) (c, a, pixels int) {
	line, i := i/l.strips, i%l.strips
	from, to := i*l.length/l.strips, (i+1)*l.length/l.strips
	return line*l.c + from*s.cStride, line*l.a + from*s.aStride, to - from
}

// activate applies the activation to a strip that is done.
func (l *Conv2D) activate(s *strip, pixels int) {
	if l.cfg.Act == Identity {
		return
	}
	for r := range pixels {
		l.cfg.Act.Apply(s.c[r*s.cStride:][:s.n])
	}
}
