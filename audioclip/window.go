package audioclip

import (
	"fmt"
	"io"

	"github.com/soundspace/soundspace/audio"
)

// readBlock is how many samples are read at a time.
const readBlock = 1 << 15

// cut gives emit the samples of r, mono: all of them if they are at most longest
// (≥ window), otherwise windows that begin hop apart, and a last one that ends
// where r does. What emit gets is valid until it returns. cut returns the number
// of samples; if r fails, what came before is cut as if it were all.
func cut(r audio.Reader, window, hop, longest int, emit func(start int, x []float32) error) (total int, err error) {
	var (
		held    []float32 // the samples from base on
		base    int
		next    int // where the next window begins
		emitted int // where the last one ended
		failed  error
	)
	emitAt := func(start, end int) error {
		emitted = end
		return emit(start, held[start-base:end-base])
	}
	block := make([]float32, readBlock)
	for {
		n, err := r.Read([][]float32{block})
		held = append(held, block[:n]...)
		total += n
		if err != nil {
			if err != io.EOF {
				failed = err
			}
			break
		}
		if total <= longest {
			continue
		}
		for ; next+window <= total; next += hop {
			if err := emitAt(next, next+window); err != nil {
				return total, err
			}
		}
		// The end may need the last window once more.
		if drop := min(next, total-window) - base; drop > len(held)/2 {
			held = held[:copy(held, held[drop:])]
			base += drop
		}
	}
	switch {
	case total == 0:
	case total <= longest:
		err = emitAt(0, total)
	case emitted < total:
		err = emitAt(total-window, total)
	}
	if failed != nil {
		err = failed
	}
	return total, err
}

// finiteReader fails where samples are not finite.
type finiteReader struct {
	audio.Reader
	at  int64
	err error
}

func (r *finiteReader) Read(dst [][]float32) (int, error) {
	if r.err != nil {
		return 0, r.err
	}
	n, err := r.Reader.Read(dst)
	for c := range dst {
		for i, v := range dst[c][:n] {
			if v-v != 0 {
				r.err = fmt.Errorf("audioclip: sample %d of channel %d is %v", r.at+int64(i), c, v)
				return 0, r.err
			}
		}
	}
	r.at += int64(n)
	return n, err
}
