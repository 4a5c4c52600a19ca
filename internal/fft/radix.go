package fft

import "math"

// A pass of radix r over n values, l of them already in each transform, reads
// r runs of l values that lie n/r apart, multiplies run j by its twiddle
// factors, takes a transform of length r across the runs, and writes the r
// results as runs of l that follow each other. For block b = 0, l, 2l … n/r:
//
//	dst[r·b + t·l + k] = Σ src[j·n/r + b + k]·tw[k][j] · exp(-2πi·jt/r)

// first4 is a pass of radix 4 with l = 1.
func first4[T Float](dst, src []Complex[T]) {
	q := len(src) / 4
	x0, x1, x2, x3 := src[:q], src[q:][:q], src[2*q:][:q], src[3*q:][:q]
	for k := range x0 {
		s, d := x0[k].add(x2[k]), x0[k].sub(x2[k])
		u, v := x1[k].add(x3[k]), x1[k].sub(x3[k])
		y := (*[4]Complex[T])(dst[4*k:])
		y[0] = s.add(u)
		y[1] = d.subI(v)
		y[2] = s.sub(u)
		y[3] = d.addI(v)
	}
}

// first8 is a pass of radix 8 with l = 1.
func first8[T Float](dst, src []Complex[T]) {
	const r = math.Sqrt2 / 2
	q := len(src) / 8
	x0, x1, x2, x3 := src[:q], src[q:][:q], src[2*q:][:q], src[3*q:][:q]
	x4, x5, x6, x7 := src[4*q:][:q], src[5*q:][:q], src[6*q:][:q], src[7*q:][:q]
	for k := range x0 {
		y := (*[8]Complex[T])(dst[8*k:])
		// The even runs, x0 x2 x4 x6.
		s, d := x0[k].add(x4[k]), x0[k].sub(x4[k])
		u, v := x2[k].add(x6[k]), x2[k].sub(x6[k])
		e0, e1, e2, e3 := s.add(u), d.subI(v), s.sub(u), d.addI(v)
		// The odd runs, x1 x3 x5 x7, turned by eighths.
		s, d = x1[k].add(x5[k]), x1[k].sub(x5[k])
		u, v = x3[k].add(x7[k]), x3[k].sub(x7[k])
		o0, o1, o2, o3 := s.add(u), d.subI(v), s.sub(u), d.addI(v)
		o1 = Complex[T]{r * (o1.Re + o1.Im), r * (o1.Im - o1.Re)}
		o3 = Complex[T]{r * (o3.Im - o3.Re), -r * (o3.Im + o3.Re)}
		y[0], y[4] = e0.add(o0), e0.sub(o0)
		y[1], y[5] = e1.add(o1), e1.sub(o1)
		y[2], y[6] = e2.subI(o2), e2.addI(o2)
		y[3], y[7] = e3.add(o3), e3.sub(o3)
	}
}

func (s *pass[T]) pass2(dst, src []Complex[T]) {
	l, q := s.l, len(src)/2
	for b := 0; b < q; b += l {
		w := s.tw[:l]
		x0, x1 := src[b:][:len(w)], src[q+b:][:len(w)]
		y0, y1 := dst[2*b:][:len(w)], dst[2*b+l:][:len(w)]
		for k := range w {
			a0, a1 := x0[k], x1[k].mul(w[k])
			y0[k], y1[k] = a0.add(a1), a0.sub(a1)
		}
	}
}

func (s *pass[T]) pass3(dst, src []Complex[T]) {
	const sin = 0.866025403784438646763723170752936183 // sin 2π/3
	l, q := s.l, len(src)/3
	w1, w2 := s.tw[:l], s.tw[l:][:l]
	for b := 0; b < q; b += l {
		x0, x1, x2 := src[b:][:l], src[q+b:][:l], src[2*q+b:][:l]
		y0, y1, y2 := dst[3*b:][:l], dst[3*b+l:][:l], dst[3*b+2*l:][:l]
		for k := range x0 {
			a0, a1, a2 := x0[k], x1[k].mul(w1[k]), x2[k].mul(w2[k])
			p, m := a1.add(a2), a1.sub(a2).scale(sin)
			c := a0.sub(p.scale(0.5))
			y0[k] = a0.add(p)
			y1[k] = c.subI(m)
			y2[k] = c.addI(m)
		}
	}
}

