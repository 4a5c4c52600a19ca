//go:build unix

package main

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"

	"github.com/soundspace/soundspace/bench/internal/peer"
	"github.com/soundspace/soundspace/internal/nearest"
)

// searcher returns the ids of the k best for a query.
type searcher func(query []float32, k, threads int) ([]nearest.Hit, error)

// serve makes this process one of the programs.
func serve(what, dir, dimension string, in io.Reader, out io.Writer) error {
	dim, err := strconv.Atoi(dimension)
	if err != nil {
		return err
	}
	queries, err := peer.ReadFloats(filepath.Join(dir, "queries.f32"))
	if err != nil {
		return err
	}
	f, err := os.Open(filepath.Join(dir, "vectors.f32"))
	if err != nil {
		return err
	}
	defer f.Close()
	search, err := newSearcher(what, f, dim)
	if err != nil {
		return err
	}
	return peer.Serve(in, out, func(request string) (string, error) {
		var kind string
		var threads, k, first, count int
		if _, err := fmt.Sscan(request, &kind, &threads, &k, &first, &count); err != nil {
			return "", err
		}
		query := func(i int) []float32 { return queries[i*dim%len(queries):][:dim] }
		if kind == "time" {
			next := first - 1
			var failed error
			times := peer.Time(count, func() { // once more, for which the first query serves, too
				_, err := search(query(max(first, next)), k, threads)
				failed = errors.Join(failed, err)
				next++
			})
			return times, failed
		}
		var ids []string
		for i := range count {
			hits, err := search(query(first+i), k, threads)
			if err != nil {
				return "", err
			}
			for _, h := range hits {
				ids = append(ids, strconv.Itoa(h.ID))
			}
		}
		return strings.Join(ids, " "), nil
	})
}

func newSearcher(what string, f *os.File, dim int) (searcher, error) {
	var hits []nearest.Hit
	if what == "int8" {
		codes := nearest.NewCodes(dim)
		return func(q []float32, k, threads int) (_ []nearest.Hit, err error) {
			hits, err = codes.Search(hits, q, k, file{f, dim}, nearest.Options{Workers: threads})
			return hits, err
		}, addAll(f, dim, codes.Add)
	}
	vectors := nearest.NewVectors(dim)
	if what == "float32" {
		return func(q []float32, k, threads int) (_ []nearest.Hit, err error) {
			hits, err = vectors.Search(hits, q, k, nearest.Options{Workers: threads})
			return hits, err
		}, addAll(f, dim, vectors.Add)
	}
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	data := make([]int64, info.Size()/4/8)
	for i := range data {
		data[i] = int64(i)
	}
	return func(_ []float32, _, threads int) ([]nearest.Hit, error) {
		read(data, threads)
		return nil, nil
	}, nil
}

// addAll hands all vectors of a file to add, a few at a time.
func addAll(f *os.File, dim int, add func([]float32) (int, error)) error {
	data, block := make([]byte, 1024*dim*4), make([]float32, 1024*dim)
	for {
		n, err := io.ReadFull(f, data)
		if err == io.EOF {
			return nil
		}
		if err != nil && err != io.ErrUnexpectedEOF {
			return err
		}
		if _, err := binary.Decode(data[:n], binary.LittleEndian, block[:n/4]); err != nil {
			return err
		}
		if _, err := add(block[:n/4]); err != nil {
			return err
		}
	}
}

// file fetches vectors from a file.
type file struct {
	f   *os.File
	dim int
}

func (s file) Fetch(dst []float32, ids []int) error {
	row := make([]byte, 4*s.dim)
	for i, id := range ids {
		if _, err := s.f.ReadAt(row, int64(id)*int64(len(row))); err != nil {
			return err
		}
		if _, err := binary.Decode(row, binary.LittleEndian, dst[i*s.dim:][:s.dim]); err != nil {
			return err
		}
	}
	return nil
}

var total sync.Map // of what read has read, so that it is not left out

// read reads a value of each 64 bytes.
func read(data []int64, threads int) {
	var wg sync.WaitGroup
	for t := range threads {
		wg.Add(1)
		go func() {
			defer wg.Done()
			var sum int64
			part := data[len(data)*t/threads : len(data)*(t+1)/threads]
			for i := 0; i < len(part); i += 8 {
				sum += part[i]
			}
			total.Store(t, sum)
		}()
	}
	wg.Wait()
}
