package nn

// All matrix products are made of strips: a few rows of the left factor times a
// block of columns of the right one,
//
//	c[i][j] = scale[j]·Σ a[i][l]·b[l][j] + add[i][j] + bias[j]
//
// where the sum over l goes upwards, in one fused multiply-add after the other,
// starting from 0. So a value does not depend on the number of rows or columns of
// the strip, nor on the instruction set.
//
// The right factor is read in panels of 16 columns: element (l, j) is at
// j/16·bPanel + l·bStep + j%16. That is one cache line of float32 values for each
// l, and one vector of AVX-512, two of AVX2 or four of NEON. Packed weights have
// bStep 16, one panel after the other, the last filled up with zeros; a matrix
// that is used as it is has bPanel 16 and bStep its stride. The left factor is
// read where it is, one value of each row at a time: k of them from the first
// offset on, then k from the next one on, and so on.
//
// Strides and offsets are in elements.
type strip struct {
	c, a, add []float32 // add: nil if there is nothing to add; it may be c
	b         []float32 // the right factor: one of these three
	half      []uint16  // Float16 or BFloat16
	octets    []int8
	scale     []float32 // nil: alpha for all columns
	bias      []float32 // nil: none
	offsets   []int     // in a, of the runs of k terms
	cStride   int
	aStride   int
	addStride int
	bStep     int
	bPanel    int
	k, n      int // terms in a run; columns
	alpha     float32
}

// panelCols is the number of columns of a panel, maxRows the most rows that a
// kernel takes.
const (
	panelCols = 16
	maxRows   = 12
)

// kernels are the strips of one instruction set, which asm generates, one for
// each storage of the right factor and each number of rows. Another one needs
// such a table, its choice in bestKernels, and what strip_amd64.go has besides;
// forEachKernels in the tests then has to know it. A function that is nil is done
// without: see runGo, which says what all of them compute.
type kernels struct {
	rows      int // the most rows of a strip
	strip     [4][maxRows + 1]func(s *strip)
	depthwise [maxRows + 1]func(s *strip)
	across    [maxRows + 1]func(s *strip)
}

// stripRows returns the most rows that a strip is given.
func stripRows() int {
	if vector != nil {
		return vector.rows
	}
	return maxRows
}

// run computes a strip of rows.
func (s *strip) run(storage Storage, rows int) {
	if vector != nil {
		if f := vector.strip[storage][rows]; f != nil {
			f(s)
			return
		}
	}
	s.runGo(storage, rows)
}

// runDepthwise computes a strip of rows whose columns do not mix: a has as many as
// b, and
//
//	c[i][j] = scale[j]·Σ a[i][j + offset of l]·b[l][j] + add[i][j] + bias[j]
//
// with one term for each offset.
func (s *strip) runDepthwise(rows int) {
	if vector != nil {
		vector.depthwise[rows](s)
		return
	}
	s.runDepthwiseGo(rows)
}

// runAcross computes a strip of rows whose left factor is read across: the rows are
// side by side and their terms aStride apart,
//
//	c[i][j] = scale[j]·Σ a[l·aStride + i]·b[l][j] + add[i][j] + bias[j]
func (s *strip) runAcross(rows int) {
	if vector != nil {
		vector.across[rows](s)
		return
	}
	s.runAcrossGo(rows)
}
