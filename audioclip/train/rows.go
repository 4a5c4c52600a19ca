package train

import (
	"errors"
	"fmt"
	"io"
	"path/filepath"

	"github.com/soundspace/soundspace/audioclip"
	"github.com/soundspace/soundspace/internal/aside"
	"github.com/soundspace/soundspace/internal/checkpoint"
	"github.com/soundspace/soundspace/internal/nn"
)

// cachedRows returns the matrix that is kept in the folder cache under a name. If it is
// not there, or damaged, it is made and kept.
func cachedRows(cache, name string, rows, cols int, compute func() (audioclip.Matrix, error)) (nn.Matrix, error) {
	path := filepath.Join(cache, name+".safetensors")
	if m, err := readRows(path, rows, cols); err == nil {
		return m, nil
	}
	m, err := compute()
	if err != nil {
		return nn.Matrix{}, err
	}
	err = aside.Write(path, nil, func(w io.Writer) error {
		return checkpoint.WriteSafetensors(w, []*checkpoint.Tensor{checkpoint.FromFloats("rows", []int{m.Rows, m.Cols}, m.Data)}, nil)
	})
	return nn.NewMatrix(m.Data, m.Rows, m.Cols), err
}

func readRows(path string, rows, cols int) (nn.Matrix, error) {
	f, err := checkpoint.Open(path)
	if err != nil {
		return nn.Matrix{}, err
	}
	defer f.Close()
	t := f.Tensor("rows")
	if t == nil || len(t.Shape) != 2 || t.Shape[0] != rows || t.Shape[1] != cols {
		return nn.Matrix{}, errors.New("not this matrix")
	}
	return nn.NewMatrix(append([]float32(nil), t.Floats()...), rows, cols), f.Err()
}

// identify describes a model in a few words; another one may have the same.
func identify(m *audioclip.Model) string {
	info := m.Info()
	return fmt.Sprintln(info.Family, info.Dim, info.Settings, info.Files)
}

// rowsAt copies rows of m.
func rowsAt(c *nn.Context, m nn.Matrix, at []int) nn.Matrix {
	dst := c.Matrix(len(at), m.Cols)
	for i, k := range at {
		copy(dst.Row(i), m.Row(k))
	}
	return dst
}
