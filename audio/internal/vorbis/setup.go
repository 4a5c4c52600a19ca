package vorbis

import (
	"fmt"
	"math"
	"math/bits"
)

// More than this no encoder comes near; within it, memory stays below 64 MiB
// and setting up takes no time to speak of.
const (
	maxEntries = 1 << 16 // of all codebooks
	maxValues  = 1 << 22
)

// setupChecker reads a setup header and checks that a decoder which trusts it
// comes to no harm.
type setupChecker struct {
	bits      bitReader
	channels  int
	blockSize [2]int

	entries, values int // of the codebooks so far
	books           []codebook
	floors          []floor
	residues        int
	mappings        [][]int // the floors that each mapping uses
	long            []bool  // of each mode
	classless       []int   // bit positions where a floor without classes would have them
}

type codebook struct {
	dimensions int
	vectors    bool // has values, and so can decode vectors
}

type floor struct{ maxX int }

func invalid(format string, args ...any) error {
	return fmt.Errorf("%w: setup: %s", ErrInvalid, fmt.Sprintf(format, args...))
}

func unsupported(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrUnsupported, fmt.Sprintf(format, args...))
}

// check reads the header in its order.
func (s *setupChecker) check() error {
	b := &s.bits
	parts := []struct {
		name      string
		countBits uint
		read      func() error
	}{
		{"codebook", 8, s.codebook},
		{"time domain transform", 6, s.zero16},
		{"floor", 6, s.floor},
		{"residue", 6, s.residue},
		{"mapping", 6, s.mapping},
		{"mode", 6, s.mode},
	}
	for _, part := range parts {
		for i := range b.read(part.countBits) + 1 {
			err := part.read()
			if err == nil && b.ended {
				err = invalid("it ends early")
			}
			if err != nil {
				return fmt.Errorf("%w, in %s %d", err, part.name, i)
			}
		}
	}
	if b.read(1) != 1 {
		return invalid("no framing bit")
	}
	return nil
}

// withClasses returns the header with a class for each floor that has none, as
// that of the bass channel in surround sound: the decoder reads one.
func (s *setupChecker) withClasses(header []byte) []byte {
	const class = 3 + 2 + 8 // bits, all 0: dimension 1, no subclasses, no book
	out := make([]byte, len(header)+(len(s.classless)*class+7)/8)
	to := 0
	for from, at := 0, s.classless; from < 8*len(header); from++ {
		for len(at) > 0 && at[0] == from {
			to += class
			at = at[1:]
		}
		out[to/8] |= header[from/8] >> (from % 8) & 1 << (to % 8)
		to++
	}
	return out
}

func (s *setupChecker) zero16() error {
	if v := s.bits.read(16); v != 0 {
		return invalid("%d where 0 is the only choice", v)
	}
	return nil
}

// book checks the number of a codebook.
func (s *setupChecker) book(n int) error {
	if n >= len(s.books) {
		return invalid("codebook %d of %d", n, len(s.books))
	}
	return nil
}

// codebook: section 3.2.1.
func (s *setupChecker) codebook() error {
	b := &s.bits
	if b.read(24) != 0x564342 {
		return invalid("no codebook where one should begin")
	}
	dimensions, entries := b.read(16), b.read(24)
	s.entries += entries
	if dimensions == 0 || entries == 0 {
		return invalid("%d entries of %d dimensions", entries, dimensions)
	}
	if s.entries > maxEntries {
		return unsupported("more than %d codebook entries", maxEntries)
	}
	used, space, err := s.codeLengths(entries)
	switch {
	case err != nil:
		return err
	case used < 2:
		return unsupported("codebook with %d entries in use", used)
	case space > 1<<32:
		return invalid("code with more words than fit")
	case space < 1<<32:
		return invalid("code with words missing")
	}
	lookup := b.read(4)
	s.books = append(s.books, codebook{dimensions, lookup > 0})
	if lookup == 0 {
		return nil
	}
	if lookup > 2 {
		return invalid("lookup of type %d", lookup)
	}
	s.values += entries * dimensions
	if s.values > maxValues {
		return unsupported("more than %d codebook values", maxValues)
	}
	b.skip(64)
	width := b.read(4) + 1
	b.skip(1)
	count := entries * dimensions
	if lookup == 1 {
		count = root(entries, dimensions)
		// The decoder rounds down what floating point gives for this root,
		// which for some cubes is too small by a hair.
		if int(math.Pow(float64(entries), 1/float64(dimensions))) != count {
			return unsupported("codebook of %d entries of %d dimensions", entries, dimensions)
		}
	}
	b.skip(count * width)
	return nil
}

// codeLengths reads the lengths of the code words. used is how many there are
// and space how much of the 2^32 words of 32 bits they are the beginning of.
func (s *setupChecker) codeLengths(entries int) (used int, space uint64, err error) {
	b := &s.bits
	if b.read(1) == 0 {
		sparse := b.read(1) == 1
		for range entries {
			if !sparse || b.read(1) == 1 {
				used++
				space += 1 << (32 - b.read(5) - 1)
			}
		}
		return used, space, nil
	}
	length := b.read(5) + 1
	for used < entries {
		n := b.read(ilog(entries - used))
		if n > entries-used || length > 32 {
			return 0, 0, invalid("%d code words of %d bits", n, length)
		}
		used += n
		space += uint64(n) << (32 - length)
		length++
	}
	return used, space, nil
}

// root returns the greatest r with r^n <= x.
func root(x, n int) int {
	if n >= bits.Len(uint(x)) {
		return 1
	}
	r := 1
	for power(r+1, n, x) <= x {
		r++
	}
	return r
}

