package fft

// Bands are weighted sums of the values of a frame.
type Bands[T Float] struct {
	counts  []int // of each band: the first bin and how many there are
	weights []T
}

// NewBands returns bands of values of bins bins. Band i is
// Σ weights[i][k]·value[first[i]+k]. It panics if one reaches beyond the bins.
func NewBands[T Float](bins int, first []int, weights [][]float64) *Bands[T] {
	b := new(Bands[T])
	for i, w := range weights {
		if first[i] < 0 || first[i]+len(w) > bins {
			panic("fft: a band reaches beyond the bins")
		}
		b.counts = append(b.counts, first[i], len(w))
		for _, v := range w {
			b.weights = append(b.weights, T(v))
		}
	}
	return b
}

// Len returns the number of bands.
func (b *Bands[T]) Len() int { return len(b.counts) / 2 }

// sum writes the bands of one frame.
func (b *Bands[T]) sum(dst, values []T) {
	w := b.weights
	for i := range dst {
		var s, t T
		v := values[b.counts[2*i]:][:b.counts[2*i+1]]
		for k, x := range v {
			if k%2 == 0 {
				s += x * w[k]
			} else {
				t += x * w[k]
			}
		}
		dst[i] = s + t
		w = w[len(v):]
	}
}
