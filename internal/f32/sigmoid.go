package f32

import "math"

// Sigmoid replaces each value x by the logistic function 1/(1 + exp(-x)). It
// underflows gradually; NaN stays NaN. The error is below 2.5 ulp, and below 0.6
// ulp in the Go form.
func Sigmoid(x []float32) {
	switch {
	case len(x) == 0:
	case useAVX512:
		sigmoidAVX512(&x[0], len(x), &expConstants)
	case useAVX2:
		sigmoidAVX2(&x[0], len(x), &expConstants)
	default:
		sigmoidGo(x)
	}
}

func sigmoidGo(x []float32) {
	for i, v := range x {
		scale, m := exp2(-math.Log2E * float64(v))
		x[i] = float32(1 / (1 + scale + scale*m))
	}
}

// Tanh replaces each value x by the hyperbolic tangent of x. NaN stays NaN. The
// error is below 3.5 ulp, and below 0.7 ulp in the Go form.
func Tanh(x []float32) {
	switch {
	case len(x) == 0:
	case useAVX512:
		tanhAVX512(&x[0], len(x), &expConstants)
	case useAVX2:
		tanhAVX2(&x[0], len(x), &expConstants)
	default:
		tanhGo(x)
	}
}

// tanhGo computes m/(m+2) with m = exp(2x) - 1, which is precise near 0 too.
func tanhGo(x []float32) {
	for i, v := range x {
		scale, m := exp2(2 * math.Log2E * float64(v))
		m = scale*m + (scale - 1)
		x[i] = float32(m / (m + 2))
	}
}