// power returns x^n, or something greater than limit if x^n is.
func power(x, n, limit int) int {
	p := 1
	for range n {
		if p *= x; p > limit {
			break
		}
	}
	return p
}

// floor: sections 6.2.1 and 7.2.2.
func (s *setupChecker) floor() error {
	b := &s.bits
	switch kind := b.read(16); kind {
	case 0:
		return unsupported("floor of type 0")
	case 1:
	default:
		return invalid("floor of type %d", kind)
	}
	classOf := make([]int, b.read(5))
	classes := 0
	for i := range classOf {
		classOf[i] = b.read(4)
		classes = max(classes, classOf[i]+1)
	}
	if classes == 0 {
		s.classless = append(s.classless, b.pos)
	}
	dimensions := make([]int, classes)
	for i := range dimensions {
		dimensions[i] = b.read(3) + 1
		subclasses := b.read(2)
		if subclasses > 0 {
			if err := s.book(b.read(8)); err != nil {
				return err
			}
		}
		for range 1 << subclasses {
			if err := s.book(b.read(8) - 1); err != nil {
				return err
			}
		}
	}
	b.skip(2)
	width := uint(b.read(4))
	seen := map[int]bool{0: true, 1 << width: true}
	n := 2
	for _, class := range classOf {
		for range dimensions[class] {
			seen[b.read(width)] = true
			n++
		}
	}
	if len(seen) != n {
		return invalid("points that coincide")
	}
	s.floors = append(s.floors, floor{1 << width})
	return nil
}

// residue: section 8.6.1.
func (s *setupChecker) residue() error {
	b := &s.bits
	if kind := b.read(16); kind > 2 {
		return invalid("residue of type %d", kind)
	}
	begin, end, size := b.read(24), b.read(24), b.read(24)+1
	classes, classBook := b.read(6)+1, b.read(8)
	if end < begin {
		return invalid("residue from %d to %d", begin, end)
	}
	if err := s.book(classBook); err != nil {
		return err
	}
	cascade := make([]int, classes)
	for i := range cascade {
		cascade[i] = b.read(3)
		if b.read(1) == 1 {
			cascade[i] |= b.read(5) << 3
		}
	}
	for _, stages := range cascade {
		for range bits.OnesCount(uint(stages)) {
			n := b.read(8)
			if err := s.book(n); err != nil {
				return err
			}
			if book := s.books[n]; !book.vectors || size%book.dimensions != 0 {
				return invalid("partitions of %d with codebook %d", size, n)
			}
		}
	}
	s.residues++
	return nil
}

// mapping: section 4.2.4.
func (s *setupChecker) mapping() error {
	b := &s.bits
	if err := s.zero16(); err != nil {
		return err
	}
	submaps := 1
	if b.read(1) == 1 {
		submaps = b.read(4) + 1
	}
	if b.read(1) == 1 {
		width := ilog(s.channels - 1)
		for range b.read(8) + 1 {
			magnitude, angle := b.read(width), b.read(width)
			if magnitude == angle || magnitude >= s.channels || angle >= s.channels {
				return invalid("coupling of channels %d and %d, of %d", magnitude, angle, s.channels)
			}
		}
	}
	if b.read(2) != 0 {
		return invalid("reserved bits that are not 0")
	}
	if submaps > 1 {
		for range s.channels {
			if n := b.read(4); n >= submaps {
				return invalid("submap %d of %d", n, submaps)
			}
		}
	}
	floors := make([]int, submaps)
	for i := range floors {
		b.skip(8)
		floor, residue := b.read(8), b.read(8)
		if floor >= len(s.floors) || residue >= s.residues {
			return invalid("floor %d of %d, residue %d of %d", floor, len(s.floors), residue, s.residues)
		}
		floors[i] = floor
	}
	s.mappings = append(s.mappings, floors)
	return nil
}

// mode: section 4.2.4.
func (s *setupChecker) mode() error {
	b := &s.bits
	blockFlag := b.read(1)
	if window, transform := b.read(16), b.read(16); window != 0 || transform != 0 {
		return invalid("window of type %d, transform of type %d", window, transform)
	}
	mapping := b.read(8)
	if mapping >= len(s.mappings) {
		return invalid("mapping %d of %d", mapping, len(s.mappings))
	}
	for _, i := range s.mappings[mapping] {
		// The decoder draws the floor's curve to its end, even past the block's.
		if s.floors[i].maxX > s.blockSize[blockFlag]/2 {
			return unsupported("floor of %d points in a block of %d", s.floors[i].maxX, s.blockSize[blockFlag])
		}
	}
	s.long = append(s.long, blockFlag == 1)
	return nil
}

// ilog returns the number of bits of x.
func ilog(x int) uint { return uint(bits.Len(uint(x))) }

// bitReader reads bits, the lowest of each byte first.
type bitReader struct {
	data  []byte
	pos   int  // in bits
	ended bool // something was read past the end
}

// read reads n <= 24 bits; past the end they are 0.
func (b *bitReader) read(n uint) int {
	var v uint64
	for i := range 4 {
		if at := b.pos/8 + i; at < len(b.data) {
			v |= uint64(b.data[at]) << (8 * i)
		}
	}
	v >>= uint(b.pos % 8)
	b.skip(int(n))
	return int(v & (1<<n - 1))
}

func (b *bitReader) skip(n int) {
	b.pos += n
	b.ended = b.ended || b.pos > 8*len(b.data)
}
