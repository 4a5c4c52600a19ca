package nn

// Matrix is a view of a matrix in memory. Element (i, j) is Data[i*Stride+j], or
// Data[j*Stride+i] if Transposed.
type Matrix struct {
	Data       []float32
	Rows, Cols int
	Stride     int
	Transposed bool
}

// NewMatrix views data as rows × cols values without gaps.
func NewMatrix(data []float32, rows, cols int) Matrix {
	if len(data) < rows*cols {
		panic("nn: too few values for a matrix")
	}
	return Matrix{Data: data[:rows*cols], Rows: rows, Cols: cols, Stride: cols}
}

// T returns the transpose, a view.
func (m Matrix) T() Matrix {
	m.Rows, m.Cols, m.Transposed = m.Cols, m.Rows, !m.Transposed
	return m
}

// Row returns row i of a matrix that is not transposed.
func (m Matrix) Row(i int) []float32 {
	if m.Transposed {
		panic("nn: row of a transposed matrix")
	}
	return m.Data[i*m.Stride : i*m.Stride+m.Cols : i*m.Stride+m.Cols]
}

// RowsOf returns rows [from, to), a view.
func (m Matrix) RowsOf(from, to int) Matrix { return m.section(from, to, 0, m.Cols) }

// ColsOf returns columns [from, to), a view.
func (m Matrix) ColsOf(from, to int) Matrix { return m.section(0, m.Rows, from, to) }

func (m Matrix) section(r0, r1, c0, c1 int) Matrix {
	if m.Transposed {
		return m.T().section(c0, c1, r0, r1).T()
	}
	if r0 < 0 || r0 > r1 || r1 > m.Rows || c0 < 0 || c0 > c1 || c1 > m.Cols {
		panic("nn: section outside a matrix")
	}
	s := Matrix{Rows: r1 - r0, Cols: c1 - c0, Stride: m.Stride}
	if s.Rows > 0 && s.Cols > 0 {
		s.Data = m.Data[r0*m.Stride+c0 : (r1-1)*m.Stride+c1]
	}
	return s
}

func (m Matrix) at(i, j int) float32 {
	if m.Transposed {
		i, j = j, i
	}
	return m.Data[i*m.Stride+j]
}
