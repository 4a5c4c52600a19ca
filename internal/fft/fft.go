package fft

import "unsafe"

// Float is the precision of a transform.
type Float interface{ float32 | float64 }

// Complex is a complex number of either precision, in the memory layout of
// complex64 or complex128.
type Complex[T Float] struct{ Re, Im T }

func (a Complex[T]) add(b Complex[T]) Complex[T] { return Complex[T]{a.Re + b.Re, a.Im + b.Im} }
func (a Complex[T]) sub(b Complex[T]) Complex[T] { return Complex[T]{a.Re - b.Re, a.Im - b.Im} }

// addI returns a + i·b, subI returns a - i·b.
func (a Complex[T]) addI(b Complex[T]) Complex[T] { return Complex[T]{a.Re - b.Im, a.Im + b.Re} }
func (a Complex[T]) subI(b Complex[T]) Complex[T] { return Complex[T]{a.Re + b.Im, a.Im - b.Re} }

func (a Complex[T]) mul(b Complex[T]) Complex[T] {
	return Complex[T]{a.Re*b.Re - a.Im*b.Im, a.Re*b.Im + a.Im*b.Re}
}

func (a Complex[T]) scale(s T) Complex[T]         { return Complex[T]{a.Re * s, a.Im * s} }
func (a Complex[T]) conj() Complex[T]             { return Complex[T]{a.Re, -a.Im} }
func convert[T, S Float](a Complex[S]) Complex[T] { return Complex[T]{T(a.Re), T(a.Im)} }

// Real is a plan for transforms of n real values. It is immutable and safe for
// concurrent use; each concurrent call needs a [Workspace] of its own.
type Real[T Float] struct {
	n   int
	fft *plan[T]     // complex transform of n/2 (n even) or n (n odd) values
	tw  []Complex[T] // n even: exp(-2πik/n)/2 for k = 0 … n/4
}

// Workspace is the scratch memory of one call at a time. It holds nothing
// between calls.
type Workspace[T Float] struct {
	a, b []Complex[T]
	conv [2][]Complex[float64]
}

// NewReal returns a plan for n values. It panics if n < 1.
func NewReal[T Float](n int) *Real[T] {
	if n < 1 {
		panic("fft: transform length must be at least 1")
	}
	if n%2 == 1 {
		return &Real[T]{n: n, fft: newPlan[T](n)}
	}
	p := &Real[T]{n: n, fft: newPlan[T](n / 2), tw: make([]Complex[T], n/4+1)}
	for k := range p.tw {
		w := root(k, n)
		p.tw[k] = convert[T](Complex[float64]{w.Re / 2, w.Im / 2})
	}
	return p
}

// Len returns the number of real values, n.
func (p *Real[T]) Len() int { return p.n }

// Bins returns the number of complex values in a spectrum, n/2+1.
func (p *Real[T]) Bins() int { return p.n/2 + 1 }

// NewWorkspace returns scratch memory for this plan.
func (p *Real[T]) NewWorkspace() *Workspace[T] {
	ws := &Workspace[T]{
		a: make([]Complex[T], p.fft.n),
		b: make([]Complex[T], p.fft.n),
	}
	if c := p.fft.conv; c != nil {
		for i := range ws.conv {
			ws.conv[i] = make([]Complex[float64], c.inner.n)
		}
	}
	return ws
}

// Forward writes the spectrum of x to X, and leaves x as it is. It panics
// unless len(x) is Len() and len(X) is Bins().
func (p *Real[T]) Forward(X []Complex[T], x []T, ws *Workspace[T]) {
	p.check(X, x)
	if p.n%2 == 1 {
		for j, v := range x {
			ws.a[j] = Complex[T]{v, 0}
		}
		copy(X, p.fft.forward(ws.b, ws.a, ws.a, ws))
		X[0].Im = 0 // but for rounding
		return
	}
	p.unpack(X, p.fft.forward(ws.a, pairs(x), ws.b, ws))
}

// unpack turns the spectrum Z of the pairs x[2j]+i·x[2j+1] into that of x: the
// spectra of the even and the odd samples are
//
//	E[k] = (Z[k] + conj(Z[m-k]))/2,  O[k] = (Z[k] - conj(Z[m-k]))/2i,  m = n/2
//
// and X[k] = E[k] + w·O[k], X[m-k] = conj(E[k] - w·O[k]), w = exp(-2πik/n).
func (p *Real[T]) unpack(X, Z []Complex[T]) {
	m := len(Z)
	X[0] = Complex[T]{Z[0].Re + Z[0].Im, 0}
	X[m] = Complex[T]{Z[0].Re - Z[0].Im, 0}
	for k := 1; k < len(p.tw); k++ {
		z, y := Z[k], Z[m-k].conj()
		e := z.add(y).scale(0.5)
		o := z.sub(y).mul(p.tw[k]) // 2i·w·O[k]/2
		X[k] = e.subI(o)
		X[m-k] = e.addI(o).conj()
	}
}

// Inverse writes the signal whose spectrum is X to x, divided by n, and leaves
// X as it is. The imaginary parts of X[0] and, when n is even, of X[n/2] are
// those of no real signal and are ignored. It panics unless len(x) is Len()
// and len(X) is Bins().
func (p *Real[T]) Inverse(x []T, X []Complex[T], ws *Workspace[T]) {
	p.check(X, x)
	// A forward transform of the spectrum in reversed order is the inverse.
	if p.n%2 == 1 {
		ws.a[0] = Complex[T]{X[0].Re, 0}
		for k := 1; k < len(X); k++ {
			ws.a[k] = X[k].conj()
			ws.a[p.n-k] = X[k]
		}
		s := 1 / T(p.n)
		for j, v := range p.fft.forward(ws.b, ws.a, ws.a, ws) {
			x[j] = v.Re * s
		}
		return
	}
	p.pack(ws.a, X)
	z := p.fft.forward(ws.b, ws.a, ws.a, ws)
	s := 1 / T(p.n/2)
	for j, v := range z {
		x[2*j], x[2*j+1] = v.Re*s, v.Im*s
	}
}

// pack undoes unpack and reverses the order: Z[(m-k) mod m] = E[k] + i·O[k].
func (p *Real[T]) pack(Z, X []Complex[T]) {
	m := len(Z)
	Z[0] = Complex[T]{(X[0].Re + X[m].Re) / 2, (X[0].Re - X[m].Re) / 2}
	for k := 1; k < len(p.tw); k++ {
		x, y := X[k], X[m-k].conj()
		e := x.add(y).scale(0.5)
		o := x.sub(y).mul(p.tw[k].conj())
		Z[m-k] = e.addI(o)
		Z[k] = e.subI(o).conj()
	}
}

func (p *Real[T]) check(X []Complex[T], x []T) {
	if len(x) != p.n || len(X) != p.Bins() {
		panic("fft: a slice does not have the length of the plan")
	}
}

// pairs views the samples of an even-length signal as complex numbers.
func pairs[T Float](x []T) []Complex[T] {
	return unsafe.Slice((*Complex[T])(unsafe.Pointer(unsafe.SliceData(x))), len(x)/2)
}
