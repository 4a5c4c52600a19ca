// Package readertest checks that a reader of sound keeps the contract of
// audio.Reader.
package readertest

import (
	"io"
	"math"
	"math/rand/v2"
	"testing"
)

// Reader is audio.Reader, which cannot be imported by what its package's tests
// import.
type Reader interface {
	SampleRate() int
	Channels() int
	Read(dst [][]float32) (n int, err error)
}

// Check reads what newReader returns in blocks of many sizes, and fails t unless
//
//   - every Read returns a legal pair of numbers of frames and error, and the
//     last error for ever after;
//   - the samples are the same bit for bit whatever the blocks;
//   - rate and number of channels are positive and do not change;
//   - Read panics if dst is not what it must be.
//
// Each call of newReader must give a reader of the same sound, from its
// beginning. The sound may end with an error other than io.EOF. Check returns
// the samples, one slice per channel, and that error, or nil.
func Check(t testing.TB, newReader func() Reader) ([][]float32, error) {
	t.Helper()
	whole, end := read(t, newReader(), func() int { return 1 << 16 })
	random := rand.New(rand.NewPCG(1, 2))
	for name, size := range map[string]func() int{
		"1":      func() int { return 1 },
		"7":      func() int { return 7 },
		"1000":   func() int { return 1000 },
		"random": func() int { return 1 + random.IntN(3000) },
	} {
		got, err := read(t, newReader(), size)
		if !same(err, end) {
			t.Errorf("in blocks of %s it ends with %v, in large ones with %v", name, err, end)
		}
		for c := range whole {
			if len(got) != len(whole) || len(got[c]) != len(whole[c]) {
				t.Fatalf("in blocks of %s there are %d frames, in large ones %d", name, len(got[0]), len(whole[0]))
			}
			for i, v := range whole[c] {
				if math.Float32bits(got[c][i]) != math.Float32bits(v) {
					t.Fatalf("in blocks of %s sample %d of channel %d is %v, in large ones %v", name, i, c, got[c][i], v)
				}
			}
		}
	}
	checkPanics(t, newReader())
	if end == io.EOF {
		end = nil
	}
	return whole, end
}

// same reports whether two errors of two readers are alike.
func same(a, b error) bool { return a == b || a != nil && b != nil && a.Error() == b.Error() }

// read reads r to its end in blocks of the size that size returns each time.
func read(t testing.TB, r Reader, size func() int) ([][]float32, error) {
	t.Helper()
	if c, ok := r.(io.Closer); ok {
		defer c.Close()
	}
	rate, channels := r.SampleRate(), r.Channels()
	if rate <= 0 || channels <= 0 {
		t.Fatalf("rate %d, %d channels", rate, channels)
	}
	whole := make([][]float32, channels)
	block := make([][]float32, channels)
	buf := make([]float32, channels<<16)
	for {
		n := size()
		for c := range block {
			block[c] = buf[c*n : (c+1)*n]
		}
		got, err := r.Read(block)
		switch {
		case got < 0 || got > n:
			t.Fatalf("Read of %d frames returns %d", n, got)
		case got == 0 && err == nil:
			t.Fatal("Read returns 0, nil")
		case got > 0 && err != nil:
			t.Fatalf("Read returns %d and the error %v at once", got, err)
		}
		for c, x := range block {
			whole[c] = append(whole[c], x[:got]...)
		}
		if err == nil {
			continue
		}
		for range 3 {
			if again, err2 := r.Read(block); again != 0 || !same(err2, err) {
				t.Fatalf("after 0, %v Read returns %d, %v", err, again, err2)
			}
		}
		if r.SampleRate() != rate || r.Channels() != channels {
			t.Errorf("rate and channels change from %d, %d to %d, %d", rate, channels, r.SampleRate(), r.Channels())
		}
		return whole, err
	}
}

// checkPanics checks that r panics if dst is wrong.
func checkPanics(t testing.TB, r Reader) {
	t.Helper()
	if c, ok := r.(io.Closer); ok {
		defer c.Close()
	}
	n := r.Channels()
	right := func(n, frames int) (dst [][]float32) {
		for range n {
			dst = append(dst, make([]float32, frames))
		}
		return dst
	}
	wrong := map[string][][]float32{
		"nil":                   nil,
		"a slice too few":       right(n-1, 10),
		"a slice too many":      right(n+1, 10),
		"slices of no length":   right(n, 0),
		"slices of two lengths": append(right(n-1, 10), make([]float32, 9)),
	}
	if n == 1 {
		delete(wrong, "slices of two lengths")
	}
	for name, dst := range wrong {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("Read does not panic with %s", name)
				}
			}()
			r.Read(dst)
		}()
	}
}
