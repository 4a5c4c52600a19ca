package f32

import "math"

// LayerNorm sets dst to
//
//	(x - mean)/√(variance + eps)·weight + bias
//
// with the mean of x and the variance Σ(x-mean)²/n. dst may be x. A weight or bias
// of nil is one of ones or zeros. It panics if the lengths differ.
//
// The mean is corrected by what remains of x less the mean (Chan, Golub and
// LeVeque, Algorithms for Computing the Sample Variance, 1983): before weight and
// bias, the error is below 1e-6·max(|result|, 1) for up to 4096 values, wherever
// their mean lies, as long as no sum overflows. Without weight or bias it is the
// Go form that runs.
func LayerNorm(dst, x, weight, bias []float32, eps float32) {
	n := len(x)
	if len(dst) != n || weight != nil && len(weight) != n || bias != nil && len(bias) != n {
		panic("f32: LayerNorm of slices of different lengths")
	}
	switch {
	case n == 0:
	case useAVX512 && weight != nil && bias != nil:
		layerNormAVX512(&dst[0], &x[0], &weight[0], &bias[0], n, 1/float32(n), eps)
	case useAVX2 && weight != nil && bias != nil:
		layerNormAVX2(&dst[0], &x[0], &weight[0], &bias[0], n, 1/float32(n), eps)
	default:
		layerNormGo(dst, x, weight, bias, eps)
	}
}

func layerNormGo(dst, x, weight, bias []float32, eps float32) {
	inverse := 1 / float32(len(x))
	sum, _ := moments(x, 0)
	// Conversions round: without them the compiler may fuse the product with a
	// subtraction, so that the mean is another one here than there.
	mean := float32(sum * inverse)
	rest, squares := moments(x, mean)
	rest = float32(rest * inverse)
	variance := max(squares*inverse-rest*rest, 0)
	scale := 1 / float32(math.Sqrt(float64(variance+eps)))
	dst = dst[:len(x)]
	for i, v := range x {
		dst[i] = (v - mean - rest) * scale
	}
	if weight != nil {
		weight = weight[:len(dst)]
		for i := range dst {
			dst[i] *= weight[i]
		}
	}
	if bias != nil {
		Add(dst, bias)
	}
}

// moments returns Σ(x-shift) and Σ(x-shift)², four values side by side. Long
// slices are halved, since the rounding errors of a sum grow with its length.
func moments(x []float32, shift float32) (sum, squares float32) {
	if len(x) > 256 {
		h := len(x) / 2
		s, q := moments(x[:h], shift)
		sum, squares = moments(x[h:], shift)
		return s + sum, q + squares
	}
	var s0, s1, s2, s3, q0, q1, q2, q3 float32
	for ; len(x) >= 4; x = x[4:] {
		a, b, c, d := x[0]-shift, x[1]-shift, x[2]-shift, x[3]-shift
		s0, s1, s2, s3 = s0+a, s1+b, s2+c, s3+d
		q0, q1, q2, q3 = q0+a*a, q1+b*b, q2+c*c, q3+d*d
	}
	for _, v := range x {
		d := v - shift
		s0 += d
		q0 += d * d
	}
	return (s0 + s1) + (s2 + s3), (q0 + q1) + (q2 + q3)
}
