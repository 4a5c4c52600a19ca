package autodiff

import "github.com/soundspace/soundspace/internal/nn"

// Dropout returns, in training, x with values set to 0, each with probability p in
// [0, 1), and the others divided by 1 - p. Which ones depends on the seed and their
// place alone. Otherwise it returns x itself.
//
// N. Srivastava et al., Dropout: A Simple Way to Prevent Neural Networks from
// Overfitting, 2014.
func (t *Tape) Dropout(x *Value, p float64, seed uint64) *Value {
	if !(p >= 0 && p < 1) {
		panic("autodiff: Dropout with a probability that is not in [0, 1)")
	}
	if !t.Train || p == 0 {
		return x
	}
	y := t.value(x.Rows, x.Cols, x)
	y.N, y.H, y.W = x.N, x.H, x.W
	seed = splitMix64(seed)
	below, scale := uint64(p*(1<<32)), float32(1/(1-p))
	drop := func(row []float32, i int) {
		at := seed + uint64(i)*uint64(len(row))
		for j := range row {
			row[j] *= scale
			if splitMix64(at+uint64(j))>>32 < below {
				row[j] = 0
			}
		}
	}
	t.forRows(y.Rows, y.Cols, func(i int) {
		copy(y.Row(i), x.Row(i))
		drop(y.Row(i), i)
	})
	t.record(y, func(nn.Matrix) { t.pass(x, y, drop) })
	return y
}

// splitMix64 returns number n of the SplitMix64 generator (Steele, Lea and Flood,
// Fast Splittable Pseudorandom Number Generators, 2014) with seed 0.
func splitMix64(n uint64) uint64 {
	z := (n + 1) * 0x9e3779b97f4a7c15
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}
