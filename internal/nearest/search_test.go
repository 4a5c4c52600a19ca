package nearest

import (
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
)

// kernels runs f with each instruction set that the processor has, and without
// assembly.
func kernels(t *testing.T, f func(t *testing.T)) {
	avx2, avx512 := useAVX2, useAVX512
	defer func() { useAVX2, useAVX512 = avx2, avx512 }()
	if avx512 {
		t.Run("AVX512", f)
	}
	useAVX512 = false
	if avx2 {
		t.Run("AVX2", f)
	}
	useAVX2 = false
	t.Run("Go", f)
}

// dims are numbers of dimensions, the first three only in a short test.
func dims(all ...int) []int {
	if testing.Short() {
		return all[:3]
	}
	return all
}

// sets are n vectors each that are hard to tell apart, or to keep in few bits, or
// come in an order that is bad for a scan.
var sets = []struct {
	name string
	make func(rng *rand.Rand, n, dim int) []float32
}{
	{"random directions", func(rng *rand.Rand, n, dim int) []float32 { return unit(rng, n, dim, 0) }},
	{"clusters", func(rng *rand.Rand, n, dim int) []float32 { return unit(rng, n, dim, 5) }},
	{"equal", func(rng *rand.Rand, n, dim int) []float32 {
		x := unit(rng, 1, dim, 0)
		return slices.Repeat(x, n)
	}},
	{"three vectors", func(rng *rand.Rand, n, dim int) []float32 {
		three, x := unit(rng, 3, dim, 0), []float32(nil)
		for range n {
			x = append(x, three[rng.IntN(3)*dim:][:dim]...)
		}
		return x
	}},
	{"last bits", func(rng *rand.Rand, n, dim int) []float32 {
		x := slices.Repeat(unit(rng, 1, dim, 0), n)
		for i := range x {
			x[i] = math.Float32frombits(math.Float32bits(x[i]) + rng.Uint32N(3))
		}
		return x
	}},
	{"many zeros", func(rng *rand.Rand, n, dim int) []float32 {
		x := unit(rng, n, dim, 0)
		for i := range n {
			if rng.IntN(3) > 0 {
				clear(x[i*dim:][:dim])
			}
		}
		return x
	}},
	{"one value", func(rng *rand.Rand, n, dim int) []float32 {
		x := make([]float32, n*dim)
		for i := range n {
			x[i*dim+rng.IntN(dim)] = float32(rng.IntN(9) - 4)
		}
		return x
	}},
	{"all norms", func(rng *rand.Rand, n, dim int) []float32 {
		x := unit(rng, n, dim, 0)
		for i := range n {
			norm := float32(math.Ldexp(1, rng.IntN(208)-149))
			for j := range dim {
				x[i*dim+j] *= norm
			}
		}
		return x
	}},
	{"one large value", func(rng *rand.Rand, n, dim int) []float32 {
		x := unit(rng, n, dim, 0)
		for i := range n {
			x[i*dim] = 1000
		}
		return x
	}},
	{"ever better", func(rng *rand.Rand, n, dim int) []float32 {
		x := slices.Repeat(unit(rng, 1, dim, 0), n)
		for i := range x {
			x[i] *= float32(i/dim+1) / float32(n)
		}
		return x
	}},
	{"subnormal", func(rng *rand.Rand, n, dim int) []float32 {
		x := make([]float32, n*dim)
		for i := range x {
			x[i] = math.Float32frombits(rng.Uint32N(5)) * float32(rng.IntN(3)-1)
		}
		return x
	}},
}

// unit are n vectors of length 1 around so many centres; 0: random directions.
func unit(rng *rand.Rand, n, dim, centres int) []float32 {
	middle := make([]float64, max(centres, 1)*dim)
	spread := 1.0
	if centres > 0 {
		spread = 0.5
		for i := range middle {
			middle[i] = rng.NormFloat64()
		}
	}
	x, row := make([]float32, n*dim), make([]float64, dim)
	for i := range n {
		at, sum := rng.IntN(max(centres, 1))*dim, 0.0
		for j := range row {
			row[j] = middle[at+j] + spread*rng.NormFloat64()
			sum += row[j] * row[j]
		}
		for j, v := range row {
			x[i*dim+j] = float32(v / math.Sqrt(sum))
		}
	}
	return x
}

// wanted sorts all vectors by their scores. Without an entry in vectors an id is not
// in the set.
func wanted(vectors map[int][]float32, q []float32, k int, o Options) []Hit {
	var hits []Hit
	for id, v := range vectors {
		if o.Keep == nil || o.Keep(id) {
			hits = append(hits, Hit{id, score(q, v)})
		}
	}
	slices.SortFunc(hits, func(a, b Hit) int {
		return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(a.ID, b.ID))
	})
	if o.Group != nil {
		seen := map[int]bool{}
		hits = slices.DeleteFunc(hits, func(h Hit) bool {
			old := seen[o.Group(h.ID)]
			seen[o.Group(h.ID)] = true
			return old
		})
	}
	return hits[:min(k, len(hits))]
}

