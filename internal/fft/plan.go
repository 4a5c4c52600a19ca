package fft

import "math"

// maxRadix is the largest prime factor that a pass handles by symmetric sums;
// beyond it Bluestein's convolution is faster.
const maxRadix = 47

// plan is a forward complex transform of n values.
type plan[T Float] struct {
	n      int
	passes []pass[T]
	conv   *bluestein // instead of passes when n has a prime factor > maxRadix
}

// pass combines the transforms of length l into transforms of length radix·l.
type pass[T Float] struct {
	radix, l int
	// tw[(j-1)·l + k] = exp(-2πi·jk/(radix·l)), 1 ≤ j < radix, k < l.
	tw []Complex[T]
	// root[j] = exp(-2πi·j/radix), for radices without a pass of their own.
	root []Complex[T]
}

func newPlan[T Float](n int) *plan[T] {
	p := &plan[T]{n: n}
	factors, ok := factor(n)
	if !ok {
		p.conv = newBluestein(n)
		return p
	}
	l := 1
	for _, r := range factors {
		p.passes = append(p.passes, newPass[T](r, l))
		l *= r
	}
	return p
}

func newPass[T Float](radix, l int) pass[T] {
	s := pass[T]{radix: radix, l: l}
	if l == 1 && (radix == 4 || radix == 8) {
		return s // every twiddle factor is 1
	}
	s.tw = make([]Complex[T], 0, (radix-1)*l)
	for j := 1; j < radix; j++ {
		for k := range l {
			s.tw = append(s.tw, convert[T](root(j*k, radix*l)))
		}
	}
	if radix > 5 {
		for j := range radix {
			s.root = append(s.root, convert[T](root(j, radix)))
		}
	}
	return s
}

// factor returns the radices of the passes for n in order, or false if n has a
// prime factor beyond maxRadix. An 8 or a 4, where there is one, comes first:
// the first pass has no twiddle factors.
func factor(n int) (radices []int, ok bool) {
	twos, odd, ok := primeFactors(n)
	switch {
	case twos == 1:
		radices = append(radices, 2)
	case twos%2 == 1:
		radices = append(radices, 8)
		twos -= 3
	}
	for ; twos >= 2; twos -= 2 {
		radices = append(radices, 4)
	}
	return append(radices, odd...), ok
}

// primeFactors returns how many times 2 is a factor of n, and its odd prime
// factors in order, or false if one is beyond maxRadix.
func primeFactors(n int) (twos int, odd []int, ok bool) {
	for ; n%2 == 0; n /= 2 {
		twos++
	}
	for r := 3; r <= maxRadix; r += 2 {
		for ; n%r == 0; n /= r {
			odd = append(odd, r)
		}
	}
	return twos, odd, n == 1
}

// forward transforms src, which has length n, by way of the buffers a and b of
// the same length, and returns the one that holds the spectrum. src may be b.
func (p *plan[T]) forward(a, src, b []Complex[T], ws *Workspace[T]) []Complex[T] {
	if p.conv != nil {
		convolve(p.conv, a, src, ws)
		return a
	}
	if len(p.passes) == 0 {
		copy(a, src)
		return a
	}
	for i := range p.passes {
		p.passes[i].run(a, src)
		src, a, b = a, b, a
	}
	return src
}

func (s *pass[T]) run(dst, src []Complex[T]) {
	switch {
	case s.radix == 8:
		first8(dst, src)
	case s.radix == 4 && s.l == 1:
		first4(dst, src)
	case s.radix == 4:
		s.pass4(dst, src)
	case s.radix == 2:
		s.pass2(dst, src)
	case s.radix == 3:
		s.pass3(dst, src)
	case s.radix == 5:
		s.pass5(dst, src)
	default:
		s.passOdd(dst, src)
	}
}

// root returns exp(-2πi·k/n), 0 ≤ k. The angle is folded into the first octant
// in integers, so that symmetric roots are equal to the last bit and those on
// the axes and diagonals are exact.
func root(k, n int) Complex[float64] {
	// In eighths of 1/n of a turn: n is an eighth of a turn.
	a := 8 * (k % n)
	below := a > 4*n // the lower half plane of exp(+2πi·k/n)
	if below {
		a = 8*n - a
	}
	left := a > 2*n
	if left {
		a = 4*n - a
	}
	steep := a > n
	if steep {
		a = 2*n - a
	}
	sin, cos := math.Sincos(math.Pi * float64(a) / float64(4*n))
	if a == n {
		sin = cos // the diagonal
	}
	if steep {
		sin, cos = cos, sin
	}
	if left {
		cos = -cos
	}
	if !below {
		sin = -sin
	}
	return Complex[float64]{cos, sin}
}
