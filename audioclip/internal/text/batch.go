package text

import (
	"github.com/soundspace/soundspace/audioclip/internal/params"
	"github.com/soundspace/soundspace/internal/nn"
)

// maxTokens is how many tokens go through a network at once: enough to keep its
// matrix products fast, and few enough to bound the memory of a pass.
const maxTokens = 1024

// encode calls pass for runs of texts of at most maxTokens tokens together, or for
// one text, with the rows of dst that belong to them. lengths are the numbers of
// tokens. What pass takes from the scratch memory is given back after it.
func encode(c *nn.Context, dst nn.Matrix, texts [][]int, lengths []int, pass func(dst nn.Matrix, texts [][]int, lengths []int, tokens int)) {
	if dst.Rows != len(texts) {
		panic("text: as many rows are needed as there are texts")
	}
	for from := 0; from < len(texts); {
		to, tokens := from+1, lengths[from]
		for to < len(texts) && tokens+lengths[to] <= maxTokens {
			tokens += lengths[to]
			to++
		}
		mark := c.Mark()
		pass(dst.RowsOf(from, to), texts[from:to], lengths[from:to], tokens)
		c.Release(mark)
		from = to
	}
}

// embed sets the rows of x to the vectors of the first tokens of each text, as many
// as its length says, and of their places.
func embed(x nn.Matrix, texts [][]int, lengths []int, words *params.Embedding, positions nn.Matrix) {
	row := 0
	for i, n := range lengths {
		for p, id := range texts[i][:n] {
			words.Row(x.Row(row+p), id)
			add(x.Row(row+p), positions.Row(p))
		}
		row += n
	}
}

// takeLast sets the rows of dst to the last ones of the sequences in x.
func takeLast(dst, x nn.Matrix, lengths []int) {
	row := 0
	for i, n := range lengths {
		row += n
		copy(dst.Row(i), x.Row(row-1))
	}
}

func add(dst, x []float32) {
	for i, v := range x {
		dst[i] += v
	}
}
