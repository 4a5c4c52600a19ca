package nearest

import "github.com/soundspace/soundspace/internal/f32"

// upperBounds sets dst[i] to
//
//	(q.codes·codes of row i)·q.scale·b.scale[i] + q.norm·b.err[i] + q.err·norm[i]
func upperBounds(dst *[blockRows]float32, q *query, b *codeBlock, norm *[blockRows]float32) {
	switch {
	case useAVX512:
		upperBoundsAVX512(&dst[0], &q.codes[0], &b.codes[0], &b.scale[0], &b.err[0], &norm[0], len(q.codes), q.scale, q.norm, q.err)
	case useAVX2:
		upperBoundsAVX2(&dst[0], &q.codes[0], &b.codes[0], &b.scale[0], &b.err[0], &norm[0], len(q.codes), q.scale, q.norm, q.err)
	default:
		upperBoundsGo(dst, q, b, norm)
	}
}

func upperBoundsGo(dst *[blockRows]float32, q *query, b *codeBlock, norm *[blockRows]float32) {
	n := len(q.codes)
	for row := range dst {
		sum := float32(dotCodes(q.codes, b.codes[row*n:][:n]))
		dst[row] = (sum*q.scale)*b.scale[row] + q.norm*b.err[row] + q.err*norm[row]
	}
}

// dotCodes returns the inner product of slices of a length that is a multiple of four.
func dotCodes(q []int16, c []int8) int32 {
	var s0, s1, s2, s3 int32
	for len(q) >= 4 && len(c) >= 4 {
		s0 += int32(q[0]) * int32(c[0])
		s1 += int32(q[1]) * int32(c[1])
		s2 += int32(q[2]) * int32(c[2])
		s3 += int32(q[3]) * int32(c[3])
		q, c = q[4:], c[4:]
	}
	return s0 + s1 + s2 + s3
}

// dots sets dst[i] to the inner product of q and row i, in float32: the error is
// that of [f32.Dot] or less.
func dots(dst *[blockRows]float32, q, rows []float32) {
	if useAVX2 {
		dotsAVX2(&dst[0], &q[0], &rows[0], len(q))
		return
	}
	for i := range dst {
		dst[i] = f32.Dot(q, rows[i*len(q):][:len(q)])
	}
}
