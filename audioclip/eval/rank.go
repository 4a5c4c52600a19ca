package eval

import (
	"fmt"
	"math"
	"slices"

	"github.com/soundspace/soundspace/audioclip"
	"github.com/soundspace/soundspace/internal/f32"
)

// ranksOf appends to dst the ranks of the candidates right among those with the
// cosines scores, the best first. isRight, of the length of scores, is false
// everywhere before and after.
func ranksOf(dst []int, scores []float32, right []int, isRight []bool) []int {
	sorted := make([]float32, len(right)) // scores of the right ones, falling
	for i, j := range right {
		isRight[j] = true
		sorted[i] = scores[j]
	}
	slices.SortFunc(sorted, func(a, b float32) int {
		switch {
		case a > b:
			return -1
		case a < b:
			return 1
		}
		return 0
	})
	// ahead[i] counts the wrong ones that stand before right one i, but not
	// before right one i-1.
	ahead := make([]int, len(right)+1)
	for j, s := range scores {
		if isRight[j] {
			continue
		}
		first, last := 0, len(sorted)
		for first < last { // the first that is not above s
			if i := (first + last) / 2; sorted[i] > s {
				first = i + 1
			} else {
				last = i
			}
		}
		ahead[first]++
	}
	rank := 0
	for i := range right {
		rank += ahead[i] + 1
		dst = append(dst, rank)
	}
	for _, j := range right {
		isRight[j] = false
	}
	return dst
}

// eachScores calls do with the cosines of each query with all candidates, in
// order. The scores are overwritten by the next.
func eachScores(queries, candidates audioclip.Matrix, do func(query int, scores []float32)) {
	units := audioclip.NewMatrix(candidates.Rows, candidates.Cols)
	for j := range units.Rows {
		unit(units.Row(j), candidates.Row(j))
	}
	query, scores := make([]float32, queries.Cols), make([]float32, candidates.Rows)
	for i := range queries.Rows {
		unit(query, queries.Row(i))
		for j := range scores {
			scores[j] = f32.Dot(query, units.Row(j))
		}
		do(i, scores)
	}
}

// unit sets dst to x scaled to unit length, or to zeros if x is zeros.
func unit(dst, x []float32) {
	squares := 0.0
	for _, v := range x {
		squares += float64(v) * float64(v)
	}
	clear(dst)
	if squares > 0 {
		length := math.Sqrt(squares)
		for i, v := range x {
			dst[i] = float32(float64(v) / length)
		}
	}
}

// checkEmbeddings finds what no figure can be computed from.
func checkEmbeddings(what string, m audioclip.Matrix, cols int) error {
	switch {
	case m.Rows < 1:
		return fmt.Errorf("eval: no %s", what)
	case len(m.Data) != m.Rows*m.Cols:
		return fmt.Errorf("eval: %d values are not %d %s of %d values", len(m.Data), m.Rows, what, m.Cols)
	case m.Cols != cols:
		return fmt.Errorf("eval: %s of %d values where others have %d", what, m.Cols, cols)
	}
	for i, v := range m.Data {
		if math.IsNaN(float64(v)) || math.IsInf(float64(v), 0) {
			return fmt.Errorf("eval: %s: row %d holds %v", what, i/m.Cols, v)
		}
	}
	return nil
}

// median returns the middle one of sorted values, or the mean of the two in the
// middle.
func median(sorted []int) float64 {
	n := len(sorted)
	return float64(sorted[(n-1)/2]+sorted[n/2]) / 2
}
