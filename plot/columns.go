package plot

import (
	"math"
	"math/bits"

	"github.com/soundspace/soundspace/internal/f32"
)

// columns reduces the frames of one channel to the columns of a picture, by
// maximum, as they come.
//
// Frames are gathered in slots, num/den of a slot each. When the number of
// frames is known, and larger than that of the columns, slots are the columns.
// When it is not, a slot starts as a single frame, and whenever there are
// slotsPerColumn times as many slots as columns, neighbours are merged. A slot
// is then at most 2/slotsPerColumn = 1/4 column wide, and the middle of a frame
// at most 1/8 column from that of its slot.
//
// The frames of the last slot are gathered bin by bin, as vectors, and become
// pixel rows when the slot is complete.
type columns struct {
	width, height int
	rows          []span // bins of each pixel row, lowest frequency first
	num, den      int64
	frames        int64
	max           []float32 // slot by slot, height values each
	last          []float32 // the bins of the last slot
	empty         []float32 // -Inf, as many values as a slot or a frame has
}

const slotsPerColumn = 8

// maxFrames keeps the products of counts below within 64 bits.
const maxFrames = 1 << 40

func newColumns(width int, rows []span, bins int, frames int64) columns {
	c := columns{width: width, height: len(rows), rows: rows, num: 1, den: 1}
	if frames > int64(width) {
		c.num, c.den = int64(width), frames
	}
	slots := slotsPerColumn * width
	if frames >= 0 {
		slots = int(min(frames, int64(width)))
	}
	c.max = make([]float32, 0, slots*c.height)
	c.last = make([]float32, bins)
	c.empty = make([]float32, max(bins, c.height))
	for i := range c.empty {
		c.empty[i] = float32(math.Inf(-1))
	}
	return c
}

// slots returns the number of slots in use.
func (c *columns) slots() int { return len(c.max) / c.height }

// add takes one frame.
func (c *columns) add(frame []float32) {
	slot := int((2*c.frames + 1) * c.num / (2 * c.den))
	c.frames++
	if slot >= slotsPerColumn*c.width {
		c.halve()
		slot /= 2
	}
	if slot >= c.slots() {
		c.settle()
		for c.slots() <= slot {
			c.max = append(c.max, c.empty[:c.height]...)
		}
		copy(c.last, c.empty)
	}
	f32.Max(c.last, frame)
}

// settle puts what the last slot has gathered into its pixel rows. More frames
// may follow.
func (c *columns) settle() {
	if c.slots() == 0 {
		return
	}
	slot := c.max[len(c.max)-c.height:]
	for r, s := range c.rows {
		m := max(slot[r], c.last[s.lo], c.last[s.hi-1])
		for k := s.lo + 1; k < s.hi-1; k++ {
			m = max(m, c.last[k])
		}
		slot[r] = m
	}
}

// values returns what all slots hold, slot by slot.
func (c *columns) values() []float32 {
	c.settle()
	return c.max
}

// halve merges pairs of slots.
func (c *columns) halve() {
	c.settle()
	h := c.height
	n := (c.slots() + 1) / 2
	for i := range n {
		dst := c.max[i*h:][:h]
		copy(dst, c.max[2*i*h:])
		if 2*i+1 < c.slots() {
			f32.Max(dst, c.max[(2*i+1)*h:][:h])
		}
	}
	c.max = c.max[:n*h]
	c.den *= 2
}

// spans returns which slots make up each column of the picture of all frames
// so far: those whose middles lie in it, or else the one that its own middle
// lies in.
func (c *columns) spans() []span {
	w := uint64(c.width)
	num, den, frames := uint64(c.num), uint64(c.den), uint64(c.frames)
	out := make([]span, c.width)
	slots := c.slots()
	for i := range slots {
		// The middle of slot i is (2i+1)·den/(2·num) frames from the start.
		x := min(mulDiv((2*uint64(i)+1)*den, w, 2*num*frames), w-1)
		if out[x].hi == 0 {
			out[x].lo = int32(i)
		}
		out[x].hi = int32(i + 1)
	}
	for x := range out {
		if out[x].hi == 0 {
			i := int32(min(mulDiv((2*uint64(x)+1)*frames, num, 2*w*den), uint64(slots-1)))
			out[x] = span{i, i + 1}
		}
	}
	return out
}

// mulDiv returns a·b/c, rounded down, without overflow in between.
func mulDiv(a, b, c uint64) uint64 {
	hi, lo := bits.Mul64(a, b)
	q, _ := bits.Div64(hi, lo, c)
	return q
}