// sameSearch compares all searches for q with sorting everything.
func sameSearch(t *testing.T, codes *Codes, vectors *Vectors, all map[int][]float32, q []float32, k int, o Options) {
	t.Helper()
	want := wanted(all, q, k, o)
	got, err := codes.Search(nil, q, k, vectors, o)
	if err != nil || !slices.Equal(got, want) {
		t.Fatalf("dim %d, k %d, %d workers: codes found %v, %v; want %v", len(q), k, o.Workers, got, err, want)
	}
	got, err = vectors.Search(got, q, k, o)
	if err != nil || !slices.Equal(got, want) {
		t.Fatalf("dim %d, k %d, %d workers: vectors found %v, %v; want %v", len(q), k, o.Workers, got, err, want)
	}
}

func TestSearchFindsWhatSortingFinds(t *testing.T) {
	even := func(id int) bool { return id%2 == 0 }
	never := func(int) bool { return false }
	options := []Options{
		{},
		{Workers: 3},
		{Keep: even},
		{Keep: never, Workers: 2},
		{Group: func(id int) int { return id / 7 }, Workers: 2},
		{Group: func(id int) int { return id % 4 }, Keep: even},
	}
	kernels(t, func(t *testing.T) {
		for _, set := range sets {
			t.Run(set.name, func(t *testing.T) {
				rng := rand.New(rand.NewPCG(7, 8))
				for _, dim := range dims(1, 3, 33, 128, 512) {
					n := []int{1, 255, 300, 600, 1000}[rng.IntN(5)]
					x := set.make(rng, n, dim)
					codes, vectors, all := filled(t, x, dim)
					queries := slices.Concat(x[rng.IntN(n)*dim:][:dim], set.make(rng, 1, dim), unit(rng, 1, dim, 0), make([]float32, dim))
					for q := 0; q < len(queries); q += dim {
						for i, o := range options {
							k := []int{1, 10, n, n + 3}[(q/dim+i)%4]
							sameSearch(t, codes, vectors, all, queries[q:][:dim], k, o)
						}
					}
					each, err := codes.SearchEach(queries, 10, vectors, Options{Workers: 2})
					if err != nil || len(each) != 4 {
						t.Fatal(len(each), err)
					}
					other, err := vectors.SearchEach(queries, 10, Options{})
					if err != nil {
						t.Fatal(err)
					}
					for i := range each {
						want := wanted(all, queries[i*dim:][:dim], 10, Options{})
						if !slices.Equal(each[i], want) || !slices.Equal(other[i], want) {
							t.Fatalf("query %d of several: codes found %v, vectors %v; want %v", i, each[i], other[i], want)
						}
					}
				}
			})
		}
	})
}

// filled are sets of the vectors in x, and these by their ids.
func filled(t *testing.T, x []float32, dim int) (*Codes, *Vectors, map[int][]float32) {
	t.Helper()
	codes, vectors, all := NewCodes(dim), NewVectors(dim), map[int][]float32{}
	for at := 0; at < len(x); {
		next := min(at+100*dim, len(x))
		for _, add := range []func([]float32) (int, error){codes.Add, vectors.Add} {
			if first, err := add(x[at:next]); first != at/dim || err != nil {
				t.Fatalf("Add: %d, %v; want %d", first, err, at/dim)
			}
		}
		at = next
	}
	for i := range len(x) / dim {
		all[i] = x[i*dim:][:dim]
	}
	return codes, vectors, all
}

func TestRemoveAndPut(t *testing.T) {
	const n, dim = 700, 40
	rng := rand.New(rand.NewPCG(1, 3))
	codes, vectors, all := filled(t, unit(rng, n, dim, 3), dim)
	for turn := range 300 {
		id := rng.IntN(n)
		if turn%3 == 0 {
			v := unit(rng, 1, dim, 0)
			if err := errors.Join(codes.Put(id, v), vectors.Put(id, v)); err != nil {
				t.Fatal(err)
			}
			all[id] = v
		} else {
			codes.Remove(id)
			vectors.Remove(id)
			delete(all, id)
		}
		if codes.Len() != len(all) || vectors.Len() != len(all) {
			t.Fatalf("%d and %d vectors, want %d", codes.Len(), vectors.Len(), len(all))
		}
		sameSearch(t, codes, vectors, all, unit(rng, 1, dim, 0), 5, Options{Workers: 2})
	}
	for id := range all {
		codes.Remove(id)
		vectors.Remove(id)
	}
	sameSearch(t, codes, vectors, nil, make([]float32, dim), 5, Options{})
	sameSearch(t, NewCodes(dim), NewVectors(dim), nil, make([]float32, dim), 5, Options{Workers: 4})
}

