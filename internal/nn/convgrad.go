package nn

import "github.com/soundspace/soundspace/internal/f32"

// Conv2D is NewConv2D of weights that change from one pass to the next: they are
// packed into scratch memory.
func (c *Context) Conv2D(weight, bias []float32, out, in, kh, kw int, cfg ConvConfig) *Conv2D {
	if cfg = cfg.resolved(); cfg.Groups > 1 || len(weight) != out*in*kh*kw {
		return newConv2D(c.Floats, weight, bias, out, in, kh, kw, cfg)
	}
	l := &Conv2D{out: out, in: in, kh: kh, kw: kw, cfg: cfg, bias: bias}
	l.run = l.consecutive(1)
	taps := kh * kw
	packed := c.Floats(roundUp(out, panelCols) * in * taps)
	c.Split(out, panelCols, func(c *Context, from, to int) {
		lines := c.Floats(in * taps * panelCols)
		for o := from; o < to; o += panelCols {
			panel := packed[o*in*taps:][:in*taps*panelCols]
			outputLines(lines, weight[o*in*taps:], min(panelCols, to-o), in*taps)
			for tap := range taps {
				dst, src := panel[tap*in*panelCols:], lines[tap*panelCols:]
				if !gather16(dst, src, in, taps*panelCols) {
					for i := range in {
						copy(dst[i*panelCols:][:panelCols], src[i*taps*panelCols:])
					}
				}
			}
		}
	})
	l.bundles = []*Weights{packedWeights(packed, out, in*taps)}
	return l
}

// turned is the convolution of stride 1 that goes back from the results of one with
// weights [out, in, size] to its input. taps are those that it has, in its order.
func (c *Context) turned(weight []float32, out, in, size int, taps []int, kh, kw int, cfg ConvConfig) *Conv2D {
	l := &Conv2D{out: in, in: out, kh: kh, kw: kw, cfg: cfg.resolved()}
	l.run = l.consecutive(1)
	packed := c.Floats(roundUp(in, panelCols) * out * len(taps))
	if rest := in % panelCols; rest > 0 {
		clear(packed[(in-rest)*out*len(taps):])
	}
	c.Split(out, panelCols, func(c *Context, from, to int) {
		lines := c.Floats(in * size * panelCols)
		for o := from; o < to; o += panelCols {
			n := min(panelCols, to-o)
			outputLines(lines, weight[o*in*size:], n, in*size)
			for i := 0; i < in; i += panelCols {
				panel := packed[i*out*len(taps):]
				for t, tap := range taps {
					transpose(panel[(t*out+o)*panelCols:], panelCols, lines[(i*size+tap)*panelCols:], size*panelCols, min(panelCols, in-i), n)
				}
			}
		}
	})
	l.bundles = []*Weights{packedWeights(packed, in, out*len(taps))}
	return l
}

// outputLines turns n rows of k weights, n at most 16, into k lines of 16 values, the
// last of which are zeros.
func outputLines(dst, weight []float32, n, k int) {
	if n < panelCols {
		clear(dst[:k*panelCols])
	}
	transpose(dst, panelCols, weight, k, n, k)
}

// packedWeights are weights that are packed already.
func packedWeights(packed []float32, out, in int) *Weights {
	return &Weights{In: in, Out: out, factor: factor{b: packed, step: panelCols, panel: in * panelCols}}
}

// ApplyTo computes dst, the convolved images, whose content before does not matter.
func (l *Conv2D) ApplyTo(c *Context, dst, x Images) {
	if h, w := l.OutputSize(x.H, x.W); dst.N != x.N || dst.H != h || dst.W != w || dst.C != l.out {
		panic("nn: convolution to images of another size")
	}
	l.apply(c, dst.target(), x)
}

