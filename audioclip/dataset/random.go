package dataset

import "math/rand/v2"

// What random numbers are for. Each purpose has its own sequence.
const (
	forSampling = iota + 1
	forShuffling
	forAugmenting
)

// random is a generator that can be started at any (seed, purpose, step, row)
// without allocating.
type random struct {
	pcg rand.PCG
	*rand.Rand
}

func newRandom() *random {
	r := &random{}
	r.Rand = rand.New(&r.pcg)
	return r
}

// start begins the sequence of a seed, a purpose, a step and a row.
func (r *random) start(seed uint64, purpose, step uint64, row int) {
	hi := mix(mix(seed) + purpose)
	r.pcg.Seed(mix(hi+step), mix(hi^mix(step)+uint64(row)+1))
}

// mix is the finalizer of SplitMix64 (Steele, Lea and Flood, Fast Splittable
// Pseudorandom Number Generators, 2014): it spreads every bit of x over all.
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// uniform returns a number from low to high, which may be equal.
func uniform(rng *rand.Rand, low, high float64) float64 { return low + (high-low)*rng.Float64() }

// chance is true with a probability. It draws a number even where that is 0 or 1.
func chance(rng *rand.Rand, probability float64) bool { return rng.Float64() < probability }
