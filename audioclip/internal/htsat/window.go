package htsat

import "github.com/soundspace/soundspace/internal/nn"

// windows is a way to cut a grid of tokens, the rows of a matrix, into windows.
type windows struct {
	size  int // tokens of a window
	count int // windows of a grid
	// order has the rows of the tokens in the first window, then those in the
	// second, and so on.
	order []int
	// class tells which windows have the same mask: which of their tokens lie at
	// opposite edges of the grid, brought together by a shift that goes around.
	class   []int
	classes []mask
}

// mask tells, for pairs of tokens of a window, query by key, which do not belong
// together.
type mask []bool

// newWindows cuts a grid into windows of side × side after it was shifted up and
// to the left.
func newWindows(grid, side, shift int) *windows {
	across := grid / side
	w := &windows{size: side * side, count: across * across}
	// Windows at the lower or right edge hold tokens from two edges.
	for i := range w.count {
		class := 0
		if shift > 0 && i/across == across-1 {
			class = 2
		}
		if shift > 0 && i%across == across-1 {
			class++
		}
		w.class = append(w.class, class)
		for t := range w.size {
			y, x := i/across*side+t/side, i%across*side+t%side
			w.order = append(w.order, (y+shift)%grid*grid+(x+shift)%grid)
		}
	}
	beyond := side - shift // first row or column that came around
	for class := range 4 {
		if shift == 0 && class > 0 {
			break
		}
		m := make(mask, w.size*w.size)
		for q := range w.size {
			for k := range w.size {
				m[q*w.size+k] = class&2 != 0 && (q/side < beyond) != (k/side < beyond) ||
					class&1 != 0 && (q%side < beyond) != (k%side < beyond)
			}
		}
		w.classes = append(w.classes, m)
	}
	return w
}

// row returns the row of a token: grids lie one after the other, and so do the
// windows of each.
func (w *windows) row(window, token int) int {
	return window/w.count*len(w.order) + w.order[window%w.count*w.size+token]
}

// maskBias is added to the scores of tokens that do not belong together. It is not
// -Inf in the original either.
const maskBias = -100

// biases returns what is added to the scores of each class and head, query × key:
// the value that a table [places, heads] has for their relative position, and the
// mask.
func (w *windows) biases(table []float32, side, heads int) [][]nn.Matrix {
	all := make([][]nn.Matrix, len(w.classes))
	for class, mask := range w.classes {
		for h := range heads {
			m := nn.NewMatrix(make([]float32, w.size*w.size), w.size, w.size)
			for q := range w.size {
				row := m.Row(q)
				for k := range row {
					dy, dx := q/side-k/side, q%side-k%side
					row[k] = table[((dy+side-1)*(2*side-1)+dx+side-1)*heads+h]
					if mask[q*w.size+k] {
						row[k] += maskBias
					}
				}
			}
			all[class] = append(all[class], m)
		}
	}
	return all
}
