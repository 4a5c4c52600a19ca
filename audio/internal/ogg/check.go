package ogg

import (
	"fmt"
	"io"
)

// checker passes pages on.
type checker struct {
	pages *Reader
	open  map[uint32]bool // streams whose last page has not been seen
	rest  []byte          // of the page
	err   error
}

// NewChecker returns a reader of the pages of r that ends with an error before
// the first page that is damaged, or if a stream has no last page. It is for
// decoders that would not notice.
func NewChecker(r io.Reader) io.Reader {
	return &checker{pages: NewReader(r), open: map[uint32]bool{}}
}

func (c *checker) Read(p []byte) (int, error) {
	for len(c.rest) == 0 {
		if c.err != nil {
			return 0, c.err
		}
		var page *Page
		page, c.err = c.pages.Next()
		switch {
		case c.err == nil && page.Last:
			delete(c.open, page.Serial)
		case c.err == nil:
			c.open[page.Serial] = true
		case c.err == io.EOF && len(c.open) > 0:
			c.err = fmt.Errorf("%w: the last page is missing", io.ErrUnexpectedEOF)
		}
		if c.err == nil {
			c.rest = page.Raw
		}
	}
	n := copy(p, c.rest)
	c.rest = c.rest[n:]
	return n, nil
}
