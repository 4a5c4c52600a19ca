package plot

import "math"

// envelope reduces the samples of one channel to their least and greatest
// values in equal stretches, as they come: see columns for how.
type envelope struct {
	limit    int   // of stretches, after which pairs are merged
	per      int64 // samples in a stretch
	samples  int64
	min, max []float32
}

func newEnvelope(width int) envelope { return envelope{limit: slotsPerColumn * width, per: 1} }

func (e *envelope) add(samples []float32) {
	for len(samples) > 0 {
		i := int(e.samples / e.per)
		if i == e.limit {
			e.halve()
			continue
		}
		if i == len(e.min) {
			e.min = append(e.min, float32(math.Inf(1)))
			e.max = append(e.max, float32(math.Inf(-1)))
		}
		n := int(min(int64(len(samples)), int64(i+1)*e.per-e.samples))
		lo, hi := e.min[i], e.max[i]
		for _, v := range samples[:n] {
			if v < lo {
				lo = v
			}
			if v > hi {
				hi = v
			}
		}
		e.min[i], e.max[i] = lo, hi
		e.samples += int64(n)
		samples = samples[n:]
	}
}

func (e *envelope) halve() {
	n := len(e.min) / 2 // the limit is even
	for i := range n {
		e.min[i] = min(e.min[2*i], e.min[2*i+1])
		e.max[i] = max(e.max[2*i], e.max[2*i+1])
	}
	e.min, e.max = e.min[:n], e.max[:n]
	e.per *= 2
}

// peak returns the largest finite absolute value.
func (e *envelope) peak() float64 {
	p := 0.0
	for i := range e.min {
		for _, v := range []float64{float64(e.min[i]), float64(e.max[i])} {
			if a := math.Abs(v); a > p && !math.IsInf(a, 0) {
				p = a
			}
		}
	}
	return p
}

// columns returns the envelope in each of so many equal parts of the samples
// from first to last, lo > hi where there are none.
func (e *envelope) columns(first, last float64, width int) (lo, hi []float32) {
	lo, hi = make([]float32, width), make([]float32, width)
	for x := range lo {
		lo[x], hi[x] = float32(math.Inf(1)), float32(math.Inf(-1))
	}
	perColumn := (last - first) / float64(width)
	for i := range e.min {
		middle := (float64(i) + 0.5) * float64(e.per)
		if x := math.Floor((middle - first) / perColumn); x >= 0 && x < float64(width) {
			lo[int(x)] = min(lo[int(x)], e.min[i])
			hi[int(x)] = max(hi[int(x)], e.max[i])
		}
	}
	for x := range lo {
		if lo[x] <= hi[x] {
			continue
		}
		i := int(math.Floor((first + (float64(x)+0.5)*perColumn) / float64(e.per)))
		if i >= 0 && i < len(e.min) {
			lo[x], hi[x] = e.min[i], e.max[i]
		}
	}
	return lo, hi
}