// Conv2DInputGradient computes dx, the gradient of the input of a convolution with
// weights [out, in/groups, kh, kw], from dy, that of its result; or adds it to dx
// if add is true.
//
// It is a convolution of dy with the weights turned around,
//
//	dx[y] = Σ dy[(y + pad - k)/stride]·w[k]  over k with y + pad - k divisible,
//
// so the pixels of dx whose y + pad leaves the same remainder see the same taps:
// for each remainder it is a convolution of stride 1 with those alone.
func Conv2DInputGradient(c *Context, dx, dy Images, weight []float32, kh, kw int, cfg ConvConfig, add bool) {
	cfg = cfg.resolved()
	sh, sw, groups := cfg.StrideH, cfg.StrideW, cfg.Groups
	in, out := dx.C/groups, dy.C/groups // of a group
	if len(weight) != dy.C*in*kh*kw || dx.N != dy.N {
		panic("nn: gradient of a convolution that does not fit")
	}
	for ry := range sh {
		for rx := range sw {
			py, px := phaseOf(dx.H, kh, ry, sh, cfg.PadH), phaseOf(dx.W, kw, rx, sw, cfg.PadW)
			if py.n == 0 || px.n == 0 {
				continue
			}
			y := target{dx.Data[(py.first*dx.W+px.first)*dx.C:], dx.N, py.n, px.n, dx.H * dx.W * dx.C, sh * dx.W * dx.C, sw * dx.C, add}
			if py.taps == 0 || px.taps == 0 {
				if !add {
					y.clear(dx.C)
				}
				continue
			}
			mark := c.Mark()
			cfg := ConvConfig{PadH: py.pad, PadW: px.pad, Groups: groups}
			var taps []int // of the weights, from the last one on
			for ky := py.taps - 1; ky >= 0; ky-- {
				for kx := px.taps - 1; kx >= 0; kx-- {
					taps = append(taps, (ry+sh*ky)*kw+rx+sw*kx)
				}
			}
			var l *Conv2D
			if groups == 1 {
				l = c.turned(weight, out, in, kh*kw, taps, py.taps, px.taps, cfg)
			} else {
				turned := c.Floats(dx.C * out * len(taps))
				for o := range dy.C {
					for i := range in {
						from := weight[(o*in+i)*kh*kw:][:kh*kw]
						to := turned[((o/out*in+i)*out+o%out)*len(taps):]
						for t, tap := range taps {
							to[t] = from[tap]
						}
					}
				}
				l = newConv2D(c.Floats, turned, nil, dx.C, dy.C, py.taps, px.taps, cfg)
			}
			l.apply(c, y, dy)
			c.Release(mark)
		}
	}
}

// phase is what in a gradient of n values depends on the taps r, r + stride, …:
// values first, first + stride, …, as many as n, and the padding of the convolution
// that they are; negative: what is left out.
type phase struct{ first, n, taps, pad int }

func phaseOf(size, kernel, r, stride, pad int) phase {
	p := phase{first: ((r-pad)%stride + stride) % stride}
	if size > p.first {
		p.n = (size - p.first + stride - 1) / stride
	}
	if kernel > r {
		p.taps = (kernel - r + stride - 1) / stride
	}
	p.pad = p.taps - 1 - (p.first+pad-r)/stride
	return p
}

func (y target) clear(channels int) {
	for i := range y.n {
		for r := range y.h {
			for x := range y.w {
				clear(y.data[i*y.image+r*y.row+x*y.pixel:][:channels])
			}
		}
	}
}

