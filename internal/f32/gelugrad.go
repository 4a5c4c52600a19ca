package f32

import "math"

// GELUGrad multiplies each value of dy by the derivative of GELU at x,
//
//	Φ(x) + x·φ(x),  φ(x) = exp(-x²/2)/√(2π)
//
// It panics if the lengths differ. NaN stays NaN. The error of the derivative, which
// is between -0.13 and 1.13, is below 3e-7.
func GELUGrad(dy, x []float32) {
	if len(x) != len(dy) {
		panic("f32: GELUGrad of slices of different lengths")
	}
	switch {
	case len(x) == 0:
	case useAVX512:
		geluGradAVX512(&dy[0], &x[0], len(x), &expConstants)
	case useAVX2:
		geluGradAVX2(&dy[0], &x[0], len(x), &expConstants)
	default:
		geluGradGo(dy, x)
	}
}

// geluDensity is φ(0).
const geluDensity = 0.3989422804014327

// geluGradGo computes Φ as geluGo does.
func geluGradGo(dy, x []float32) {
	for i, v := range x {
		a := math.Abs(float64(v))
		if a > 16 {
			a = 16
		}
		n := geluN0 + a*(geluN1+a*(geluN2+a*geluN3))
		d := 1 + a*(geluD1+a*(geluD2+a*(geluD3+a*geluD4)))
		scale, m := exp2(-math.Log2E / 2 * a * a)
		e := scale + scale*m
		below := e*n/d - geluDensity*a*e // the derivative at -a; that at a is 1 less it
		if v > 0 {
			below = 1 - below
		}
		dy[i] *= float32(below)
	}
}
