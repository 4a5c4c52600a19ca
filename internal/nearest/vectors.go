package nearest

// Vectors are vectors as they are, in memory. The scan sums in float32, whose error
// is, by f32.Dot,
//
//	|q·v - sum| ≤ (n/8 + 16)·2⁻²⁴·‖q‖ ‖v‖
//
// Searches may run at the same time; Add, Put and Remove may not run beside them.
// Vectors are a [Source].
type Vectors struct {
	table
	padded int         // dimensions of a row
	rows   [][]float32 // of blockRows vectors each; the norm in the table is ‖v‖
}

// NewVectors returns an empty set of vectors of so many values, at most [MaxDim]. It
// panics if dim is out of range.
func NewVectors(dim int) *Vectors {
	v := &Vectors{table: newTable(dim), padded: (dim + 31) &^ 31}
	v.newRows = func() {
		v.rows = append(v.rows, make([]float32, blockRows*v.padded))
	}
	v.set = func(id int, vector []float32) float32 {
		copy(v.row(id), vector)
		all, _ := norm(vector) // Add and Put have checked it
		return up(boundNorm(all))
	}
	return v
}

func (v *Vectors) row(id int) []float32 {
	return v.rows[id/blockRows][id%blockRows*v.padded:][:v.dim]
}

// Fetch sets dst to the vectors of ids, one after the other.
func (v *Vectors) Fetch(dst []float32, ids []int) error {
	for i, id := range ids {
		copy(dst[i*v.dim:][:v.dim], v.row(id))
	}
	return nil
}

// Search returns the k vectors with the largest scores, best first: fewer if there
// are fewer. It uses the memory of dst, which may be nil. An error tells of values of
// the query that Add would refuse. Search panics if the length of the query is not
// the dimension or k is not positive.
func (v *Vectors) Search(dst []Hit, query []float32, k int, o Options) ([]Hit, error) {
	if len(query) != v.dim {
		panic("nearest: query of another dimension")
	}
	hits, err := search(v, dst, [][]float32{query}, k, v, o)
	if err != nil {
		return nil, err
	}
	return hits[0], nil
}

// SearchEach is Search for each of some queries, which are one after the other in a
// slice, in one pass over memory.
func (v *Vectors) SearchEach(queries []float32, k int, o Options) ([][]Hit, error) {
	return search(v, nil, v.split(queries), k, v, o)
}

func (v *Vectors) prepare(q []float32) (query, error) {
	all, err := norm(q)
	if err != nil {
		return query{}, err
	}
	// Eight roundings more than those of the sum: of this, and of the bounds.
	padded := make([]float32, v.padded)
	copy(padded, q)
	return query{vector: padded, err: up(boundNorm(all) * (float64(v.padded)/8 + 24) * 0x1p-24)}, nil
}

func (v *Vectors) upper(dst *[blockRows]float32, q *query, block int) {
	dots(dst, q.vector, v.rows[block])
	for i, norm := range v.norms[block] {
		dst[i] += q.err * norm
	}
}

func (v *Vectors) bounds(q *query, id int, upper float32) (lo, hi float32) {
	return float32(float64(upper) - 2*float64(q.err)*float64(*v.norm(id))), upper
}
