package nn

// Gemm computes dst = alpha·a·b + beta·dst. The factors may be transposed views;
// dst may not, and may not share memory with them. With beta 0 what dst held does
// not matter.
func Gemm(c *Context, dst, a, b Matrix, alpha, beta float32) {
	if a.Cols != b.Rows || dst.Rows != a.Rows || dst.Cols != b.Cols || dst.Transposed {
		panic("nn: Gemm of matrices that do not fit")
	}
	if c.Workers() == 1 || dst.Rows*dst.Cols*a.Cols < tinyProduct {
		gemm(c, dst, a, b, alpha, beta)
		return
	}
	gemmParts(c, dst, a, b, alpha, beta)
}

func gemmParts(c *Context, dst, a, b Matrix, alpha, beta float32) {
	splitProduct(c, dst.Rows, dst.Cols, a.Cols, func(c *Context, r0, r1, n0, n1 int) {
		gemm(c, dst.section(r0, r1, n0, n1), a.RowsOf(r0, r1), b.ColsOf(n0, n1), alpha, beta)
	})
}

// gemm is Gemm on one worker.
func gemm(c *Context, dst, a, b Matrix, alpha, beta float32) {
	o := output{alpha: alpha}
	if beta != 0 {
		o.add = dst
		if beta != 1 {
			for i := range dst.Rows {
				row := dst.Row(i)
				for j := range row {
					row[j] *= beta
				}
			}
		}
	}
	mark := c.Mark()
	f := rightFactor(c, b, dst.Rows)
	product(c, dst, a, &f, &o)
	c.Release(mark)
}

// rightFactor returns b for a product with so many rows: as it is, if it is
// small or used only a few times, or to be packed in blocks.
func rightFactor(c *Context, b Matrix, rows int) factor {
	if !b.Transposed && (rows <= 2*maxRows || b.Rows*b.Cols <= 16<<10) {
		return factor{b: b.Data, step: b.Stride, panel: panelCols}
	}
	return factor{matrix: b, buffer: c.Floats(blockSize(b.Rows, b.Cols))}
}
