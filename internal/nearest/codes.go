package nearest

import "math"

// Codes are vectors as integers of eight bits: per vector of n values n bytes,
// rounded up to a multiple of 64, and 12 bytes. A vector v is kept as codes c in
// [-127, 127] and a scale s, so that
//
//	v = s·c + e,  c = round(127·v / max|v|),  s = v·c / c·c
//
// where s makes e orthogonal to c, and with ‖e‖ and ‖s·c‖. A query q becomes
// integers of 16 bits in the same way, q = p + d with a far smaller error d; so the
// scan computes p·s·c from sums of integers, which are exact. What it leaves out is
//
//	q·v - p·s·c = q·e + d·s·c
//
// of which, since only the part of q that is orthogonal to c meets e,
//
//	|q·e|   ≤ ‖e‖ √(‖q‖² - (q·c)²/‖c‖²) ≤ ‖e‖ ‖q‖
//	|d·s·c| ≤ ‖d‖ ‖s·c‖
//
// The scan of all vectors uses ‖e‖ ‖q‖; those that pass get the smaller bound, which
// counts where vectors are near to the query. All bounds are raised by what float32
// arithmetic may lose. For random directions in 512 dimensions, ‖e‖ is 0.007 ‖v‖.
//
// Searches may run at the same time; Add, Put and Remove may not run beside them.
type Codes struct {
	table
	padded int // dimensions of a row of codes
	rows   []codeBlock
}

// codeBlock is the codes of blockRows vectors, with the scale and ‖e‖ of each; the
// norm in the table is ‖s·c‖.
type codeBlock struct {
	codes      []int8
	scale, err [blockRows]float32
}

// NewCodes returns an empty set of vectors of so many values, at most [MaxDim]. It
// panics if dim is out of range.
func NewCodes(dim int) *Codes {
	c := &Codes{table: newTable(dim), padded: (dim + 63) &^ 63}
	c.newRows = func() {
		c.rows = append(c.rows, codeBlock{codes: make([]int8, blockRows*c.padded)})
	}
	c.set = func(id int, vector []float32) float32 {
		b, row := &c.rows[id/blockRows], id%blockRows
		scale, err, norm := quantize(b.codes[row*c.padded:][:c.dim], vector)
		b.scale[row], b.err[row] = scale, up(err)
		return up(norm)
	}
	return c
}

// quantize sets codes to those of v. It returns the scale, the norm of what they leave
// out, and the norm of what they do not.
func quantize(codes []int8, v []float32) (scale float32, err, norm float64) {
	var largest, squares float64
	for _, x := range v {
		largest = max(largest, math.Abs(float64(x)))
		squares += float64(x) * float64(x)
	}
	if all := math.Sqrt(squares); all < shortest {
		clear(codes)
		return 0, boundNorm(all), 0
	}
	factor := 127 / largest
	var product, square float64
	for i, x := range v {
		code := math.RoundToEven(float64(x) * factor)
		codes[i] = int8(code)
		product += float64(x) * code
		square += code * code
	}
	scale = float32(product / square)
	var left float64
	for i, x := range v {
		d := float64(x) - float64(scale)*float64(codes[i])
		left += d * d
	}
	return scale, math.Sqrt(left), float64(scale) * math.Sqrt(square)
}

// Search returns the k vectors with the largest scores, best first: fewer if there
// are fewer. It uses the memory of dst, which may be nil. src has the vectors by their
// ids, with the values that were added: with others, scores are wrong and vectors
// missing. An error is that of src, or tells of values of the query that Add would
// refuse. Search panics if the length of the query is not the dimension or k is not
// positive.
func (c *Codes) Search(dst []Hit, query []float32, k int, src Source, o Options) ([]Hit, error) {
	if len(query) != c.dim {
		panic("nearest: query of another dimension")
	}
	hits, err := search(c, dst, [][]float32{query}, k, src, o)
	if err != nil {
		return nil, err
	}
	return hits[0], nil
}

// SearchEach is Search for each of some queries, which are one after the other in a
// slice, in one pass over memory.
func (c *Codes) SearchEach(queries []float32, k int, src Source, o Options) ([][]Hit, error) {
	return search(c, nil, c.split(queries), k, src, o)
}

// prepare makes codes of a query: such that the sum of their absolute products with
// any codes of a vector fits into 32 bits.
func (c *Codes) prepare(v []float32) (query, error) {
	all, err := norm(v)
	if err != nil {
		return query{}, err
	}
	q := query{codes: make([]int16, c.padded), norm: up(boundNorm(all))}
	if all < shortest {
		q.err = q.norm // all of it is left out
		return q, nil
	}
	var largest, sum float64
	for _, x := range v {
		largest = max(largest, math.Abs(float64(x)))
		sum += math.Abs(float64(x))
	}
	q.scale = up(max(largest/math.MaxInt16, sum/(math.MaxInt32/127-float64(c.dim))))
	var left, square float64
	for i, x := range v {
		code := math.RoundToEven(float64(x) / float64(q.scale))
		q.codes[i] = int16(code)
		d := float64(x) - float64(q.scale)*code
		left += d * d
		square += code * code
	}
	// The second term is for the rounding errors of the bounds' products and sums.
	q.err = up(math.Sqrt(left) + 0x1p-20*float64(q.scale)*math.Sqrt(square))
	return q, nil
}

func (c *Codes) upper(dst *[blockRows]float32, q *query, block int) {
	upperBounds(dst, q, &c.rows[block], c.norms[block])
}

func (c *Codes) bounds(q *query, id int, upper float32) (lo, hi float32) {
	norm, err := float64(*c.norm(id)), float64(c.rows[id/blockRows].err[id%blockRows])
	all, left := float64(q.norm), float64(q.err)*norm
	estimate := float64(upper) - (all*err + left)
	across := all
	if norm > 0 {
		along := max(0, math.Abs(estimate)-left) / norm
		across = math.Sqrt(max(0, all*all-along*along))
	}
	width := across*err + left
	return float32(estimate - width), float32(estimate + width)
}
