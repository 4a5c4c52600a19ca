// Package f32 holds float32 vector kernels. Each has a readable Go form, which
// is the reference and runs everywhere, and where it pays an assembly form for
// amd64, chosen at run time by what the processor can do. The build tag noasm
// leaves the assembly out.
package f32

// Dot returns the sum of x[i]*y[i], 0 for empty slices. It panics if the
// lengths differ. Dot has the same bits as each of the sums of Dot4, but is
// not much faster than all four.
func Dot(x, y []float32) float32 {
	if len(x) != len(y) {
		panic("f32: Dot of slices of different lengths")
	}
	if useAVX2 && len(x) != 0 {
		s, _, _, _ := dot4AVX2(&x[0], &y[0], len(x), 0)
		return s
	}
	return dotGo(x, y)
}

// Dot4 returns the dot products of x and four slices of its length, which begin
// stride apart in a: the sums over i of
//
//	x[i]*a[i], x[i]*a[stride+i], x[i]*a[2*stride+i], x[i]*a[3*stride+i].
//
// It panics if stride is negative or a is too short.
//
// The sums are kept in float32, as several partial sums, and their order depends
// on the machine: the assembly has more of them and rounds each product and
// addition once together, the Go form does not. So results may differ in the
// last bits between machines, but on one machine the same values give the same
// bits wherever they lie in memory. Either way, for n = len(x),
//
//	|Dot(x, y) - Σ x[i]y[i]| ≤ (n/8 + 16)·2⁻²⁴·Σ |x[i]y[i]|
//
// as long as no product or sum overflows or underflows. The typical error is
// far smaller.
func Dot4(x, a []float32, stride int) (s0, s1, s2, s3 float32) {
	n := len(x)
	if stride < 0 || n > len(a) || stride > (len(a)-n)/3 {
		panic("f32: Dot4 of slices that do not fit")
	}
	if useAVX2 && n != 0 {
		return dot4AVX2(&x[0], &a[0], n, stride)
	}
	s0 = dotGo(x, a[:n])
	s1 = dotGo(x, a[stride:][:n])
	s2 = dotGo(x, a[2*stride:][:n])
	s3 = dotGo(x, a[3*stride:][:n])
	return
}

// dotGo takes eight products a turn into four partial sums: enough to hide the
// latency of an addition, few enough to stay in registers. Long slices are
// halved, since the rounding errors of a sum grow with its length.
func dotGo(x, y []float32) float32 {
	if len(x) > 512 {
		h := len(x) / 2
		return dotGo(x[:h], y[:h]) + dotGo(x[h:], y[h:])
	}
	var s0, s1, s2, s3 float32
	i := 0
	for ; i+8 <= len(x); i += 8 {
		a, b := (*[8]float32)(x[i:i+8]), (*[8]float32)(y[i:i+8])
		s0 += a[0]*b[0] + a[4]*b[4]
		s1 += a[1]*b[1] + a[5]*b[5]
		s2 += a[2]*b[2] + a[6]*b[6]
		s3 += a[3]*b[3] + a[7]*b[7]
	}
	sum := (s0 + s1) + (s2 + s3)
	for ; i < len(x); i++ {
		sum += x[i] * y[i]
	}
	return sum
}

// DisableAsm makes every kernel run its Go form until restore is called. It is
// for tests, which must not run it beside anything that uses this package.
func DisableAsm() (restore func()) {
	avx2, avx512 := useAVX2, useAVX512
	useAVX2, useAVX512 = false, false
	return func() { useAVX2, useAVX512 = avx2, avx512 }
}
