package nn

// Blocks of a matrix product. A sum over k is cut every blockK terms: so long a
// strip of the left factor, in 12 rows, and a few columns of the right one fit
// the first-level cache. blockFloats of the right factor fit the second-level
// cache with room to spare; they are used for all strips of rows before the next.
const (
	blockK      = 512
	blockFloats = 128 << 10
)

// atOnce are the offsets of one run.
var atOnce = []int{0}

// factor is the right factor of a matrix product in one of the layouts that
// strips read.
type factor struct {
	storage Storage
	b       []float32 // one of these three
	half    []uint16
	octets  []int8
	step    int // as bStep and bPanel of strip
	panel   int

	matrix Matrix    // if buffer is not nil: packed block by block into it
	buffer []float32 // of blockSize(k, n)
}

// blockCols returns the number of columns of a block of k × n values.
func blockCols(k, n int) int {
	most := max(blockFloats/max(min(k, blockK), 1), 4*panelCols)
	blocks := max((n+most-1)/most, 1)
	return roundUp((n+blocks-1)/blocks, 2*panelCols)
}

// blockSize returns the size of a buffer for blocks of k × n values.
func blockSize(k, n int) int { return min(k, blockK) * min(blockCols(k, n), roundUp(n, panelCols)) }

func roundUp(n, multiple int) int { return (n + multiple - 1) / multiple * multiple }

// block lets s read rows [k0, k1) of columns [n0, n1).
func (f *factor) block(s *strip, k0, k1, n0, n1 int) {
	s.k, s.n = k1-k0, n1-n0
	if s.k == 0 {
		return
	}
	if f.buffer != nil {
		pack(f.buffer, f.matrix.section(k0, k1, n0, n1))
		s.b, s.bStep, s.bPanel = f.buffer, panelCols, s.k*panelCols
		return
	}
	s.bStep, s.bPanel = f.step, f.panel
	at := n0/panelCols*f.panel + k0*f.step
	switch f.storage {
	case Float32:
		s.b = f.b[at:]
	case Float16, BFloat16:
		s.half = f.half[at:]
	case Int8:
		s.octets = f.octets[at:]
	}
}

// colsFrom returns the factor without the columns before from, a multiple of 16.
func (f factor) colsFrom(from int) factor {
	at := from / panelCols * f.panel
	switch f.storage {
	case Float32:
		f.b = f.b[min(at, len(f.b)):]
	case Float16, BFloat16:
		f.half = f.half[min(at, len(f.half)):]
	case Int8:
		f.octets = f.octets[min(at, len(f.octets)):]
	}
	return f
}

// pack writes b in panels of 16 columns, the last filled up with zeros.
func pack(dst []float32, b Matrix) {
	k := b.Rows
	if k == 0 {
		return
	}
	for j := 0; j < b.Cols; j += panelCols {
		n := min(panelCols, b.Cols-j)
		panel := dst[:k*panelCols]
		dst = dst[k*panelCols:]
		if b.Transposed {
			transpose(panel, panelCols, b.Data[j*b.Stride:], b.Stride, n, k)
		} else if n < panelCols || !gather16(panel, b.Data[j:], k, b.Stride) {
			for l := range k {
				copy(panel[l*panelCols:][:panelCols], b.Data[l*b.Stride+j:][:n])
			}
		}
		if n < panelCols {
			for l := range k {
				clear(panel[l*panelCols+n : (l+1)*panelCols])
			}
		}
	}
}

// transpose writes the transpose of rows × cols values.
func transpose(dst []float32, dstStride int, src []float32, srcStride, rows, cols int) {
	i := 0
	for ; i+8 <= rows; i += 8 {
		done := cols &^ 7
		if !transpose8(dst[i:], src[i*srcStride:], done, dstStride, srcStride) {
			break
		}
		for r := i; r < i+8; r++ {
			for j := done; j < cols; j++ {
				dst[j*dstStride+r] = src[r*srcStride+j]
			}
		}
	}
	for ; i < rows; i++ {
		for j, v := range src[i*srcStride:][:cols] {
			dst[j*dstStride+i] = v
		}
	}
}

// output says what becomes of the sums of a matrix product:
//
//	act(scale·sum + add + bias)
type output struct {
	scale []float32 // for each column; nil: alpha
	alpha float32
	add   Matrix    // no Data: nothing; may be the matrix written to
	bias  []float32 // nil: none
	act   Activation
}

// cols returns what is for columns [from, to).
func (o output) cols(from, to int) output {
	if o.scale != nil {
		o.scale = o.scale[from:to]
	}
	if o.bias != nil {
		o.bias = o.bias[from:to]
	}
	if o.add.Data != nil {
		o.add = o.add.ColsOf(from, to)
	}
	return o
}

