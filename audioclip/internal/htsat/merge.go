package htsat

import (
	"github.com/soundspace/soundspace/audioclip/internal/params"
	"github.com/soundspace/soundspace/internal/nn"
)

// merge makes one token of 2×2, of twice the width: W·LN(the four in a row).
type merge struct {
	grid      int // before
	norm      *nn.LayerNorm
	reduction *nn.Linear
}

func newMerge(set *params.Set, grid, width int) *merge {
	return &merge{
		grid:      grid,
		norm:      set.LayerNorm("norm", 4*width, eps),
		reduction: set.LinearNoBias("reduction", 2*width, 4*width),
	}
}

// apply computes the tokens of dst from those of whole grids in x.
func (m *merge) apply(c *nn.Context, dst, x nn.Matrix) {
	half := m.grid / 2
	inGroups(c, dst.Rows, groupTokens, func(c *nn.Context, from, to int) {
		h := c.Matrix(to-from, 4*x.Cols)
		for i := range h.Rows {
			grid, at := (from+i)/(half*half), (from+i)%(half*half)
			first := grid*m.grid*m.grid + at/half*2*m.grid + at%half*2
			four := h.Row(i)
			for j, row := range [4]int{first, first + m.grid, first + 1, first + m.grid + 1} {
				copy(four[j*x.Cols:], x.Row(row))
			}
			m.norm.Row(four, four)
		}
		m.reduction.Apply(c, dst.RowsOf(from, to), h)
	})
}
