package eval

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
)

// Interval is where a figure lies with a confidence of 95 %.
type Interval struct {
	Low  float64 `json:"low"`
	High float64 `json:"high"`
}

// resamples is how many samples are drawn for an Interval.
const resamples = 2000

// BootstrapMean returns the interval of the mean of values by the bootstrap over
// sources: as the clips of a source sound alike, they are no independent trials,
// and it is sources that are drawn, as many as there are, with replacement. Of
// each such sample the mean is
//
//	Σ of the drawn sources' values / number of these values
//
// and the interval goes from the 2.5th to the 97.5th percentile of 2000 of them
// (linear between neighbours, as numpy.percentile). A value of the source "" is
// a source of its own. With a single source nothing can be said: the interval
// is the mean alone. The same seed gives the same interval.
//
// For accuracy, values are 1 where an item is right, else 0 (see Hits). After
// Davison and Hinkley, Bootstrap Methods and their Application, 1997, sections
// 3.8 and 5.3.
func BootstrapMean(values []float64, sources []string, seed uint64) (Interval, error) {
	if len(values) == 0 {
		return Interval{}, fmt.Errorf("eval: no values for an interval")
	}
	if len(sources) != len(values) {
		return Interval{}, fmt.Errorf("eval: %d sources for %d values", len(sources), len(values))
	}
	type cluster struct {
		sum float64
		n   int
	}
	var clusters []cluster
	index := map[string]int{}
	for i, s := range sources {
		k, known := index[s]
		if !known || s == "" {
			k = len(clusters)
			index[s] = k
			clusters = append(clusters, cluster{})
		}
		clusters[k].sum += values[i]
		clusters[k].n++
	}
	random := rand.New(rand.NewPCG(seed, 0))
	means := make([]float64, resamples)
	for i := range means {
		sum, n := 0.0, 0
		for range clusters {
			c := clusters[random.IntN(len(clusters))]
			sum += c.sum
			n += c.n
		}
		means[i] = sum / float64(n)
	}
	slices.Sort(means)
	return Interval{percentile(means, 2.5), percentile(means, 97.5)}, nil
}

// percentile returns the p-th percentile of sorted values.
func percentile(sorted []float64, p float64) float64 {
	at := p / 100 * float64(len(sorted)-1)
	i := int(math.Floor(at))
	j := min(i+1, len(sorted)-1)
	return sorted[i] + (at-float64(i))*(sorted[j]-sorted[i])
}

// Hits returns 1 for each rank that is k or better, else 0.
func Hits(ranks []int, k int) []float64 {
	out := make([]float64, len(ranks))
	for i, r := range ranks {
		if r <= k {
			out[i] = 1
		}
	}
	return out
}