// product computes dst from a and the columns of b, on one worker.
func product(c *Context, dst, a Matrix, b *factor, o *output) {
	if dst.Rows == 0 || dst.Cols == 0 {
		return
	}
	mark := c.Mark()
	strips := (dst.Rows + stripRows() - 1) / stripRows()
	width := blockCols(a.Cols, dst.Cols)
	var left Matrix // copy of the strip of a, where it cannot be read in place
	if a.Transposed || collides(a.Stride) && dst.Rows > 8 && dst.Cols > 2*panelCols {
		left = c.Matrix((dst.Rows+strips-1)/strips, min(a.Cols, blockK)+panelCols)
	}
	s := &c.strip
	s.alpha, s.cStride, s.offsets = o.alpha, dst.Stride, atOnce
	for n0 := 0; n0 < dst.Cols; n0 += width {
		n1 := min(n0+width, dst.Cols)
		if o.scale != nil {
			s.scale = o.scale[n0:n1]
		}
		for k0 := 0; ; k0 += blockK {
			k1 := min(k0+blockK, a.Cols)
			b.block(s, k0, k1, n0, n1)
			first, last := k0 == 0, k1 == a.Cols
			if o.bias != nil && last {
				s.bias = o.bias[n0:n1]
			}
			for i := range strips {
				r0, r1 := i*dst.Rows/strips, (i+1)*dst.Rows/strips
				s.c = dst.Data[r0*dst.Stride+n0:]
				switch {
				case !first:
					s.add, s.addStride = s.c, dst.Stride
				case o.add.Data != nil:
					s.add, s.addStride = o.add.Data[r0*o.add.Stride+n0:], o.add.Stride
				default:
					s.add = nil
				}
				switch {
				case s.k == 0:
				case left.Data != nil:
					copyStrip(left, a, r0, r1, k0, k1)
					s.a, s.aStride = left.Data, left.Stride
				default:
					s.a, s.aStride = a.Data[r0*a.Stride+k0:], a.Stride
				}
				s.run(b.storage, r1-r0)
				if last && o.act != Identity {
					for r := r0; r < r1; r++ {
						o.act.Apply(dst.Data[r*dst.Stride+n0 : r*dst.Stride+n1])
					}
				}
			}
			if last {
				break
			}
		}
		s.bias = nil
	}
	*s = strip{} // which keeps nobody's memory
	c.Release(mark)
}

// collides reports whether rows so far apart are in so few sets of a first-level
// cache (rows 4 KiB apart are in one) that a strip of them does not stay there.
func collides(stride int) bool { return stride%512 == 0 }

// copyStrip copies rows [r0, r1) of columns [k0, k1) of a.
func copyStrip(dst, a Matrix, r0, r1, k0, k1 int) {
	if a.Transposed {
		for k := k0; k < k1; k += 8 {
			n := min(8, k1-k)
			transpose(dst.Data[k-k0:], dst.Stride, a.Data[k*a.Stride+r0:], a.Stride, n, r1-r0)
		}
		return
	}
	for r := r0; r < r1; r++ {
		copy(dst.Row(r-r0), a.Data[r*a.Stride+k0:r*a.Stride+k1])
	}
}

// tinyProduct is the number of multiplications that are not worth a second
// worker; a part for one worker is not made smaller than that if there are many.
const tinyProduct = 1 << 18

// splitProduct cuts an m × n result of sums of k terms into parts for the
// workers: along the longer side, so that what all of them have to read is the
// shorter factor, and if that does not give enough parts along the other one too.
func splitProduct(c *Context, m, n, k int, f func(c *Context, r0, r1, n0, n1 int)) {
	want := min(4*c.Workers(), max(c.Workers(), m*n*k/tinyProduct))
	rows, cols := (m+stripRows()-1)/stripRows(), (n+2*panelCols-1)/(2*panelCols)
	var rowParts, colParts int
	if n > m {
		colParts = min(cols, want)
		rowParts = min(rows, (want+colParts-1)/colParts)
	} else {
		rowParts = min(rows, want)
		colParts = min(cols, (want+rowParts-1)/rowParts)
	}
	c.Split(rowParts*colParts, 1, func(c *Context, from, to int) {
		for i := from; i < to; i++ {
			r, j := i%rowParts, i/rowParts
			f(c, r*m/rowParts, (r+1)*m/rowParts,
				j*cols/colParts*2*panelCols, min((j+1)*cols/colParts*2*panelCols, n))
		}
	})
}
