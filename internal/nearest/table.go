package nearest

import (
	"fmt"
	"math"
)

// MaxDim is the largest number of dimensions.
const MaxDim = 1 << 16

// blockRows is how many vectors are stored and scanned at a time: few enough for
// the codes of a block to stay in the cache for the next query, a multiple of four
// for the kernels.
const blockRows = 256

// table is what sets of vectors have in common. Their vectors are in blocks of
// blockRows.
type table struct {
	dim     int
	ids     int                   // that were ever given
	live    int                   // vectors
	norms   []*[blockRows]float32 // of each block, a norm of each vector; NaN where there is none
	newRows func()                // adds a block
	set     func(id int, vector []float32) (norm float32)
}

func newTable(dim int) table {
	if dim < 1 || dim > MaxDim {
		panic("nearest: number of dimensions out of range")
	}
	return table{dim: dim}
}

// Dim returns the number of values of a vector.
func (t *table) Dim() int { return t.dim }

// Len returns the number of vectors.
func (t *table) Len() int { return t.live }

// Add adds vectors, one after the other in a slice, and returns the id of the first
// one: the number of vectors that were ever added. The others have the ids that
// follow. It returns an error and adds nothing if a value is NaN or infinite or a
// norm exceeds 2⁶⁰. It panics if the length is no multiple of the dimension.
func (t *table) Add(vectors []float32) (first int, err error) {
	if len(vectors)%t.dim != 0 {
		panic("nearest: Add of a part of a vector")
	}
	for i := 0; i < len(vectors); i += t.dim {
		if _, err := norm(vectors[i:][:t.dim]); err != nil {
			return 0, fmt.Errorf("vector %d: %w", i/t.dim, err)
		}
	}
	first = t.ids
	for ; len(vectors) > 0; vectors = vectors[t.dim:] {
		if t.ids%blockRows == 0 {
			none := new([blockRows]float32)
			for i := range none {
				none[i] = float32(math.NaN())
			}
			t.norms = append(t.norms, none)
			t.newRows()
		}
		t.ids++
		t.put(t.ids-1, vectors[:t.dim])
	}
	return first, nil
}

// Put gives an id that Add has returned a vector, in place of the one that it has,
// if any. It returns an error and changes nothing where Add would. It panics if there
// is no such id, or the length is not the dimension.
func (t *table) Put(id int, vector []float32) error {
	if len(vector) != t.dim {
		panic("nearest: Put of a vector of another dimension")
	}
	if _, err := norm(vector); err != nil {
		return err
	}
	t.Remove(id)
	t.put(id, vector)
	return nil
}

// put gives an id without a vector a vector.
func (t *table) put(id int, vector []float32) {
	*t.norm(id) = t.set(id, vector)
	t.live++
}

// Remove removes the vector of an id, if it has one. Put can use the id again. It
// panics if there is no such id.
func (t *table) Remove(id int) {
	if id < 0 || id >= t.ids {
		panic("nearest: no such id")
	}
	if n := t.norm(id); *n == *n {
		*n = float32(math.NaN())
		t.live--
	}
}

func (t *table) norm(id int) *float32 { return &t.norms[id/blockRows][id%blockRows] }

func (t *table) blocks() int { return len(t.norms) }

// split returns the queries that a slice has one after the other.
func (t *table) split(queries []float32) [][]float32 {
	if len(queries)%t.dim != 0 {
		panic("nearest: queries of another dimension")
	}
	s := make([][]float32, len(queries)/t.dim)
	for i := range s {
		s[i] = queries[i*t.dim:][:t.dim]
	}
	return s
}
