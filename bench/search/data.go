//go:build unix

package main

import (
	"bufio"
	"cmp"
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sync"

	"github.com/soundspace/soundspace/bench/internal/peer"
)

const (
	queryCount = 64
	checkCount = 16      // queries whose true hits are known
	chunk      = 1 << 13 // vectors made at a time
)

// generator makes vectors of length 1.
type generator struct {
	dim     int
	common  []float64 // a direction near to all vectors
	centres [][]float64
	spread  []float64 // of each dimension
}

func newGenerator(kind string, dim int) (*generator, error) {
	g := &generator{dim: dim}
	rng := rand.New(rand.NewPCG(1, 2))
	normal := func() []float64 {
		x := make([]float64, dim)
		for i := range x {
			x[i] = rng.NormFloat64()
		}
		return x
	}
	switch kind {
	case "random":
	case "clusters":
		g.common, g.spread = normal(), make([]float64, dim)
		for range 2000 {
			g.centres = append(g.centres, normal())
		}
		for i, j := range rng.Perm(dim) {
			g.spread[i] = 1 / math.Sqrt(1+float64(j)/64)
		}
	default:
		return nil, fmt.Errorf("-data %s: allowed are random and clusters", kind)
	}
	return g, nil
}

// make sets dst to vectors.
func (g *generator) make(dst []float32, rng *rand.Rand) {
	row := make([]float64, g.dim)
	for at := 0; at < len(dst); at += g.dim {
		var centre []float64
		if g.centres != nil {
			u := rng.Float64()
			centre = g.centres[int(u*u*u*float64(len(g.centres)))] // the first have most
		}
		// An eighth are nearly equal to the vector before, as those of windows that
		// overlap.
		near := at > 0 && centre != nil && rng.IntN(8) == 0
		var sum float64
		for i := range row {
			v := rng.NormFloat64()
			switch {
			case near:
				v = float64(dst[at-g.dim+i])*math.Sqrt(float64(g.dim)) + 0.1*v
			case centre != nil:
				v = (v + centre[i] + g.common[i]) * g.spread[i]
			}
			row[i] = v
			sum += v * v
		}
		for i, v := range row {
			dst[at+i] = float32(v / math.Sqrt(sum))
		}
	}
}

// writeData writes vectors and queries, and returns the true hits of the first queries.
func writeData(dir, kind string, n, dim, k int) ([][]int, error) {
	g, err := newGenerator(kind, dim)
	if err != nil {
		return nil, err
	}
	queries := make([]float32, queryCount*dim)
	g.make(queries, rand.New(rand.NewPCG(3, 0)))
	if err := peer.WriteFloats(filepath.Join(dir, "queries.f32"), queries); err != nil {
		return nil, err
	}
	f, err := os.Create(filepath.Join(dir, "vectors.f32"))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	w := bufio.NewWriterSize(f, 1<<20)
	scores := make([][]float64, checkCount)
	for i := range scores {
		scores[i] = make([]float64, n)
	}
	workers := runtime.GOMAXPROCS(0)
	chunks := make([][]float32, workers)
	for begin := 0; begin < n; {
		var wg sync.WaitGroup
		for i := range chunks {
			rows := min(chunk, n-begin)
			chunks[i] = slices.Grow(chunks[i][:0], rows*dim)[:rows*dim]
			first := begin
			begin += rows
			wg.Add(1)
			go func() {
				defer wg.Done()
				g.make(chunks[i], rand.New(rand.NewPCG(4, uint64(first))))
				for q := range scores {
					for row := range rows {
						scores[q][first+row] = dot(queries[q*dim:][:dim], chunks[i][row*dim:][:dim])
					}
				}
			}()
		}
		wg.Wait()
		for _, c := range chunks {
			if err := binary.Write(w, binary.LittleEndian, c); err != nil {
				return nil, err
			}
		}
	}
	if err := w.Flush(); err != nil {
		return nil, err
	}
	truth := make([][]int, len(scores))
	for q, s := range scores {
		truth[q] = largest(s, k)
	}
	return truth, f.Close()
}

func dot(x, y []float32) float64 {
	var sum float64
	for i, v := range x {
		sum += float64(v) * float64(y[i])
	}
	return sum
}

// largest returns the places of the k largest values.
func largest(x []float64, k int) []int {
	places := make([]int, len(x))
	for i := range places {
		places[i] = i
	}
	slices.SortFunc(places, func(i, j int) int { return cmp.Or(cmp.Compare(x[j], x[i]), i-j) })
	return slices.Clone(places[:k])
}
