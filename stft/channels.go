package stft

// Channels applies a transform to every channel of x: dst[c] becomes
// transform(dst[c], x[c]). A nil dst is allocated; otherwise it must have as
// many slices as x, or Channels panics. For a plan p,
//
//	rows := stft.Channels(nil, clip.Samples, p.Magnitude)
func Channels[V, S any](dst [][]V, x [][]S, transform func(dst []V, x []S) []V) [][]V {
	if dst == nil {
		dst = make([][]V, len(x))
	}
	if len(dst) != len(x) {
		panic("stft: Channels needs as many slices in dst as in x")
	}
	for c := range x {
		dst[c] = transform(dst[c], x[c])
	}
	return dst
}
