package autodiff

import (
	"github.com/soundspace/soundspace/internal/f32"
	"github.com/soundspace/soundspace/internal/nn"
)

// rowGrain is how many rows of so many columns are worth a worker's turn.
func rowGrain(cols int) int { return max(1, 4096/max(cols, 1)) }

// columnGrain is how many columns a worker takes at a time of what is summed over
// rows: some cache lines.
const columnGrain = 64

// forRows calls f for each row of a matrix of so many columns.
func (t *Tape) forRows(rows, cols int, f func(i int)) {
	t.c.Split(rows, rowGrain(cols), func(_ *nn.Context, from, to int) {
		for i := from; i < to; i++ {
			f(i)
		}
	})
}

// collect adds to the gradient of v, if it has one, what f writes row by row.
func (t *Tape) collect(v *Value, f func(dst []float32, i int)) {
	if !v.needs {
		return
	}
	g, fresh := t.gradient(v)
	t.c.Split(v.Rows, rowGrain(v.Cols), func(c *nn.Context, from, to int) {
		row := c.Floats(v.Cols)
		for i := from; i < to; i++ {
			if fresh {
				f(g.Row(i), i)
				continue
			}
			f(row, i)
			f32.Add(g.Row(i), row)
		}
	})
}

// pass adds the gradient of y to that of v, if it has one, after f, which may be nil,
// has changed each row. It must be the last that is done with the gradient of y: if v
// had none so far, it takes over its memory.
func (t *Tape) pass(v, y *Value, f func(g []float32, i int)) {
	switch dy := y.Grad(); {
	case v.needs && v.grad == nil:
		v.grad, y.grad = y.grad, nil
		if f != nil {
			t.forRows(v.Rows, v.Cols, func(i int) { f(dy.Row(i), i) })
		}
	default:
		t.collect(v, func(dst []float32, i int) {
			copy(dst, dy.Row(i))
			if f != nil {
				f(dst, i)
			}
		})
	}
}

// starts returns where the sequences of the given lengths start, and after them where
// the last one ends. It panics unless that is after so many rows.
func starts(operation string, lengths []int, rows int) []int {
	at := make([]int, len(lengths)+1)
	for i, n := range lengths {
		if n < 0 {
			panic("autodiff: " + operation + " of a sequence of negative length")
		}
		at[i+1] = at[i] + n
	}
	if at[len(lengths)] != rows {
		panic("autodiff: " + operation + " of sequences that are not the rows of the input")
	}
	return at
}

// Rows returns the rows of x with the given indices, which must not change until
// the tape is reset. A row may be taken several times, or not at all.
func (t *Tape) Rows(x *Value, indices []int) *Value {
	y := t.value(len(indices), x.Cols, x)
	for i, from := range indices {
		copy(y.Row(i), x.Row(from))
	}
	t.record(y, func(dy nn.Matrix) {
		g, fresh := t.gradient(x)
		if fresh {
			clear(g.Data)
		}
		for i, to := range indices {
			f32.Add(g.Row(to), dy.Row(i))
		}
	})
	return y
}

// MeanRows returns the means over sequences of the given lengths, whose rows are
// one after the other in x: a row for each. That of a sequence of length 0 is 0.
func (t *Tape) MeanRows(x *Value, lengths []int) *Value {
	at := starts("MeanRows", lengths, x.Rows)
	y := t.value(len(lengths), x.Cols, x)
	each := func(f func(r0, r1, i int)) {
		t.c.Split(len(lengths), 4, func(_ *nn.Context, from, to int) {
			for i := from; i < to; i++ {
				f(at[i], at[i+1], i)
			}
		})
	}
	each(func(r0, r1, i int) {
		row := y.Row(i)
		clear(row)
		for r := r0; r < r1; r++ {
			f32.AddScaled(row, 1/float32(r1-r0), x.Row(r))
		}
	})
	t.record(y, func(dy nn.Matrix) {
		g, fresh := t.gradient(x)
		each(func(r0, r1, i int) {
			for r := r0; r < r1; r++ {
				if fresh {
					clear(g.Row(r))
				}
				f32.AddScaled(g.Row(r), 1/float32(r1-r0), dy.Row(i))
			}
		})
	})
	return y
}