// Every upper bound is above the exact score, every lower one below: for queries, too,
// in the direction of what the codes of a vector leave out, where bounds are tight.
func TestBounds(t *testing.T) {
	kernels(t, func(t *testing.T) {
		for _, set := range sets {
			rng := rand.New(rand.NewPCG(3, 4))
			for _, dim := range dims(1, 7, 64, 384, 1000) {
				x := set.make(rng, 300, dim)
				codes, vectors, _ := filled(t, x, dim)
				for at := range 20 {
					id := rng.IntN(300)
					v := x[id*dim:][:dim]
					toward, against := leftOut(codes, id, v, at%3), leftOut(codes, id, v, -at%3)
					for _, q := range [][]float32{toward, against, x[:dim], unit(rng, 1, dim, 0)} {
						checkBounds(t, codes, set.name, q, id, v)
						checkBounds(t, vectors, set.name, q, id, v)
					}
				}
			}
		}
	})
}

// leftOut is what the codes of v leave out, and so often what they do not.
func leftOut(c *Codes, id int, v []float32, times int) []float32 {
	b, row := &c.rows[id/blockRows], id%blockRows
	q := make([]float32, len(v))
	for i, x := range v {
		kept := b.scale[row] * float32(b.codes[row*c.padded+i])
		q[i] = x - kept + float32(times)/100*kept
	}
	return q
}

func checkBounds(t *testing.T, r rows, name string, q []float32, id int, v []float32) {
	t.Helper()
	p, err := r.prepare(q)
	if err != nil {
		t.Fatal(err)
	}
	var upper [blockRows]float32
	r.upper(&upper, &p, id/blockRows)
	u, want := upper[id%blockRows], exact(q, v)
	lo, hi := r.bounds(&p, id, u)
	if !(float64(lo) <= want && want <= float64(hi) && want <= float64(u)) {
		t.Fatalf("%s, dim %d, %T: score %g of %d is not in [%g, %g] or above %g", name, len(q), r, want, id, lo, hi, u)
	}
}

func TestErrors(t *testing.T) {
	good := []float32{1, 2, 3}
	codes, vectors, _ := filled(t, slices.Repeat(good, 5), 3)
	for bad, want := range map[float32]string{
		float32(math.NaN()):      "vector 1: value 2 is NaN",
		float32(math.Inf(1)):     "vector 1: value 2 is +Inf",
		float32(math.Inf(-1)):    "vector 1: value 2 is -Inf",
		-2e18:                    "vector 1: norm 1.99",
		math.MaxFloat32:          "vector 1: norm 3.4",
		float32(math.Exp2(60.1)): "vector 1: norm 1.2",
	} {
		v := []float32{0, 0, bad}
		for _, add := range []func([]float32) (int, error){codes.Add, vectors.Add} {
			if _, err := add(slices.Concat(good, v)); err == nil || !strings.HasPrefix(err.Error(), want) {
				t.Errorf("Add with %v: %v", bad, err)
			}
		}
		if codes.Put(3, v) == nil || vectors.Put(3, v) == nil {
			t.Errorf("Put with %v: no error", bad)
		}
		if _, err := codes.Search(nil, v, 1, vectors, Options{}); err == nil {
			t.Errorf("query with %v: no error", bad)
		}
		if _, err := vectors.SearchEach(slices.Concat(good, v), 1, Options{}); err == nil || !strings.HasPrefix(err.Error(), "query 1: ") {
			t.Errorf("query with %v: %v", bad, err)
		}
	}
	if codes.Len() != 5 || vectors.Len() != 5 {
		t.Errorf("%d and %d vectors, want 5", codes.Len(), vectors.Len())
	}
	hits, err := codes.Search(nil, good, 9, vectors, Options{})
	if err != nil || len(hits) != 5 || hits[4] != (Hit{4, 14}) {
		t.Error(hits, err)
	}
	broken := errors.New("broken")
	if _, err := codes.Search(nil, good, 1, sourceFunc(func([]float32) error { return broken }), Options{}); err != broken {
		t.Errorf("error %v, want that of the source", err)
	}
	noNumber := sourceFunc(func(dst []float32) error {
		dst[4] = float32(math.NaN())
		return nil
	})
	if _, err := codes.Search(nil, good, 1, noNumber, Options{}); err == nil || !strings.Contains(err.Error(), "vector 1") {
		t.Errorf("NaN fetched: error %v", err)
	}
}

type sourceFunc func(dst []float32) error

func (f sourceFunc) Fetch(dst []float32, _ []int) error { return f(dst) }

