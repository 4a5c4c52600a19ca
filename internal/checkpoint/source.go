package checkpoint

import (
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"sync"
)

// source is a file whose bytes are asked for by offset: mapped into memory where
// that can be done, else read piece by piece if it is an io.ReaderAt, else at once.
type source struct {
	size int64
	mem  []byte      // all of it, if it is in memory
	file io.ReaderAt // otherwise
	free func() error

	mu     sync.Mutex
	err    error // the first error of lazy reading
	closed bool
}

func memorySource(data []byte) *source { return &source{mem: data, size: int64(len(data))} }

func openSource(fsys fs.FS, name string) (*source, error) {
	info, err := fs.Stat(fsys, name)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() { // opening a pipe would wait for a writer
		return nil, bad("not a regular file")
	}
	f, err := fsys.Open(name)
	if err != nil {
		return nil, err
	}
	if info, err = f.Stat(); err != nil {
		f.Close()
		return nil, err
	}
	s := &source{size: info.Size(), free: f.Close}
	if f, ok := f.(*os.File); ok && s.size > 0 && s.size <= math.MaxInt {
		if mem, unmap, err := mapFile(f, int(s.size)); err == nil {
			f.Close() // the mapping outlives it
			s.mem, s.free = mem, unmap
			return s, nil
		}
	}
	if f, ok := f.(io.ReaderAt); ok {
		s.file = f
		return s, nil
	}
	data, err := io.ReadAll(f)
	if failed := f.Close(); err == nil {
		err = failed
	}
	if err != nil {
		return nil, err
	}
	return memorySource(data), nil
}

// bytes returns n bytes at an offset, which must not be changed.
func (s *source) bytes(off, n int64) ([]byte, error) {
	s.mu.Lock()
	closed := s.closed
	s.mu.Unlock()
	switch {
	case closed:
		return nil, os.ErrClosed
	case off < 0 || n < 0 || off > s.size || n > s.size-off:
		return nil, fmt.Errorf("%d bytes at offset %d of %d: %w", n, off, s.size, io.ErrUnexpectedEOF)
	case s.file == nil:
		return s.mem[off : off+n : off+n], nil
	case n > math.MaxInt:
		return nil, fmt.Errorf("%d bytes are too many for this machine", n)
	}
	b := make([]byte, n)
	if m, err := s.file.ReadAt(b, off); m < len(b) {
		return nil, fmt.Errorf("%d bytes at offset %d: %w", n, off, err)
	}
	return b, nil
}

// release tells the system that n bytes at an offset will not be needed soon.
func (s *source) release(off, n int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.free != nil && s.mem != nil && !s.closed {
		forget(s.mem, off, off+n)
	}
}

// ReadAt makes a source an io.ReaderAt.
func (s *source) ReadAt(p []byte, off int64) (int, error) {
	n := max(0, min(int64(len(p)), s.size-off))
	b, err := s.bytes(off, n)
	if err != nil {
		return 0, err
	}
	if copy(p, b) < len(p) {
		return int(n), io.EOF
	}
	return int(n), nil
}

// fail keeps the first error of lazy reading.
func (s *source) fail(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err == nil {
		s.err = err
	}
}

func (s *source) failure() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.err
}

func (s *source) close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed || s.free == nil {
		return nil
	}
	s.closed = true
	return s.free()
}
