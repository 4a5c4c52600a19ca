package fft

import "math"

// oddLanes is the transform of an odd number of samples, as complex values.
type oddLanes[T Float] struct {
	window []T
	ends   T // factor of bin 0
	passes []lanePass[T]
}

// newOddLanes returns nil if the number of samples has a prime factor beyond
// maxRadix.
func newOddLanes[T Float](window []T, ends T) *oddLanes[T] {
	p := &oddLanes[T]{window: window, ends: ends, passes: newLanePasses[T](len(window))}
	if p.passes == nil {
		return nil
	}
	return p
}

func (p *oddLanes[T]) reserve(k *kernels, ws *laneWorkspace[T]) {
	ws.a = aligned[T](2 * len(p.window) * k.lanes)
	ws.b = aligned[T](2 * len(p.window) * k.lanes)
}

func (p *oddLanes[T]) spectra(k *kernels, form Form, rows, x []T, hop int, ws *laneWorkspace[T]) {
	n := len(p.window)
	loadSamples(k, ws.b, x, p.window, hop)
	k.expand(at(ws.a, 0), at(ws.b, 0), n)
	oddRows(k, form, rows, runPasses(k, p.passes, ws.a, ws.b, ws.sums), n/2+1, p.ends, ws)
}

// oddRows writes the rows of the first bins of a spectrum of complex vectors.
// Bin 0 is multiplied by ends.
func oddRows[T Float](k *kernels, form Form, rows, z []T, bins int, ends T, ws *laneWorkspace[T]) {
	v := k.lanes
	for i := range v {
		x := z[i] * ends
		switch form {
		case Spectrum:
			rows[i], rows[v+i] = x, 0
		case Power:
			rows[i] = x * x
		case Magnitude:
			rows[i] = T(math.Abs(float64(x)))
		}
	}
	switch form {
	case Spectrum:
		copy(rows[2*v:], z[2*v:2*bins*v])
	case Power:
		k.squares(at(rows, v), at(z, 2*v), bins-1)
	case Magnitude:
		k.moduli(at(rows, v), at(z, 2*v), at(ws.largest, 0), bins-1)
	}
}