func TestPanics(t *testing.T) {
	codes, vectors, _ := filled(t, make([]float32, 30), 3)
	for name, f := range map[string]func(){
		"no dimension":        func() { NewCodes(0) },
		"too many dimensions": func() { NewVectors(MaxDim + 1) },
		"part of a vector":    func() { codes.Add(make([]float32, 4)) },
		"query":               func() { codes.Search(nil, make([]float32, 4), 1, vectors, Options{}) },
		"queries":             func() { vectors.SearchEach(make([]float32, 4), 1, Options{}) },
		"no hit":              func() { vectors.Search(nil, make([]float32, 3), 0, Options{}) },
		"negative id":         func() { codes.Remove(-1) },
		"unknown id":          func() { vectors.Put(10, make([]float32, 3)) },
		"Put":                 func() { vectors.Put(1, make([]float32, 2)) },
	} {
		func() {
			defer func() {
				if s, ok := recover().(string); !ok || !strings.HasPrefix(s, "nearest: ") {
					t.Errorf("%s: no panic of this package", name)
				}
			}()
			f()
		}()
	}
}

func TestSearchesAtTheSameTime(t *testing.T) {
	const n, dim = 2000, 64
	rng := rand.New(rand.NewPCG(5, 5))
	codes, vectors, all := filled(t, unit(rng, n, dim, 4), dim)
	queries := unit(rng, 8, dim, 4)
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			q := queries[i*dim:][:dim]
			o := Options{Workers: 3, Group: func(id int) int { return id / 3 }}
			want := wanted(all, q, 20, o)
			for range 5 {
				got, err := codes.Search(nil, q, 20, vectors, o)
				if err != nil || !slices.Equal(got, want) {
					t.Errorf("found %v, %v; want %v", got, err, want)
				}
			}
		}()
	}
	wg.Wait()
}

// The originals of few vectors are wanted: with a cosine of 0.8 to their centre in
// 512 dimensions, those among 20000 whose scores differ by less than the codes tell.
func TestFewAreFetched(t *testing.T) {
	if testing.Short() {
		t.Skip("searches 40000 vectors")
	}
	const n, dim = 20000, 512
	rng := rand.New(rand.NewPCG(5, 5))
	for _, centres := range []int{0, 20} {
		codes, vectors, _ := filled(t, unit(rng, n, dim, centres), dim)
		src := &counted{Source: vectors}
		for i := range 20 {
			if _, err := codes.Search(nil, vectors.row(i), 10, src, Options{Workers: 2}); err != nil {
				t.Fatal(err)
			}
		}
		mean := src.n / 20
		t.Logf("%d centres: %d vectors fetched", centres, mean)
		if mean > 50 {
			t.Errorf("%d centres: %d vectors fetched for 10 hits, want at most 50", centres, mean)
		}
	}
}

// counted counts what is fetched.
type counted struct {
	Source
	n int
}

func (c *counted) Fetch(dst []float32, ids []int) error {
	c.n += len(ids)
	return c.Source.Fetch(dst, ids)
}

// Any bits are refused, or found as by sorting.
func FuzzSearch(f *testing.F) {
	f.Add([]byte("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"), uint8(2), uint8(3))
	f.Add(make([]byte, 99), uint8(1), uint8(1))
	f.Fuzz(func(t *testing.T, data []byte, d, k uint8) {
		dim, x := int(d%40)+1, make([]float32, len(data)/4)
		for i := range x {
			x[i] = math.Float32frombits(binary.LittleEndian.Uint32(data[4*i:]))
		}
		codes, vectors, all := NewCodes(dim), NewVectors(dim), map[int][]float32{}
		for ; len(x) >= dim; x = x[dim:] {
			id, err := codes.Add(x[:dim])
			if err == nil {
				vectors.Add(x[:dim])
				all[id] = x[:dim]
			}
		}
		if q := all[0]; q != nil {
			sameSearch(t, codes, vectors, all, q, int(k)+1, Options{})
		}
	})
}

func BenchmarkSearch(b *testing.B) {
	const n, dim, k = 100_000, 512, 10
	for _, centres := range []int{0, 100} {
		codes, vectors := NewCodes(dim), NewVectors(dim)
		rng := rand.New(rand.NewPCG(1, 2))
		x := unit(rng, n, dim, centres)
		codes.Add(x)
		vectors.Add(x)
		for _, workers := range []int{1, 2} {
			o := Options{Workers: workers}
			b.Run(fmt.Sprintf("codes/centres=%d/workers=%d", centres, workers), func(b *testing.B) {
				b.SetBytes(n * dim)
				for i := range b.N {
					codes.Search(nil, vectors.row(i%100), k, vectors, o)
				}
			})
			b.Run(fmt.Sprintf("vectors/centres=%d/workers=%d", centres, workers), func(b *testing.B) {
				b.SetBytes(n * dim * 4)
				for i := range b.N {
					vectors.Search(nil, vectors.row(i%100), k, o)
				}
			})
		}
	}
}
