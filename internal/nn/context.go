package nn

import "unsafe"

// Context is what a forward pass runs in: scratch memory, which is kept for the
// next pass, and workers. It is not safe for concurrent use.
type Context struct {
	workers int
	chunks  [][]float32
	chunk   int // the one in use
	used    int // of that chunk
	passed  int // size of chunks that were free but too small, and so are of no use
	helpers []*helper
	work    work  // of the Split that is going on
	strip   strip // of the product that is being computed
	offsets []int // of a convolution
}

// NewContext returns a Context that splits its work over up to workers
// goroutines.
func NewContext(workers int) *Context { return &Context{workers: max(workers, 1)} }

// Workers returns the number of goroutines that work is split over.
func (c *Context) Workers() int { return c.workers }

const (
	chunkFloats = 1 << 18 // 1 MiB
	cacheLine   = 16      // values in one
)

// aligned returns n zeros that begin on a cache line.
func aligned(n int) []float32 {
	x := make([]float32, n+cacheLine-1)
	at := 0
	for n > 0 && uintptr(unsafe.Pointer(&x[at]))%(4*cacheLine) != 0 {
		at++
	}
	return x[at : at+n : at+n]
}

// Floats returns scratch memory for n values. What it holds at first is not
// defined. It begins on a cache line.
func (c *Context) Floats(n int) []float32 {
	n, size := roundUp(n, cacheLine), n
	for c.chunk < len(c.chunks) {
		if chunk := c.chunks[c.chunk]; len(chunk)-c.used >= n {
			c.used += n
			return chunk[c.used-n : c.used-n+size : c.used-n+size]
		}
		if c.used == 0 {
			c.passed += len(c.chunks[c.chunk])
		}
		c.chunk++
		c.used = 0
	}
	c.chunks = append(c.chunks, aligned(max(n, chunkFloats)))
	c.used = n
	return c.chunks[c.chunk][:size:size]
}

// Matrix returns a matrix in scratch memory.
func (c *Context) Matrix(rows, cols int) Matrix {
	return NewMatrix(c.Floats(rows*cols), rows, cols)
}

// Mark is a state of the scratch memory.
type Mark struct{ chunk, used int }

// Mark returns the state to which Release may go back.
func (c *Context) Mark() Mark { return Mark{c.chunk, c.used} }

// Release gives up what was handed out since m.
//
// If that is everything, and much of the memory was of no use since its chunks were
// too small, they become one: or passes of different sizes would leave behind more
// and more of it.
func (c *Context) Release(m Mark) {
	c.chunk, c.used = m.chunk, m.used
	if m != (Mark{}) {
		return
	}
	size := 0
	for _, chunk := range c.chunks {
		size += len(chunk)
	}
	if c.passed > size/4 {
		c.chunks = nil // free for what follows
		c.chunks = [][]float32{aligned(max(size-c.passed, size/2))}
	}
	c.passed = 0
}

// Bytes returns the size of the scratch memory, in use or not: about the most that
// was in use at a time.
func (c *Context) Bytes() int {
	n := 0
	for _, chunk := range c.chunks {
		n += 4 * len(chunk)
	}
	for _, h := range c.helpers {
		n += h.context.Bytes()
	}
	return n
}
