package nn

// Attention is scaled dot-product attention,
//
//	softmax(scale·q·kᵀ + bias)·v
//
// for each head of each sequence.
type Attention struct {
	Heads  int
	Scale  float32 // usually 1/√(columns of a head)
	Causal bool    // no row sees those after it
}

// Apply computes dst from queries, keys and values, whose rows are the tokens of
// sequences of the given lengths, one after the other, and whose columns are
// those of the heads, one after the other. dst may not share memory with them.
//
// bias returns what is added to the scores of a head of a sequence, queries ×
// keys, or a Matrix without Data if that is nothing; it is called from several
// goroutines. It may be nil.
func (a *Attention) Apply(c *Context, dst, q, k, v Matrix, lengths []int, bias func(sequence, head int) Matrix) {
	starts := make([]int, len(lengths)+1)
	for i, n := range lengths {
		starts[i+1] = starts[i] + n
	}
	if starts[len(lengths)] != q.Rows || k.Rows != q.Rows || v.Rows != q.Rows || dst.Rows != q.Rows ||
		q.Cols%a.Heads != 0 || k.Cols != q.Cols || v.Cols%a.Heads != 0 || dst.Cols != v.Cols {
		panic("nn: Attention of matrices that do not fit")
	}
	dq, dv := q.Cols/a.Heads, v.Cols/a.Heads
	c.Split(len(lengths)*a.Heads, 1, func(c *Context, from, to int) {
		for i := from; i < to; i++ {
			sequence, head := i/a.Heads, i%a.Heads
			start, end := starts[sequence], starts[sequence+1]
			var b Matrix
			if bias != nil {
				b = bias(sequence, head)
			}
			a.head(c, dst.section(start, end, head*dv, (head+1)*dv), q.section(start, end, head*dq, (head+1)*dq),
				k.section(start, end, head*dq, (head+1)*dq), v.section(start, end, head*dv, (head+1)*dv), b)
		}
	})
}

// scoresFloats is about how many scores are held at a time.
const scoresFloats = 64 << 10

// head computes one head of one sequence.
func (a *Attention) head(c *Context, dst, q, k, v, bias Matrix) {
	n := q.Rows
	if n == 0 {
		return
	}
	if bias.Data != nil && (bias.Rows != n || bias.Cols != n || bias.Transposed) {
		panic("nn: Attention with a bias that does not fit")
	}
	mark := c.Mark()
	keys := factor{b: c.Floats(k.Cols * roundUp(n, panelCols)), step: panelCols, panel: k.Cols * panelCols}
	pack(keys.b, k.T())
	values := factor{b: v.Data, step: v.Stride, panel: panelCols}
	rows := min(n, max(scoresFloats/n/maxRows, 1)*maxRows)
	buffer := c.Floats(rows * n)
	for from := 0; from < n; from += rows {
		to, seen := min(from+rows, n), n
		if a.Causal {
			seen = to
		}
		scores := NewMatrix(buffer, to-from, seen)
		o := output{alpha: a.Scale}
		if bias.Data != nil {
			o.add = bias.section(from, to, 0, seen)
		}
		product(c, scores, q.RowsOf(from, to), &keys, &o)
		for t := range scores.Rows {
			row := scores.Row(t)
			if a.Causal {
				clear(row[from+t+1:])
				row = row[:from+t+1]
			}
			softmax(row)
		}
		product(c, dst.RowsOf(from, to), scores, &values, &output{alpha: 1})
	}
	c.Release(mark)
}