// Conv2DWeightGradient adds to dw, [out, in/groups, kh, kw], the gradient of the
// weights of a convolution, given its input x and dy, the gradient of its result:
//
//	dw[o][i][k] = Σ dy[pixel][o]·x[pixel·stride + k - pad][i]
//
// The pixels are summed in chunks, those chunk by chunk in parts, and those part by
// part, all of which depend on the sizes alone.
func Conv2DWeightGradient(c *Context, dw []float32, x, dy Images, kh, kw int, cfg ConvConfig) {
	g := newWeightGradient(x, dy, kh, kw, cfg)
	if len(dw) != dy.C*x.C/g.cfg.Groups*kh*kw || x.N != dy.N {
		panic("nn: gradient of a convolution that does not fit")
	}
	chunks := g.chunks()
	if chunks == 0 {
		return
	}
	size := g.bundleCount * g.rows() * g.outB
	parts := min(max(gradientFloats/size, 2), 16, chunks)
	mark := c.Mark()
	sums := c.Floats(parts * size)
	lines := g.bundleCount * len(g.starts)
	sections := 1
	if c.Workers() > 1 {
		sections = min(lines, (4*c.Workers()+parts-1)/parts)
	}
	c.Split(parts*sections, 1, func(c *Context, from, to int) {
		for i := from; i < to; i++ {
			part, section := i/sections, i%sections
			sum := sums[part*size : (part+1)*size]
			for chunk := part * chunks / parts; chunk < (part+1)*chunks/parts; chunk++ {
				g.chunk(c, sum, chunk, section*lines/sections, (section+1)*lines/sections, chunk > part*chunks/parts)
			}
		}
	})
	g.add(c, dw, sums, parts)
	c.Release(mark)
}

// A chunk has about chunkPixels pixels: so many rows of an image, or so many images.
// The sums of all parts together are about gradientFloats, if that gives two parts.
const (
	chunkPixels    = 256
	gradientFloats = 1 << 19
)

// weightGradient is the gradient of the weights of a convolution. Sums are kept as
// a matrix for each bundle of groups, [kh, kw, in] × [out].
type weightGradient struct {
	Conv2D // its sizes, without weights
	x, dy  Images

	bundleCount, inB, outB int
	starts                 [][2]int // tap row and tap of the runs of consecutive rows of the matrix
}

func newWeightGradient(x, dy Images, kh, kw int, cfg ConvConfig) *weightGradient {
	cfg = cfg.resolved()
	bundle := bundled(cfg.Groups, dy.C/cfg.Groups)
	g := &weightGradient{Conv2D: Conv2D{out: dy.C, in: x.C, kh: kh, kw: kw, cfg: cfg}, x: x, dy: dy}
	g.bundleCount = cfg.Groups / bundle
	g.inB, g.outB = x.C/g.bundleCount, dy.C/g.bundleCount
	switch {
	case g.channelwise():
		g.bundleCount, g.inB, g.outB = 1, 1, dy.C
		g.run = kw
	case g.bundleCount == 1 && !collides(cfg.StrideW*x.C):
		g.run = kw * x.C
	default:
		g.run = g.inB
	}
	for ky := range kh {
		for kx := 0; kx < kw; kx += g.run / g.inB {
			g.starts = append(g.starts, [2]int{ky, kx})
		}
	}
	return g
}

// channelwise tells whether channels do not mix.
func (g *weightGradient) channelwise() bool {
	return g.in > 1 && g.cfg.Groups == g.in && g.out == g.in
}

// rows returns the number of rows of the matrix.
func (g *weightGradient) rows() int { return g.kh * g.kw * g.inB }

// rowsOfChunk returns the number of rows of an image in a chunk, or 0 and of images.
func (g *weightGradient) rowsOfChunk() (rows, images int) {
	if pixels := g.dy.H * g.dy.W; pixels < chunkPixels {
		return 0, chunkPixels / max(pixels, 1)
	}
	return max(chunkPixels/g.dy.W, 1), 1
}

// chunks returns the number of chunks.
func (g *weightGradient) chunks() int {
	if g.dy.H*g.dy.W == 0 {
		return 0
	}
	rows, images := g.rowsOfChunk()
	if rows == 0 {
		return (g.dy.N + images - 1) / images
	}
	return g.dy.N * ((g.dy.H + rows - 1) / rows)
}

