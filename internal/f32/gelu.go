package f32

import "math"

// GELU replaces each value x by x·Φ(x) = x/2·(1 + erf(x/√2)), the Gaussian error
// linear unit (Hendrycks and Gimpel, arXiv:1606.08415). GELU(+Inf) is +Inf,
// GELU(-Inf) is 0, and NaN stays NaN.
//
// The error is below 1e-7·max(x, 1) for positive x. For negative x it is below
// 4e-7·(1+x²) of the result, which is what the rounding of x²/2 does to
// exp(-x²/2).
func GELU(x []float32) {
	switch {
	case len(x) == 0:
	case useAVX512:
		geluAVX512(&x[0], len(x), &expConstants)
	case useAVX2:
		geluAVX2(&x[0], len(x), &expConstants)
	default:
		geluGo(x)
	}
}

// geluGo computes max(x, 0) - a·Φ(-a), a = |x|, so that nothing is cancelled where
// x is negative, and there
//
//	Φ(-a) = exp(-a²/2)·N(a)/D(a)
//
// with polynomials N and D. All their coefficients are positive.
func geluGo(x []float32) {
	for i, v := range x {
		a := math.Abs(float64(v))
		if a > 16 {
			a = 16
		}
		n := geluN0 + a*(geluN1+a*(geluN2+a*geluN3))
		d := 1 + a*(geluD1+a*(geluD2+a*(geluD3+a*geluD4)))
		scale, m := exp2(-math.Log2E / 2 * a * a)
		x[i] = float32(max(float64(v), 0) - a*(scale+scale*m)*n/d)
	}
}

// The coefficients of N and D: N/D has the smallest error to Φ(-a)·exp(a²/2) on
// [0, 14] in relation to 1 + a², 3.8e-8. testdata/exp.py finds them.
const (
	geluN0 = 0.49999998141329144
	geluN1 = 0.3393961425370132
	geluN2 = 0.106729706025095
	geluN3 = 0.014063255870435052
	geluD1 = 1.4766743064199341
	geluD2 = 0.8917027112626901
	geluD3 = 0.26711104606407604
	geluD4 = 0.03526423571883666
)

// GELUTanh replaces each value x by
//
//	x/2·(1 + tanh(√(2/π)·(x + 0.044715x³)))
//
// which is how GPT-2 approximates GELU. +Inf stays, -Inf becomes 0, and NaN stays
// NaN. The error is below 2e-7·max(x, 1) for positive x, and below 4e-7·(1+|x|³) of
// the result or (1+|x|)·2⁻¹⁴⁹ for negative x.
func GELUTanh(x []float32) {
	switch {
	case len(x) == 0:
	case useAVX512:
		geluTanhAVX512(&x[0], len(x), &expConstants)
	case useAVX2:
		geluTanhAVX2(&x[0], len(x), &expConstants)
	default:
		geluTanhGo(x)
	}
}

// (1 + tanh u)/2 = 1/(1 + 2^-y) where y = 2·log2(e)·u.
const (
	geluTanhLinear  = 2 * math.Log2E * 0.7978845608028654 // √(2/π)
	geluTanhCubic   = 0.044715 * geluTanhLinear
	quickGELUFactor = math.Log2E * 1.702
)

func geluTanhGo(x []float32) {
	for i, v := range x {
		v := max(float64(v), -math.MaxFloat32) // not -Inf, of which 0 times is NaN
		scale, m := exp2(-v * (geluTanhLinear + geluTanhCubic*v*v))
		x[i] = float32(v / (1 + scale + scale*m))
	}
}

// QuickGELU replaces each value x by x/(1 + exp(-1.702x)), which is how CLIP
// approximates GELU. +Inf stays, -Inf becomes 0, and NaN stays NaN. The error is
// below 2e-7·max(x, 1) for positive x, and below 4e-7·(1+|x|) of the result or
// (1+|x|)·2⁻¹⁴⁹ for negative x.
func QuickGELU(x []float32) {
	switch {
	case len(x) == 0:
	case useAVX512:
		quickGELUAVX512(&x[0], len(x), &expConstants)
	case useAVX2:
		quickGELUAVX2(&x[0], len(x), &expConstants)
	default:
		quickGELUGo(x)
	}
}

func quickGELUGo(x []float32) {
	for i, v := range x {
		v := max(float64(v), -math.MaxFloat32)
		scale, m := exp2(-quickGELUFactor * v)
		x[i] = float32(v / (1 + scale + scale*m))
	}
}
