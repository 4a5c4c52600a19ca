package nearest

import "slices"

// best are the k best hits, of different groups if there is a function that tells
// them.
type best struct {
	k     int
	group func(id int) int
	heap  []Hit       // none of heap[2i+1] and heap[2i+2] comes after heap[i]
	at    map[int]int // where the hit of a group is in heap
}

func newBest(k int, group func(id int) int) *best {
	b := &best{k: k, group: group}
	if group != nil {
		b.at = map[int]int{}
	}
	return b
}

// wants reports whether a hit, as good as it is, would be among the best.
func (b *best) wants(h Hit) bool {
	if len(b.heap) == b.k && !h.before(b.heap[0]) {
		return false
	}
	if b.group != nil {
		if i, ok := b.at[b.group(h.ID)]; ok {
			return h.before(b.heap[i])
		}
	}
	return true
}

// add takes a hit in if it is wanted.
func (b *best) add(h Hit) {
	if len(b.heap) == b.k && !h.before(b.heap[0]) {
		return
	}
	if b.group != nil {
		if i, ok := b.at[b.group(h.ID)]; ok {
			if h.before(b.heap[i]) {
				b.down(i, h)
			}
			return
		}
	}
	if len(b.heap) < b.k {
		b.heap = append(b.heap, h)
		b.up(len(b.heap)-1, h)
		return
	}
	if b.group != nil {
		delete(b.at, b.group(b.heap[0].ID))
	}
	b.down(0, h)
}

// up puts a hit in place i or, past hits that come before it, nearer to the root.
func (b *best) up(i int, h Hit) {
	for i > 0 {
		parent := (i - 1) / 2
		if !b.heap[parent].before(h) {
			break
		}
		b.put(i, b.heap[parent])
		i = parent
	}
	b.put(i, h)
}

// down puts a hit in place i or, past hits that come after it, farther from the root.
func (b *best) down(i int, h Hit) {
	for {
		child := 2*i + 1
		if child >= len(b.heap) {
			break
		}
		if child+1 < len(b.heap) && b.heap[child].before(b.heap[child+1]) {
			child++
		}
		if !h.before(b.heap[child]) {
			break
		}
		b.put(i, b.heap[child])
		i = child
	}
	b.put(i, h)
}

func (b *best) put(i int, h Hit) {
	b.heap[i] = h
	if b.group != nil {
		b.at[b.group(h.ID)] = i
	}
}

// sorted appends the hits to dst, best first.
func (b *best) sorted(dst []Hit) []Hit {
	dst = append(dst, b.heap...)
	slices.SortFunc(dst, order)
	return dst
}
