package audioclip

import (
	"context"
	"errors"
	"fmt"
	"image"

	"github.com/soundspace/soundspace/internal/nn"
)

// EncodeImage returns an embedding for each picture, of any size and colours. It
// is resized, cropped to its centre and normalised as CLIP does it.
func (m *Model) EncodeImage(ctx context.Context, images []image.Image) (Matrix, error) {
	if m.image == nil {
		return Matrix{}, ErrNoImage
	}
	dst := NewMatrix(len(images), m.info.Dim)
	for i, img := range images {
		if err := ctx.Err(); err != nil {
			return Matrix{}, err
		}
		if img.Bounds().Empty() {
			return Matrix{}, fmt.Errorf("picture %d: %w", i, errNoPixels)
		}
		v := nn.NewMatrix(dst.Row(i), 1, dst.Cols)
		err := m.with(func(c *nn.Context) error { return m.image.encode(c, v, images[i:i+1]) })
		if err == nil {
			err = unit(v.Data)
		}
		if err != nil {
			return Matrix{}, fmt.Errorf("picture %d: %w", i, err)
		}
	}
	return dst, nil
}

var errNoPixels = errors.New("audioclip: the picture has no pixels")
