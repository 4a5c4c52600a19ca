package autodiff

import (
	"github.com/soundspace/soundspace/internal/f32"
	"github.com/soundspace/soundspace/internal/nn"
)

// Embedding returns the rows of a table [n, columns] with the given numbers, which
// must be in [0, n) and not change until the tape is reset.
func (t *Tape) Embedding(ids []int32, table *Param) *Value {
	table.mustBe(0, 0)
	cols := table.Shape[1]
	y := t.value(len(ids), cols)
	y.uses(table)
	t.forRows(y.Rows, cols, func(i int) {
		copy(y.Row(i), table.Data[int(ids[i])*cols:][:cols])
	})
	t.record(y, func(dy nn.Matrix) {
		t.c.Split(cols, columnGrain, func(_ *nn.Context, from, to int) {
			for i, id := range ids {
				f32.Add(table.Grad[int(id)*cols:][from:to], dy.Row(i)[from:to])
			}
		})
	})
	return y
}

// Positions adds to x, whose rows are those of sequences of the given lengths, one
// after the other, the rows of a table [most, columns]: the first to the first row
// of each sequence, and so on.
func (t *Tape) Positions(x *Value, lengths []int, table *Param) *Value {
	table.mustBe(0, x.Cols)
	at := starts("Positions", lengths, x.Rows)
	y := t.value(x.Rows, x.Cols, x)
	y.uses(table)
	row := func(data []float32, i int) []float32 { return data[i*x.Cols : (i+1)*x.Cols] }
	t.c.Split(len(lengths), 4, func(_ *nn.Context, from, to int) {
		for s := from; s < to; s++ {
			for i := at[s]; i < at[s+1]; i++ {
				copy(y.Row(i), x.Row(i))
				f32.Add(y.Row(i), row(table.Data, i-at[s]))
			}
		}
	})
	t.record(y, func(dy nn.Matrix) {
		if table.Grad != nil {
			t.c.Split(x.Cols, columnGrain, func(_ *nn.Context, from, to int) {
				for s := range lengths {
					for i := at[s]; i < at[s+1]; i++ {
						f32.Add(row(table.Grad, i-at[s])[from:to], dy.Row(i)[from:to])
					}
				}
			})
		}
		t.pass(x, y, nil)
	})
	return y
}