// span returns chunk i.
func (g *weightGradient) span(i int) span {
	rows, images := g.rowsOfChunk()
	if rows == 0 {
		return span{i * images, min((i+1)*images, g.dy.N), 0, g.dy.H}
	}
	n := (g.dy.H + rows - 1) / rows
	return span{i / n, i/n + 1, i % n * g.dy.H / n, (i%n + 1) * g.dy.H / n}
}

// chunk computes lines [l0, l1) of the sums of a chunk, which are the runs of all
// bundles, or adds to them.
func (g *weightGradient) chunk(c *Context, sum []float32, i, l0, l1 int, add bool) {
	mark := c.Mark()
	at := g.span(i)
	in := g.input(c, g.x, at, g.dy.W, 0, g.in)
	dy := g.dy.Data[(at.i0*g.dy.H+at.r0)*g.dy.W*g.dy.C:]
	s := &c.strip
	s.alpha, s.n = 1, g.outB
	s.cStride, s.addStride = g.outB, g.outB
	s.bStep, s.bPanel = g.dy.C, panelCols
	s.k, s.aStride = g.dy.W, g.cfg.StrideW*in.pixel
	c.offsets = c.offsets[:0]
	for image := range at.i1 - at.i0 {
		for r := range at.r1 - at.r0 {
			offset := image*in.image + r*g.cfg.StrideH*in.row
			if !g.channelwise() {
				c.offsets = append(c.offsets, offset)
				continue
			}
			for x := range g.dy.W {
				c.offsets = append(c.offsets, offset+x*s.aStride)
			}
		}
	}
	s.offsets = c.offsets
	run, next := s.runAcross, 1 // next: from a row of the matrix to the next
	if g.channelwise() {
		run, next = s.runDepthwise, in.pixel
		s.k, s.aStride = 1, in.pixel
	}
	strips := (g.run + stripRows() - 1) / stripRows()
	for line := l0; line < l1; line++ {
		bundle, start := line/len(g.starts), g.starts[line%len(g.starts)]
		row := bundle*g.rows() + (start[0]*g.kw+start[1])*g.inB
		a := in.data[start[0]*in.row+start[1]*in.pixel+bundle*g.inB:]
		s.b = dy[bundle*g.outB:]
		for j := range strips {
			from, to := j*g.run/strips, (j+1)*g.run/strips
			s.a, s.c = a[from*next:], sum[(row+from)*g.outB:]
			if s.add = nil; add {
				s.add = s.c
			}
			run(to - from)
		}
	}
	*s = strip{}
	c.Release(mark)
}

// add adds the sums of all parts to dw.
func (g *weightGradient) add(c *Context, dw, sums []float32, parts int) {
	size := len(sums) / parts
	c.Split(size, 4096, func(_ *Context, from, to int) {
		for part := 1; part < parts; part++ {
			f32.Add(sums[from:to], sums[part*size+from:part*size+to])
		}
	})
	taps := g.kh * g.kw
	in, out := g.in/g.cfg.Groups, g.out/g.cfg.Groups // of a group
	rows := g.rows()
	c.Split(g.out, panelCols, func(c *Context, from, to int) {
		line := c.Floats(panelCols * rows)
		for o := from; o < to; o += panelCols {
			// 16 outputs, or fewer, of one bundle after the other.
			for p := o; p < min(o+panelCols, to); {
				bundle := p / g.outB
				n := min((bundle+1)*g.outB, o+panelCols, to) - p
				transpose(line, rows, sums[bundle*rows*g.outB+p%g.outB:], g.outB, rows, n)
				for q := range n {
					first := 0 // input of the group in the bundle
					if !g.channelwise() {
						first = (p + q) % g.outB / out * in
					}
					w := dw[(p+q)*in*taps:][:in*taps]
					for tap := range taps {
						for i, v := range line[q*rows+tap*g.inB+first:][:in] {
							w[i*taps+tap] += v
						}
					}
				}
				p += n
			}
		}
	})
}
