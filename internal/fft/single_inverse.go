package fft

import "unsafe"

// singleInverse undoes the transforms of single.
type singleInverse[T Float] struct {
	*single[T]
	scale []T // n values 1/n, in place of a window
	tw    []T // factors of packPairs
}

func newSingleInverse[T Float](p *single[T]) *singleInverse[T] {
	inv := &singleInverse[T]{single: p, scale: aligned[T](p.n), tw: aligned[T](p.m)}
	for i := range inv.scale {
		inv.scale[i] = 1 / T(p.n)
	}
	v := p.lanes
	for k := 0; k < p.m/2; k += v {
		for l := range v {
			w := root(1+k+columnOf(l, v), p.n)
			inv.tw[2*k+l], inv.tw[2*k+v+l] = T(w.Re), T(w.Im)
		}
	}
	return inv
}

// frame writes the n samples of the spectrum X to x. The bins without a mirror
// image are multiplied by ends.
func (p *singleInverse[T]) frame(x, X []T, ends T, ws *singleWorkspace[T]) {
	x, X = x[:p.n], X[:p.n+2]
	v, z := p.lanes, ws.b
	z[0], z[1] = (X[0]+X[p.n])*ends, (X[0]-X[p.n])*ends
	down := 2 * (p.m - v)
	p.packPairs(at(z, 2), at(z, down), at(X, 2), at(X, down), at(p.tw, 0), p.m/2/v)
	size := int(unsafe.Sizeof(T(0)))
	// The next spectrum, if there is one, is behind this one.
	ahead := int(uintptr(at(X, 0))) + (p.n+2)*size - int(uintptr(at(z, 0)))
	p.columns(at(ws.a, 0), at(z, 0), at(p.scale, 0), at(p.first, 0),
		p.cols/v, 1, ahead, 2*p.cols*size, 0, 0, (p.n+2)*size/p.cols)
	p.interleave(at(x, 0), at(runPasses(p.kernels, p.inner, ws.a, ws.b, nil), 0), p.cols)
}
