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
	MoreH, MoreW     int // zeros at the end beside those, such as TensorFlow's "same" needs
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
	return newConv2D(aligned, weight, bias, out, in, kh, kw, cfg)
}

// newConv2D is NewConv2D with float32 weights in memory of alloc.
func newConv2D(alloc func(n int) []float32, weight, bias []float32, out, in, kh, kw int, cfg ConvConfig) *Conv2D {
	cfg = cfg.resolved()
	if out < 1 || in < 1 || kh < 1 || kw < 1 || in%cfg.Groups != 0 || out%cfg.Groups != 0 || len(weight) != out*(in/cfg.Groups)*kh*kw || bias != nil && len(bias) != out {
		panic("nn: weights that do not fit a convolution")
	}
	l := &Conv2D{out: out, in: in, kh: kh, kw: kw, cfg: cfg, bias: bias}
	inGroup, outGroup := in/cfg.Groups, out/cfg.Groups
	if inGroup == 1 && outGroup == 1 && in > 1 && cfg.Storage == Float32 {
		l.run = 1
		l.depthwise = alloc(kh * kw * in)
		transpose(l.depthwise, in, weight, kh*kw, in, kh*kw)
		return l
	}
	groups := bundled(cfg.Groups, outGroup)
	l.run = l.consecutive(groups)
	ordered := alloc(groups * outGroup * kh * kw * groups * inGroup)
	clear(ordered)
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
		l.bundles = append(l.bundles, newWeights(alloc, w, cfg.Storage))
	}
	return l
}

// consecutive returns how many values of the input that follow each other a bundle of
// so many groups sees.
func (l *Conv2D) consecutive(groups int) int {
	if groups < l.cfg.Groups || collides(l.in) {
		return groups * l.in / l.cfg.Groups
	}
	return l.kw * l.in
}

// resolved returns cfg with 1 for strides and groups that are left out.
func (cfg ConvConfig) resolved() ConvConfig {
	cfg.StrideH, cfg.StrideW, cfg.Groups = max(cfg.StrideH, 1), max(cfg.StrideW, 1), max(cfg.Groups, 1)
	return cfg
}

// bundled returns how many groups a bundle has, if each has so many outputs: as many
// as fill a panel, or 1.
func bundled(groups, outGroup int) int {
	bundle := 1
	for n := 2; n <= groups && n*outGroup <= panelCols; n++ {
		if groups%n == 0 {
			bundle = n
		}
	}
	return bundle
}

// OutputSize returns the size of the result for images of h × w pixels: 0 where
// they are smaller than the kernel.
func (l *Conv2D) OutputSize(h, w int) (int, int) {
	return l.cfg.OutputSize(h, w, l.kh, l.kw)
}

// OutputSize returns the size of the result for images of h × w pixels and kernels
// of kh × kw: 0 where they are smaller than the kernel.
func (cfg ConvConfig) OutputSize(h, w, kh, kw int) (int, int) {
	cfg = cfg.resolved()
	return outputSize(h+cfg.MoreH, kh, cfg.StrideH, cfg.PadH), outputSize(w+cfg.MoreW, kw, cfg.StrideW, cfg.PadW)
}

func outputSize(n, kernel, stride, pad int) int {
	if n+2*pad < kernel {
		return 0
	}
	return (n+2*pad-kernel)/stride + 1
}

// A part of a convolution is some images, or some rows of pixels of the result of
// one, and some of its channels. It reads up to about partFloats values, if that
// gives partPixels, enough to be worth reading the weights.
const (
	partFloats = 64 << 10
	partPixels = 96
)

// target is where the results of a convolution go: channel ch of pixel (y, x) of
// image i is data[i*image+y*row+x*pixel+ch].
type target struct {
	data              []float32
	n, h, w           int
	image, row, pixel int
	add               bool // to what is there
}

func (m Images) target() target {
	return target{m.Data, m.N, m.H, m.W, m.H * m.W * m.C, m.W * m.C, m.C, false}
}

// Apply returns the convolved images, in scratch memory.
func (l *Conv2D) Apply(c *Context, x Images) Images {
	h, w := l.OutputSize(x.H, x.W)
	y := c.Images(x.N, h, w, l.out)
	l.apply(c, y.target(), x)
	return y
}

func (l *Conv2D) apply(c *Context, y target, x Images) {
	if x.C != l.in {
		panic("nn: convolution of images with other channels")
	}
	if y.n*y.h*y.w == 0 {
		return
	}
	dense := y.pixel == l.out && y.row == y.w*y.pixel && y.image == y.h*y.row
	pointwise := l.kh == 1 && l.kw == 1 && l.cfg.StrideH == 1 && l.cfg.StrideW == 1 && l.cfg.PadH == 0 && l.cfg.PadW == 0
	if len(l.bundles) == 1 && pointwise && y.h == x.H && y.w == x.W && dense {
		l.bundles[0].Multiply(c, NewMatrix(y.data, y.n*y.h*y.w, l.out), x.Matrix(), l.bias, l.cfg.Act, y.add)
		return
	}
	rows := min(max(partFloats/(l.cfg.StrideH*max(x.W, 1)*x.C), (partPixels+y.w-1)/y.w), y.h)
	parts := (y.h + rows - 1) / rows // of an image
	images := 1                      // of a part
	if parts == 1 {
		images = max(min(partFloats/max(x.H*x.W*x.C, 1), x.N/(4*c.Workers())), 1)
	}
	batches := (x.N + images - 1) / images
	panels := len(l.bundles)
	if panels <= 1 {
		panels = roundUp(l.out, 2*panelCols) / (2 * panelCols)
	}
	sections := min(max(2*c.Workers()/(batches*parts), 1), panels) // of the channels
	if c.Workers() == 1 {
		sections = 1
	}
	c.Split(batches*parts*sections, 1, func(c *Context, from, to int) {
		for i := from; i < to; i++ {
			batch, part, section := i/sections/parts, i/sections%parts, i%sections
			s := span{batch * x.N / batches, (batch + 1) * x.N / batches, part * y.h / parts, (part + 1) * y.h / parts}
			l.part(c, y, x, s, section*panels/sections, (section+1)*panels/sections)
		}
	})
}

