package tokenizer

import (
	"fmt"
	"math/bits"
)

// bpe is byte-level byte-pair encoding: a word is the sequence of its bytes, and the two neighbours that come first
// in the list of merges become one symbol, the leftmost such pair first, until no pair is in the list.
type bpe struct {
	symbol [256]int32 // of a byte
	last   [256]int32 // of a byte that ends a word; different where words end in a suffix (CLIP's </w>)
	merges mergeTable
	unk    int32 // for bytes that the vocabulary does not have; None leaves them out
	fuse   bool  // one unk for a run of them
}

// byteRunes are the characters that stand for the bytes in a vocabulary: the printable Latin-1 characters for
// themselves, and U+0100 and on for the others in order.
var byteRunes = func() (runes [256]rune) {
	next := rune(256)
	for b := range runes {
		switch r := rune(b); {
		case '!' <= r && r <= '~', '¡' <= r && r <= '¬', '®' <= r:
			runes[b] = r
		default:
			runes[b] = next
			next++
		}
	}
	return runes
}()

// newBPE takes the vocabulary and the merges, each two symbols, in order.
func newBPE(vocab map[string]int32, merges [][2]string, suffix string) (*bpe, error) {
	m := &bpe{unk: None, merges: newMergeTable(len(merges))}
	lookup := func(s string) int32 {
		if id, ok := vocab[s]; ok {
			return id
		}
		return None
	}
	for b, r := range byteRunes {
		m.symbol[b] = lookup(string(r))
		m.last[b] = lookup(string(r) + suffix)
	}
	for rank, merge := range merges {
		var ids [3]int32
		for k, s := range [3]string{merge[0], merge[1], merge[0] + merge[1]} {
			id, ok := vocab[s]
			if !ok {
				return nil, fmt.Errorf("merge %d (%q and %q): %q is not in the vocabulary", rank, merge[0], merge[1], s)
			}
			ids[k] = id
		}
		m.merges.put(ids[0], ids[1], int32(rank), ids[2])
	}
	return m, nil
}

// symbol is a node of the list that a word is while it is merged.
type symbol struct {
	id         int32
	prev, next int32 // places of the neighbours; -1 at the ends
	length     int32 // in first symbols; 0 for one that was merged into another
}

// candidate is a pair of neighbours that may be merged.
type candidate struct {
	rank, at int32 // merges by rank, then from the left
	id       int32 // of the merged symbol
	length   int32 // of both together, to notice a pair that is no longer there
}

// shortWord is the number of symbols up to which looking at every pair each time is faster than keeping a queue.
const shortWord = 32

func (m *bpe) appendWord(dst []int32, word string, s *scratch) []int32 {
	s.symbols = s.symbols[:0]
	for i := 0; i < len(word); i++ {
		id := m.symbol[word[i]]
		if i == len(word)-1 {
			id = m.last[word[i]]
		}
		if id == None {
			if m.unk == None || m.fuse && len(s.symbols) > 0 && s.symbols[len(s.symbols)-1].id == m.unk {
				continue
			}
			id = m.unk
		}
		s.symbols = append(s.symbols, symbol{id: id})
	}
	if len(s.symbols) <= shortWord {
		return m.mergeShort(dst, s)
	}
	return m.mergeLong(dst, s)
}

// mergeShort keeps the rank of every pair in an array.
func (m *bpe) mergeShort(dst []int32, s *scratch) []int32 {
	const none = int32(^uint32(0) >> 1)
	var ids, ranks, merged [shortWord + 1]int32
	n := len(s.symbols)
	for i := range s.symbols {
		ids[i] = s.symbols[i].id
	}
	look := func(i int) {
		ranks[i] = none
		if i+1 < n {
			if rank, id, ok := m.merges.get(ids[i], ids[i+1]); ok {
				ranks[i], merged[i] = rank, id
			}
		}
	}
	for i := range n {
		look(i)
	}
	for n > 1 {
		best := 0
		for i := 1; i < n-1; i++ {
			if ranks[i] < ranks[best] {
				best = i
			}
		}
		if ranks[best] == none {
			break
		}
		ids[best] = merged[best]
		n--
		copy(ids[best+1:n], ids[best+2:n+1])
		copy(ranks[best+1:n], ranks[best+2:n+1])
		copy(merged[best+1:n], merged[best+2:n+1])
		look(best)
		if best > 0 {
			look(best - 1)
		}
	}
	return append(dst, ids[:n]...)
}

