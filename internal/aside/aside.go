// Package aside writes files so that none is ever half there: beside its place
// first, and to it when all went well.
package aside

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// Stdio is the name of standard output.
const Stdio = "-"

// Write calls write with a new file beside path and renames it to path
// when all went well; otherwise path stays as it was and nothing is left
// behind. The path "-" is stdout.
func Write(path string, stdout io.Writer, write func(io.Writer) error) (err error) {
	if path == Stdio {
		w := bufio.NewWriterSize(stdout, 1<<16)
		if err := write(w); err != nil {
			return err
		}
		return w.Flush()
	}
	if IsDevice(path) {
		f, err := os.OpenFile(path, os.O_WRONLY, 0)
		if err != nil {
			return err
		}
		defer f.Close()
		return write(f)
	}
	f, err := Create(path)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			f.Close()
			os.Remove(f.Name())
		}
	}()
	w := bufio.NewWriterSize(f, 1<<16)
	if err := write(w); err != nil {
		return err
	}
	if err := w.Flush(); err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}

// IsDevice reports whether path is a device or a pipe, which is written to, not
// replaced.
func IsDevice(path string) bool {
	st, err := os.Stat(path)
	return err == nil && !st.Mode().IsRegular() && !st.IsDir()
}

// Create makes a new file in the folder of path, and that if need be, with
// the permissions that a file made by os.Create has.
func Create(path string) (*os.File, error) {
	if st, err := os.Stat(path); err == nil && st.IsDir() {
		return nil, fmt.Errorf("the output %s is a folder", path)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		return nil, err
	}
	for i := 0; ; i++ {
		name := filepath.Join(filepath.Dir(path), fmt.Sprintf(".%s.%d-%d.part", filepath.Base(path), os.Getpid(), i))
		f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o666)
		if os.IsExist(err) && i < 1000 {
			continue
		}
		return f, err
	}
}
