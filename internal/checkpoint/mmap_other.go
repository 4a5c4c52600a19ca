//go:build !unix

package checkpoint

import (
	"errors"
	"os"
)

// mapFile is not there on this system: the file is read piece by piece.
func mapFile(*os.File, int) (mem []byte, unmap func() error, err error) {
	return nil, nil, errors.ErrUnsupported
}

func forget([]byte, int64, int64) {}
