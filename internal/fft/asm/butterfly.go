package main

import "math"

// cplx is a vector of complex values.
type cplx struct{ re, im value }

func (b *block) cadd(x, y cplx) cplx { return cplx{b.sum(x.re, y.re), b.sum(x.im, y.im)} }
func (b *block) csub(x, y cplx) cplx { return cplx{b.difference(x.re, y.re), b.difference(x.im, y.im)} }

// cmul returns x·w.
func (b *block) cmul(x, w cplx) cplx {
	t, u := b.product(x.im, w.im), b.product(x.re, w.im)
	return cplx{b.fms(x.re, w.re, t), b.fma(x.im, w.re, u)}
}

// cmulConst returns x·(re + i·im).
func (b *block) cmulConst(x cplx, re, im float64) cplx {
	return b.cmul(x, cplx{b.constant(re), b.constant(im)})
}

// subI and addI return x ∓ i·y.
func (b *block) subI(x, y cplx) cplx { return cplx{b.sum(x.re, y.im), b.difference(x.im, y.re)} }
func (b *block) addI(x, y cplx) cplx { return cplx{b.difference(x.re, y.im), b.sum(x.im, y.re)} }

// butterfly takes the transform of length radix. It asks for each input once, when
// it needs it, and hands over each output as soon as it is there, so that reading,
// computing and writing are mixed.
func (b *block) butterfly(radix int, in func(j int) cplx, out func(j int, y cplx)) {
	switch radix {
	case 2:
		x := []cplx{in(0), in(1)}
		out(0, b.cadd(x[0], x[1]))
		out(1, b.csub(x[0], x[1]))
	case 3:
		b.butterfly3([]cplx{in(0), in(1), in(2)}, out)
	case 4:
		x0, x2 := in(0), in(2)
		b.butterfly4([]cplx{x0, in(1), x2, in(3)}, out)
	case 5:
		x1, x4 := in(1), in(4)
		b.butterfly5([]cplx{in(0), x1, in(2), in(3), x4}, out)
	case 8, 16:
		b.longButterfly(radix, func(i, j int) (sum, difference cplx) {
			x, y := in(i), in(j)
			return b.cadd(x, y), b.csub(x, y)
		}, out)
	default:
		panic("no butterfly of this radix")
	}
}

func (b *block) butterfly4(x []cplx, out func(j int, y cplx)) {
	s, d := b.cadd(x[0], x[2]), b.csub(x[0], x[2])
	u, v := b.cadd(x[1], x[3]), b.csub(x[1], x[3])
	out(0, b.cadd(s, u))
	out(2, b.csub(s, u))
	out(1, b.subI(d, v))
	out(3, b.addI(d, v))
}

// butterfly3 uses cos 2π/3 = -1/2.
func (b *block) butterfly3(x []cplx, out func(j int, y cplx)) {
	s, d := b.cadd(x[1], x[2]), b.csub(x[1], x[2])
	out(0, b.cadd(x[0], s))
	half, sin := b.constant(0.5), b.constant(math.Sqrt(3)/2)
	m := cplx{b.fnma(s.re, half, x[0].re), b.fnma(s.im, half, x[0].im)}
	out(1, cplx{b.fma(d.im, sin, m.re), b.fnma(d.re, sin, m.im)})
	out(2, cplx{b.fnma(d.im, sin, m.re), b.fma(d.re, sin, m.im)})
}

// butterfly5 adds the cosine part m and the sine part n of outputs 1 and 4,
// and of 2 and 3.
func (b *block) butterfly5(x []cplx, out func(j int, y cplx)) {
	s1, d1 := b.cadd(x[1], x[4]), b.csub(x[1], x[4])
	s2, d2 := b.cadd(x[2], x[3]), b.csub(x[2], x[3])
	out(0, b.cadd(b.cadd(x[0], s1), s2))
	for j := 1; j <= 2; j++ {
		sin1, cos1 := math.Sincos(2 * math.Pi * float64(j) / 5)
		sin2, cos2 := math.Sincos(4 * math.Pi * float64(j) / 5)
		c1, c2 := b.constant(cos1), b.constant(cos2)
		m := cplx{b.fma(s2.re, c2, b.fma(s1.re, c1, x[0].re)), b.fma(s2.im, c2, b.fma(s1.im, c1, x[0].im))}
		c1, c2 = b.constant(sin1), b.constant(sin2)
		n := cplx{b.fma(d2.re, c2, b.product(d1.re, c1)), b.fma(d2.im, c2, b.product(d1.im, c1))}
		out(j, b.subI(m, n))
		out(5-j, b.addI(m, n))
	}
}

