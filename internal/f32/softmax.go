package f32

import "math"

// Softmax replaces each value x by exp(x - m)/Σexp(x - m), m the largest. Where x
// holds NaN or +Inf, or -Inf only, all of it becomes NaN.
//
// What a value becomes depends on the values of x alone, not on where they lie in
// memory. Its error is below (4 + len(x)/8)·2⁻²⁴ of it, besides what the
// rounding of x - m does, |x-m|·2⁻²⁴.
func Softmax(x []float32) {
	switch {
	case len(x) == 0:
	case useAVX512 && (len(x)%16 == 0 || len(x) > 100):
		// A masked store of a wide vector holds up the loads of a row right
		// after this one, which costs short rows more than the width gains.
		softmaxAVX512(&x[0], len(x), &expConstants)
	case useAVX2:
		softmaxAVX2(&x[0], len(x), &expConstants)
	default:
		softmaxGo(x)
	}
}

func softmaxGo(x []float32) {
	largest := float32(math.Inf(-1))
	for _, v := range x {
		largest = max(largest, v)
	}
	var sum float64
	for i, v := range x {
		scale, m := exp2(math.Log2E * float64(v-largest))
		e := scale + scale*m
		sum += e
		x[i] = float32(e)
	}
	scale := float32(1 / sum)
	for i := range x {
		x[i] *= scale
	}
}
