package audioclip

import (
	"fmt"
	"math"
)

// Matrix is a row-major matrix without gaps: element (i, j) is Data[i*Cols+j].
// Of embeddings, each row is one, of unit length.
type Matrix struct {
	Data       []float32
	Rows, Cols int
}

// NewMatrix returns a matrix of zeros.
func NewMatrix(rows, cols int) Matrix {
	return Matrix{Data: make([]float32, rows*cols), Rows: rows, Cols: cols}
}

// Row returns row i, a view.
func (m Matrix) Row(i int) []float32 { return m.Data[i*m.Cols : (i+1)*m.Cols : (i+1)*m.Cols] }

// Similarity returns the cosines of the rows of a (rows of the result) and the
// rows of b (its columns), in [-1, 1] but for rounding. Rows need not have unit
// length; the cosine with a row of zeros is 0. It panics if the columns of a and b
// differ in number: such embeddings come from different models.
func Similarity(a, b Matrix) Matrix {
	if a.Cols != b.Cols {
		panic(fmt.Sprintf("audioclip: similarity of vectors of %d and %d values", a.Cols, b.Cols))
	}
	lengths := func(m Matrix) []float64 {
		l := make([]float64, m.Rows)
		for i := range l {
			l[i] = math.Sqrt(dot(m.Row(i), m.Row(i)))
		}
		return l
	}
	la, lb := lengths(a), lengths(b)
	s := NewMatrix(a.Rows, b.Rows)
	for i := range a.Rows {
		for j := range b.Rows {
			if l := la[i] * lb[j]; l > 0 {
				s.Row(i)[j] = float32(dot(a.Row(i), b.Row(j)) / l)
			}
		}
	}
	return s
}

func dot(a, b []float32) float64 {
	var s0, s1 float64
	for i := 0; i+1 < len(a); i += 2 {
		s0 += float64(a[i]) * float64(b[i])
		s1 += float64(a[i+1]) * float64(b[i+1])
	}
	if n := len(a); n%2 == 1 {
		s0 += float64(a[n-1]) * float64(b[n-1])
	}
	return s0 + s1
}
