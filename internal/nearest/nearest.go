// Package nearest finds the vectors that have the largest inner products with a
// query among up to millions: an exact search, not an approximate one.
//
// The score of a query q and a vector v is their inner product
//
//	q·v = Σ q[i]·v[i]
//
// summed in float64 in an order that is always the same, and rounded to float32.
// Products of two float32 values are exact in float64, so a score has the same bits
// on every machine. For vectors of length 1 it is the cosine of the angle between
// them. Of equal scores the lower id comes first.
//
// A search reads all vectors, since there is nothing in tens to thousands of
// dimensions that would let it skip some and still be exact; its speed is that of
// memory. [Codes] therefore keeps eight bits of each value, a quarter of a float32,
// with a bound of what that leaves out. The scan finds an interval that contains the
// score of each vector, and keeps the vectors whose intervals reach up to the k-th
// best so far. The originals of those few are fetched from a [Source], which may be a
// file, for their scores, until no interval that is left reaches the k-th best score.
// [Vectors] keeps the originals in memory and scans these; its intervals contain
// the rounding errors of float32 arithmetic. Both find the same hits with the same
// scores.
//
// Kernels are in assembly for amd64, chosen by what the processor can do; the build
// tag noasm leaves them out. The hits do not depend on the kernel, nor on the number
// of workers.
package nearest

import (
	"fmt"
	"math"
)

// Hit is a vector that was found.
type Hit struct {
	ID    int
	Score float32 // the inner product with the query
}

// before reports whether h comes before g: higher scores first, of equal ones the
// lower id.
func (h Hit) before(g Hit) bool {
	return h.Score > g.Score || h.Score == g.Score && h.ID < g.ID
}

// order compares hits for sorting.
func order(a, b Hit) int {
	switch {
	case a.before(b):
		return -1
	case b.before(a):
		return 1
	}
	return 0
}

// Source has the original vectors.
type Source interface {
	// Fetch sets dst to the vectors of ids, one after the other. Searches at the
	// same time may call it at the same time.
	Fetch(dst []float32, ids []int) error
}

// Options say how to search. The zero value searches all vectors in one goroutine.
type Options struct {
	// Workers is how many goroutines share the scan; 0 is 1.
	Workers int
	// Keep, if not nil, says which vectors count: a search among some is exact,
	// too. Workers call it at the same time, but only with ids that would be among
	// the best so far.
	Keep func(id int) bool
	// Group, if not nil, says which group a vector is of, and a search finds the k
	// best groups, each by the best of its vectors. So a recording of many windows
	// counts once. Workers call it at the same time.
	Group func(id int) int
}

const (
	// longest is the largest norm of vectors and queries: no sum or product of such
	// ones overflows.
	longest = 0x1p60
	// shortest is the smallest norm that bounds are made of, if it is not 0. A
	// shorter vector has the bounds of this one, so that nothing underflows.
	shortest = 0x1p-60
)

// norm returns the norm of a vector, and an error if it has values that cannot be
// searched.
func norm(v []float32) (float64, error) {
	var sum float64
	for _, x := range v {
		sum += float64(x) * float64(x)
	}
	if !(sum <= longest*longest) {
		for i, x := range v {
			if x != x || math.IsInf(float64(x), 0) {
				return 0, fmt.Errorf("value %d is %v", i, x)
			}
		}
		return 0, fmt.Errorf("norm %g exceeds %g", math.Sqrt(sum), longest)
	}
	return math.Sqrt(sum), nil
}

// boundNorm returns what stands for a norm in bounds.
func boundNorm(norm float64) float64 {
	if norm == 0 {
		return 0
	}
	return max(norm, shortest)
}

// up returns a float32 that is not less than a bound, whichever way it and what is
// made of it are rounded. It may be more by 2e-6 of it.
func up(bound float64) float32 { return float32(bound * (1 + 0x1p-19)) }

// score returns the inner product of vectors of the same length.
func score(q, v []float32) float32 {
	var s0, s1, s2, s3 float64
	n := len(q) &^ 3
	for i := 0; i < n; i += 4 {
		a, b := (*[4]float32)(q[i:]), (*[4]float32)(v[i:])
		s0 += float64(a[0]) * float64(b[0])
		s1 += float64(a[1]) * float64(b[1])
		s2 += float64(a[2]) * float64(b[2])
		s3 += float64(a[3]) * float64(b[3])
	}
	for i := n; i < len(q); i++ {
		s0 += float64(q[i]) * float64(v[i])
	}
	return float32((s0 + s1) + (s2 + s3))
}