// span is rows [r0, r1) of the pixels of the results for images [i0, i1).
type span struct{ i0, i1, r0, r1 int }

// part computes a span, those channels that are in bundles [p0, p1) or, if there
// are not several, in pairs of panels [p0, p1).
func (l *Conv2D) part(c *Context, y target, x Images, at span, p0, p1 int) {
	mark := c.Mark()
	switch n0, n1 := p0*2*panelCols, min(p1*2*panelCols, l.out); len(l.bundles) {
	case 0:
		in := l.input(c, x, at, y.w, n0, n1)
		l.channels(c, y, in, at, n0, n1)
	case 1:
		in := l.input(c, x, at, y.w, 0, l.in)
		l.bundle(c, y, in, l.bundles[0], at, 0, n0, n1)
	default:
		n := l.in / len(l.bundles)
		in := l.input(c, x, at, y.w, p0*n, p1*n)
		for p := p0; p < p1; p++ {
			out := l.bundles[p].Out
			l.bundle(c, y, in.from((p-p0)*n), l.bundles[p], at, p*out, 0, out)
		}
	}
	c.Release(mark)
}

// window is what a part sees of the input: the value of its first channel at
// (y, x) of image i is data[i*image+y*row+x*pixel].
type window struct {
	data              []float32
	image, row, pixel int
}

// from returns what is seen of the channels from the nth on.
func (w window) from(n int) window {
	w.data = w.data[n:]
	return w
}

// input returns channels [c0, c1) of what a span of rows of w pixels of the result
// sees: the images themselves, or a copy with zeros around.
func (l *Conv2D) input(c *Context, x Images, at span, w, c0, c1 int) window {
	top, left := at.r0*l.cfg.StrideH-l.cfg.PadH, -l.cfg.PadW
	height, width := (at.r1-at.r0-1)*l.cfg.StrideH+l.kh, (w-1)*l.cfg.StrideW+l.kw
	if top >= 0 && left >= 0 && top+height <= x.H && left+width <= x.W && !collides(l.cfg.StrideW*x.C) && !collides(l.cfg.StrideH*x.W*x.C) {
		return window{x.Data[((at.i0*x.H+top)*x.W+left)*x.C+c0:], x.H * x.W * x.C, x.W * x.C, x.C}
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
	in.image = height * in.row
	in.data = c.Floats((at.i1 - at.i0) * in.image)
	for i := range (at.i1 - at.i0) * height {
		row := in.data[i*in.row : (i+1)*in.row]
		from, to := max(-left, 0), min(x.W-left, width) // that are inside
		image, y := at.i0+i/height, top+i%height
		if y < 0 || y >= x.H || from >= to {
			clear(row)
			continue
		}
		clear(row[:from*in.pixel])
		clear(row[to*in.pixel:])
		src := x.Data[((image*x.H+y)*x.W+left+from)*x.C+c0:]
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
func (l *Conv2D) bundle(c *Context, y target, in window, weights *Weights, at span, ch, n0, n1 int) {
	offsets := l.offsets(c, in, l.kw*l.in/len(l.bundles)/l.run)
	runs := max(blockK/l.run, 1) // in a sum; longer ones are cut
	s := &c.strip
	lines := l.lines(s, y, in, at.r1-at.r0)
	dst := y.data[at.i0*y.image+at.r0*y.row+ch:]

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
			for i := range (at.i1 - at.i0) * lines.n * lines.strips {
				fromC, fromA, pixels := lines.strip(s, i)
				s.c, s.a = dst[fromC+n0:], in.data[fromA+within:]
				s.add, s.addStride = nil, s.cStride
				if !first || y.add {
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
func (l *Conv2D) channels(c *Context, y target, in window, at span, n0, n1 int) {
	s := &c.strip
	s.offsets = l.offsets(c, in, l.kw)
	lines := l.lines(s, y, in, at.r1-at.r0)
	dst := y.data[at.i0*y.image+at.r0*y.row+n0:]
	s.alpha, s.k, s.n = 1, 1, n1-n0
	s.b, s.bStep, s.bPanel = l.depthwise[n0:], l.in, panelCols
	if l.bias != nil {
		s.bias = l.bias[n0:n1]
	}
	s.addStride = s.cStride
	for i := range (at.i1 - at.i0) * lines.n * lines.strips {
		fromC, fromA, pixels := lines.strip(s, i)
		s.c, s.a = dst[fromC:], in.data[fromA:]
		if y.add {
			s.add = s.c
		}
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
	n, length      int // of an image
	a, c           int // from one to the next
	imageA, imageC int
	strips         int // in each
}

// lines sets the strides of s.
func (l *Conv2D) lines(s *strip, y target, in window, rows int) lines {
	height := stripRows()
	across := lines{rows, y.w, l.cfg.StrideH * in.row, y.row, in.image, y.image, (y.w + height - 1) / height}
	down := lines{y.w, rows, l.cfg.StrideW * in.pixel, y.pixel, in.image, y.image, (rows + height - 1) / height}
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
	image, line := line/l.n, line%l.n
	return image*l.imageC + line*l.c + from*s.cStride, image*l.imageA + line*l.a + from*s.aStride, to - from
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
