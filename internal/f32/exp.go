package f32

import "math"

// Exp replaces each value x by exp(x). It underflows gradually, through the
// subnormals, and overflows to +Inf; NaN stays NaN.
//
// The error is below 0.6 ulp in the Go form, which computes in float64 and rounds
// once, and below 1 ulp in the assembly. Both are exact where x is 0.
func Exp(x []float32) {
	switch {
	case len(x) == 0:
	case useAVX512:
		expAVX512(&x[0], len(x), &expConstants)
	case useAVX2:
		expAVX2(&x[0], len(x), &expConstants)
	default:
		expGo(x)
	}
}

func expGo(x []float32) {
	for i, v := range x {
		scale, m := exp2(float64(v) * math.Log2E)
		x[i] = float32(scale + scale*m)
	}
}

// exp2 takes 2^y apart into scale·(1+m), with a power of two as scale and m in
// [√½-1, √2-1], of which the relative error is below 1.1e-8. Beyond ±1000, y is
// taken for ±1000. It is short enough for the compiler to inline, which matters:
// a call for each value would make each wait for the one before.
func exp2(y float64) (scale, m float64) {
	const round = 0x1.8p52 // in a float64 as large as this the last bit stands for 1
	if y < -1000 {
		y = -1000
	}
	if y > 1000 {
		y = 1000
	}
	n := y + round
	r := y - (n - round)
	scale = math.Float64frombits((math.Float64bits(n) + 1023) << 52)
	return scale, r * (expQ0 + r*(expQ1+r*(expQ2+r*(expQ3+r*(expQ4+r*expQ5)))))
}

// The coefficients of Q, the polynomial of degree 5 with the smallest relative
// error to (2^r - 1)/r on [-½, ½], 1.1e-8, which testdata/exp.py finds.
const (
	expQ0 = 0.6931471879266596
	expQ1 = 0.24022649794990764
	expQ2 = 0.055503574337962734
	expQ3 = 0.009618237489540785
	expQ4 = 0.0013390735427309351
	expQ5 = 0.00015403514077940608
)

// expTable is what the assembly needs to know for Exp and the functions made from
// it, each value eight times over, to be taken as a vector. exp_amd64.h has names
// for them.
//
// The assembly takes x·log2(e) apart into a whole number n and a rest r, with
// log2(e) in two parts, and computes 2^n·(1 + r·Q(r)).
type expTable [30][8]float32

var expConstants = newExpTable(
	1,
	expQ0, expQ1, expQ2, expQ3, expQ4, expQ5,
	float32(math.Log2E), float32(math.Log2E-float64(float32(math.Log2E))),
	-104, 89, // Exp is 0 and +Inf beyond them
	float32(math.Copysign(0, -1)),
	9.02, // Tanh is 1 beyond it
	2,
	16, // GELU(-x) is 0 beyond it
	-math.Log2E/2,
	geluN0, geluN1, geluN2, geluN3,
	geluD1, geluD2, geluD3, geluD4,
	geluTanhLinear, geluTanhCubic,
	quickGELUFactor,
	-math.MaxFloat32,
	-160, // 2^y is 0 beyond it
	geluDensity,
)

func newExpTable(values ...float32) (t expTable) {
	for i, v := range values {
		for j := range t[i] {
			t[i][j] = v
		}
	}
	return t
}