// mergeLong keeps the pairs in a priority queue: n log n steps.
func (m *bpe) mergeLong(dst []int32, s *scratch) []int32 {
	list := s.symbols
	s.queue = s.queue[:0]
	for i := range list {
		list[i].prev, list[i].next, list[i].length = int32(i-1), int32(i+1), 1
	}
	list[len(list)-1].next = -1
	for i := range list {
		m.push(s, int32(i))
	}
	for len(s.queue) > 0 {
		c := s.pop()
		left := &list[c.at]
		if left.length == 0 || left.next < 0 || left.length+list[left.next].length != c.length {
			continue
		}
		right := &list[left.next]
		left.id = c.id
		left.length += right.length
		left.next = right.next
		right.length = 0
		if left.next >= 0 {
			list[left.next].prev = c.at
		}
		m.push(s, c.at)
		if left.prev >= 0 {
			m.push(s, left.prev)
		}
	}
	for i := int32(0); i >= 0; i = list[i].next {
		dst = append(dst, list[i].id)
	}
	return dst
}

// push puts the pair that starts at the symbol at into the queue.
func (m *bpe) push(s *scratch, at int32) {
	left := &s.symbols[at]
	if left.next < 0 {
		return
	}
	right := &s.symbols[left.next]
	rank, id, ok := m.merges.get(left.id, right.id)
	if !ok {
		return
	}
	s.queue = append(s.queue, candidate{rank, at, id, left.length + right.length})
	for i := len(s.queue) - 1; i > 0; {
		parent := (i - 1) / 2
		if !s.queue[i].before(s.queue[parent]) {
			break
		}
		s.queue[i], s.queue[parent] = s.queue[parent], s.queue[i]
		i = parent
	}
}

// pop takes the first pair out of the queue.
func (s *scratch) pop() candidate {
	top, n := s.queue[0], len(s.queue)-1
	s.queue[0] = s.queue[n]
	s.queue = s.queue[:n]
	for i := 0; ; {
		child := 2*i + 1
		if child >= n {
			return top
		}
		if child+1 < n && s.queue[child+1].before(s.queue[child]) {
			child++
		}
		if !s.queue[child].before(s.queue[i]) {
			return top
		}
		s.queue[i], s.queue[child] = s.queue[child], s.queue[i]
		i = child
	}
}

func (c candidate) before(d candidate) bool {
	return c.rank < d.rank || c.rank == d.rank && c.at < d.at
}

// mergeTable is a hash table from two symbols to their merge, with open addressing.
type mergeTable struct {
	slots []mergeSlot
	shift int // of a 64-bit hash to a slot
}

type mergeSlot struct {
	left, right int32
	rank        int32
	id          int32 // None for an empty slot
}

func newMergeTable(n int) mergeTable {
	width := max(bits.Len(uint(2*n)), 1)
	t := mergeTable{make([]mergeSlot, 1<<width), 64 - width}
	for i := range t.slots {
		t.slots[i].id = None
	}
	return t
}

// slot returns the slot of a pair, or the empty one where it belongs.
func (t *mergeTable) slot(left, right int32) *mergeSlot {
	const golden = 0x9E3779B97F4A7C15 // 2⁶⁴ divided by the golden ratio
	at := (uint64(uint32(left))<<32 | uint64(uint32(right))) * golden >> t.shift
	for {
		s := &t.slots[at]
		if s.id == None || s.left == left && s.right == right {
			return s
		}
		at = (at + 1) & uint64(len(t.slots)-1)
	}
}

// put enters a merge. Of two for the same pair the later one holds.
func (t *mergeTable) put(left, right, rank, id int32) {
	*t.slot(left, right) = mergeSlot{left, right, rank, id}
}

func (t *mergeTable) get(left, right int32) (rank, id int32, ok bool) {
	s := t.slot(left, right)
	return s.rank, s.id, s.id != None
}