// longButterfly is butterfly of radix 8 or 16, of inputs that are needed half the
// radix apart, and only as their sum and difference.
func (b *block) longButterfly(radix int, pair func(i, j int) (sum, difference cplx), out func(j int, y cplx)) {
	if radix == 8 {
		b.butterfly8(pair, out)
	} else {
		b.butterfly16(pair, out)
	}
}

// butterfly8 is a butterfly of radix 2 and two of radix 4. The odd outputs are
// e ± h·u, h = √½, with u a sum or difference of eighth turns without their
// factor h.
func (b *block) butterfly8(pair func(i, j int) (sum, difference cplx), out func(j int, y cplx)) {
	s0, d0 := pair(0, 4)
	s2, d2 := pair(2, 6)
	c0, c2 := b.cadd(s0, s2), b.csub(s0, s2)
	s1, d1 := pair(1, 5)
	s3, d3 := pair(3, 7)
	c1, c3 := b.cadd(s1, s3), b.csub(s1, s3)
	out(0, b.cadd(c0, c1))
	out(4, b.csub(c0, c1))
	out(2, b.subI(c2, c3))
	out(6, b.addI(c2, c3))
	e0, e1 := b.subI(d0, d2), b.addI(d0, d2)
	s, t := b.csub(d1, d3), b.cadd(d1, d3)
	u := cplx{b.sum(s.re, t.im), b.difference(s.im, t.re)}
	v := cplx{b.sum(t.re, s.im), b.difference(t.im, s.re)}
	h := b.constant(math.Sqrt2 / 2)
	out(1, cplx{b.fma(u.re, h, e0.re), b.fma(u.im, h, e0.im)})
	out(5, cplx{b.fnma(u.re, h, e0.re), b.fnma(u.im, h, e0.im)})
	out(3, cplx{b.fma(v.im, h, e1.re), b.fnma(v.re, h, e1.im)})
	out(7, cplx{b.fnma(v.im, h, e1.re), b.fma(v.re, h, e1.im)})
}

// butterfly16 is 4 × 4. Input jk of the second butterflies turns by jk
// sixteenths.
func (b *block) butterfly16(pair func(i, j int) (sum, difference cplx), out func(j int, y cplx)) {
	sin, cos := math.Sincos(math.Pi / 8)
	h := math.Sqrt2 / 2
	var t [4][4]cplx
	for j := range t {
		s, d := pair(j, j+8)
		u, v := pair(j+4, j+12)
		t[0][j], t[2][j] = b.cadd(s, u), b.csub(s, u)
		t[1][j], t[3][j] = b.subI(d, v), b.addI(d, v)
	}
	eighth := func(x cplx) cplx { // x·h(1-i)
		c := b.constant(h)
		return cplx{b.product(b.sum(x.re, x.im), c), b.product(b.difference(x.im, x.re), c)}
	}
	threeEighths := func(x cplx) cplx { // x·-h(1+i)
		return cplx{b.product(b.difference(x.im, x.re), b.constant(h)), b.product(b.sum(x.re, x.im), b.constant(-h))}
	}
	for k, q := range t {
		to := func(j int, y cplx) { out(k+4*j, y) }
		switch k {
		case 0:
			b.butterfly4(q[:], to)
		case 1:
			b.butterfly4([]cplx{q[0], b.cmulConst(q[1], cos, -sin), eighth(q[2]), b.cmulConst(q[3], sin, -cos)}, to)
		case 2: // q[2] turns by a quarter
			q[1], q[3] = eighth(q[1]), threeEighths(q[3])
			s, d := b.subI(q[0], q[2]), b.addI(q[0], q[2])
			u, v := b.cadd(q[1], q[3]), b.csub(q[1], q[3])
			to(0, b.cadd(s, u))
			to(2, b.csub(s, u))
			to(1, b.subI(d, v))
			to(3, b.addI(d, v))
		case 3:
			b.butterfly4([]cplx{q[0], b.cmulConst(q[1], sin, -cos), threeEighths(q[2]), b.cmulConst(q[3], -cos, sin)}, to)
		}
	}
}