func (s *pass[T]) pass4(dst, src []Complex[T]) {
	l, q := s.l, len(src)/4
	w1, w2, w3 := s.tw[:l], s.tw[l:][:l], s.tw[2*l:][:l]
	for b := 0; b < q; b += l {
		x0, x1, x2, x3 := src[b:][:l], src[q+b:][:l], src[2*q+b:][:l], src[3*q+b:][:l]
		y0, y1, y2, y3 := dst[4*b:][:l], dst[4*b+l:][:l], dst[4*b+2*l:][:l], dst[4*b+3*l:][:l]
		for k := range x0 {
			a0, a1, a2, a3 := x0[k], x1[k].mul(w1[k]), x2[k].mul(w2[k]), x3[k].mul(w3[k])
			s, d := a0.add(a2), a0.sub(a2)
			u, v := a1.add(a3), a1.sub(a3)
			y0[k] = s.add(u)
			y1[k] = d.subI(v)
			y2[k] = s.sub(u)
			y3[k] = d.addI(v)
		}
	}
}

func (s *pass[T]) pass5(dst, src []Complex[T]) {
	const (
		cos1 = 0.309016994374947424102293417182819059  // cos 2π/5
		cos2 = -0.809016994374947424102293417182819059 // cos 4π/5
		sin1 = 0.951056516295153572116439333379382143  // sin 2π/5
		sin2 = 0.587785252292473129168705954639072769  // sin 4π/5
	)
	l, q := s.l, len(src)/5
	w1, w2, w3, w4 := s.tw[:l], s.tw[l:][:l], s.tw[2*l:][:l], s.tw[3*l:][:l]
	for b := 0; b < q; b += l {
		x0, x1, x2, x3, x4 := src[b:][:l], src[q+b:][:l], src[2*q+b:][:l], src[3*q+b:][:l], src[4*q+b:][:l]
		y0, y1, y2, y3, y4 := dst[5*b:][:l], dst[5*b+l:][:l], dst[5*b+2*l:][:l], dst[5*b+3*l:][:l], dst[5*b+4*l:][:l]
		for k := range x0 {
			a0, a1, a2, a3, a4 := x0[k], x1[k].mul(w1[k]), x2[k].mul(w2[k]), x3[k].mul(w3[k]), x4[k].mul(w4[k])
			p1, m1 := a1.add(a4), a1.sub(a4)
			p2, m2 := a2.add(a3), a2.sub(a3)
			c1 := a0.add(p1.scale(cos1)).add(p2.scale(cos2))
			c2 := a0.add(p1.scale(cos2)).add(p2.scale(cos1))
			d1 := m1.scale(sin1).add(m2.scale(sin2))
			d2 := m1.scale(sin2).sub(m2.scale(sin1))
			y0[k] = a0.add(p1).add(p2)
			y1[k] = c1.subI(d1)
			y4[k] = c1.addI(d1)
			y2[k] = c2.subI(d2)
			y3[k] = c2.addI(d2)
		}
	}
}

// passOdd is a pass of any odd radix r: the sums and differences of runs j and
// r-j have to be weighted with cosines and sines only.
func (s *pass[T]) passOdd(dst, src []Complex[T]) {
	var sum, diff [maxRadix/2 + 1]Complex[T]
	r, l, q := s.radix, s.l, len(src)/s.radix
	h := r / 2
	for b := 0; b < q; b += l {
		for k := range l {
			a0 := src[b+k]
			y0 := a0
			for j := 1; j <= h; j++ {
				x := src[j*q+b+k].mul(s.tw[(j-1)*l+k])
				y := src[(r-j)*q+b+k].mul(s.tw[(r-j-1)*l+k])
				sum[j], diff[j] = x.add(y), x.sub(y)
				y0 = y0.add(sum[j])
			}
			out := r*b + k
			dst[out] = y0
			for t := 1; t <= h; t++ {
				c, d := a0, Complex[T]{}
				jt := 0
				for j := 1; j <= h; j++ {
					if jt += t; jt >= r {
						jt -= r
					}
					c = c.add(sum[j].scale(s.root[jt].Re))
					d = d.add(diff[j].scale(s.root[jt].Im))
				}
				dst[out+t*l] = c.addI(d)
				dst[out+(r-t)*l] = c.subI(d)
			}
		}
	}
}
