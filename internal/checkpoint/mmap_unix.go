//go:build unix

package checkpoint

import (
	"os"

	"golang.org/x/sys/unix"
)

// forget lets the system take back the memory of whole pages in mem, which mapFile
// returned; they are read again from the file if they are touched.
func forget(mem []byte, from, to int64) {
	page := int64(os.Getpagesize())
	from, to = (from+page-1)/page*page, to/page*page
	if from < to {
		_ = unix.Madvise(mem[from:to], unix.MADV_DONTNEED) // only advice
	}
}

// mapFile maps the first n bytes of a file, for reading only.
func mapFile(f *os.File, n int) (mem []byte, unmap func() error, err error) {
	mem, err = unix.Mmap(int(f.Fd()), 0, n, unix.PROT_READ, unix.MAP_SHARED)
	if err != nil {
		return nil, nil, err
	}
	return mem, func() error { return unix.Munmap(mem) }, nil
}
