package nearest

import (
	"fmt"
	"math"
	"slices"
	"sync"
	"sync/atomic"
)

// rows are vectors in blocks, of which bounds of the scores can be told.
type rows interface {
	blocks() int
	// prepare returns what the other methods need of a query.
	prepare(q []float32) (query, error)
	// upper sets dst to upper bounds of the scores in a block: NaN where there is
	// no vector.
	upper(dst *[blockRows]float32, q *query, block int)
	// bounds returns a lower and an upper bound of one score, better ones maybe
	// than the upper bound that upper has found.
	bounds(q *query, id int, upper float32) (lo, hi float32)
}

// query is a query as the rows have prepared it.
type query struct {
	vector []float32 // for Vectors
	codes  []int16   // for Codes, with their scale and ‖q‖
	scale  float32
	norm   float32
	err    float32 // how far a bound is from the estimate, per norm of a row
}

// search returns the hits of each of some queries.
func search(r rows, dst []Hit, queries [][]float32, k int, src Source, o Options) ([][]Hit, error) {
	if k < 1 {
		panic("nearest: search for less than one hit")
	}
	prepared := make([]query, len(queries))
	for i, v := range queries {
		var err error
		if prepared[i], err = r.prepare(v); err != nil {
			return nil, fmt.Errorf("query %d: %w", i, err)
		}
	}
	n := max(1, min(o.Workers, r.blocks()))
	scans := make([][]scan, n)
	var next atomic.Int64
	var wg sync.WaitGroup
	for i := range scans {
		scans[i] = make([]scan, len(queries))
		wg.Add(1)
		work := func() {
			defer wg.Done()
			scanBlocks(r, scans[i], prepared, k, &next, &o)
		}
		if i < n-1 {
			go work()
		} else {
			work()
		}
	}
	wg.Wait()
	hits := make([][]Hit, len(queries))
	for i, v := range queries {
		candidates := merge(scans, i, k, &o)
		found, err := rank(v, candidates, k, src, &o)
		if err != nil {
			return nil, err
		}
		if i > 0 {
			dst = nil
		}
		hits[i] = found.sorted(dst[:0])
	}
	return hits, nil
}

// scan is what a worker has found so far for a query.
type scan struct {
	lower      *best // the best by their lower bounds
	candidates []Hit // whose upper bounds, these are the scores, reach the lower ones
}

// scanBlocks scans blocks, each of a number that next gives, for all queries.
func scanBlocks(r rows, scans []scan, queries []query, k int, next *atomic.Int64, o *Options) {
	for i := range scans {
		scans[i].lower = newBest(k, o.Group)
	}
	upper := new([blockRows]float32)
	for {
		block := int(next.Add(1)) - 1
		if block >= r.blocks() {
			return
		}
		for i := range scans {
			r.upper(upper, &queries[i], block)
			scans[i].block(r, upper, &queries[i], block*blockRows, o.Keep)
		}
	}
}

// least returns the score that k vectors have for certain.
func (s *scan) least() float32 {
	if len(s.lower.heap) < s.lower.k {
		return float32(math.Inf(-1))
	}
	return s.lower.heap[0].Score
}

// block takes in what is good enough of a block, whose first id is given.
func (s *scan) block(r rows, upper *[blockRows]float32, q *query, first int, keep func(id int) bool) {
	least := s.least()
	for i, u := range upper {
		if !(u >= least) {
			continue
		}
		id := first + i
		if keep != nil && !keep(id) {
			continue
		}
		lo, hi := r.bounds(q, id, u)
		if hi < least {
			continue
		}
		if len(s.candidates) == cap(s.candidates) {
			s.prune(least)
		}
		s.candidates = append(s.candidates, Hit{id, hi})
		if lo >= least {
			s.lower.add(Hit{id, lo})
			least = s.least()
		}
	}
}

// prune drops candidates that are not good enough any more. It leaves room for as
// many as there are then, so that its time is in proportion to theirs.
func (s *scan) prune(least float32) {
	s.candidates = slices.DeleteFunc(s.candidates, func(h Hit) bool { return h.Score < least })
	s.candidates = slices.Grow(s.candidates, max(len(s.candidates), blockRows))
}

// merge returns the candidates of all workers for query i, by their upper bounds.
func merge(scans [][]scan, i, k int, o *Options) []Hit {
	all := scan{lower: newBest(k, o.Group)}
	for _, worker := range scans {
		for _, h := range worker[i].lower.heap {
			all.lower.add(h)
		}
	}
	least := all.least()
	for _, worker := range scans {
		for _, h := range worker[i].candidates {
			if h.Score >= least {
				all.candidates = append(all.candidates, h)
			}
		}
	}
	slices.SortFunc(all.candidates, order)
	return all.candidates
}

// rank returns the best of candidates, which come by their upper bounds, by the
// scores of their originals.
func rank(q []float32, candidates []Hit, k int, src Source, o *Options) (*best, error) {
	found := newBest(k, o.Group)
	batch := min(max(2*k, 32), 1024, len(candidates))
	ids := make([]int, 0, batch)
	vectors := make([]float32, batch*len(q))
	for len(candidates) > 0 {
		ids = ids[:0]
		for len(candidates) > 0 && len(ids) < batch {
			if len(found.heap) == k && !candidates[0].before(found.heap[0]) {
				candidates = nil // nor are the others
				break
			}
			if found.wants(candidates[0]) {
				ids = append(ids, candidates[0].ID)
			}
			candidates = candidates[1:]
		}
		if len(ids) == 0 {
			break
		}
		if err := src.Fetch(vectors[:len(ids)*len(q)], ids); err != nil {
			return nil, err
		}
		for i, id := range ids {
			s := score(q, vectors[i*len(q):][:len(q)])
			if s != s {
				return nil, fmt.Errorf("vector %d, as fetched, has the score NaN", id)
			}
			found.add(Hit{id, s})
		}
	}
	return found, nil
}
