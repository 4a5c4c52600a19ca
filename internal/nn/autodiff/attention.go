package autodiff

import (
	"github.com/soundspace/soundspace/internal/f32"
	"github.com/soundspace/soundspace/internal/nn"
)

// Attention returns scaled dot-product attention,
//
//	softmax(scale·q·kᵀ)·v
//
// for each head of each sequence, as nn.Attention computes it: rows are the tokens
// of sequences of the given lengths, one after the other, and columns those of the
// heads, one after the other. If causal, no token sees those after it.
func (t *Tape) Attention(q, k, v *Value, heads int, scale float32, causal bool, lengths []int) *Value {
	at := starts("Attention", lengths, q.Rows)
	y := t.value(q.Rows, v.Cols, q, k, v)
	a := nn.Attention{Heads: heads, Scale: scale, Causal: causal}
	a.Apply(t.c, y.Matrix, q.Matrix, k.Matrix, v.Matrix, lengths, nil)
	t.record(y, func(dy nn.Matrix) {
		// In the order in which they are written, if they are the same value.
		back := attentionBackward{Attention: a, dv: t.sink(v), dq: t.sink(q), dk: t.sink(k)}
		t.c.Split(len(lengths)*heads, 1, func(c *nn.Context, from, to int) {
			for i := from; i < to; i++ {
				if start, end := at[i/heads], at[i/heads+1]; start < end {
					back.head(c, start, end, i%heads, q, k, v, dy)
				}
			}
		})
	})
	return y
}

// sink is where a gradient is collected: nowhere without Data.
type sink struct {
	nn.Matrix
	beta float32 // what was there counts so much: 0 or 1
}

func (t *Tape) sink(v *Value) sink {
	if !v.needs {
		return sink{}
	}
	g, fresh := t.gradient(v)
	if fresh {
		return sink{g, 0}
	}
	return sink{g, 1}
}

type attentionBackward struct {
	nn.Attention
	dv, dq, dk sink
}

// head computes the gradients of one head of the sequence of rows [start, end). With
// the weights p = softmax(scale·q·kᵀ), which are computed again,
//
//	dv = pᵀ·dy,  dp = dy·vᵀ,  ds = p·(dp - Σp·dp)·scale,  dq = ds·k,  dk = dsᵀ·q
func (b *attentionBackward) head(c *nn.Context, start, end, head int, q, k, v *Value, dy nn.Matrix) {
	n := end - start
	of := func(m nn.Matrix) nn.Matrix {
		cols := m.Cols / b.Heads
		return m.RowsOf(start, end).ColsOf(head*cols, (head+1)*cols)
	}
	qh, kh, vh, dyh := of(q.Matrix), of(k.Matrix), of(v.Matrix), of(dy)
	mark := c.Mark()
	defer c.Release(mark)
	p, ds := c.Matrix(n, n), c.Matrix(n, n)
	nn.Gemm(c, p, qh, kh.T(), b.Scale, 0)
	for i := range n {
		row := p.Row(i)
		if b.Causal {
			clear(row[i+1:])
			row = row[:i+1]
		}
		f32.Softmax(row)
	}
	if b.dv.Data != nil {
		nn.Gemm(c, of(b.dv.Matrix), p.T(), dyh, 1, b.dv.beta)
	}
	if b.dq.Data == nil && b.dk.Data == nil {
		return
	}
	nn.Gemm(c, ds, dyh, vh.T(), 1, 0)
	for i := range n {
		d, p := ds.Row(i), p.Row(i)
		sum := f32.Dot(d, p)
		for j, w := range p {
			d[j] = w * (d[j] - sum)
		}
	}
	if b.dq.Data != nil {
		nn.Gemm(c, of(b.dq.Matrix), ds, kh, b.Scale, b.dq.beta)
	}
	if b.dk.Data != nil {
		nn.Gemm(c, of(b.dk.Matrix), ds.T(), qh, b.Scale, b.dk.beta)
	}
}
