package frontend

import (
	"math"
	"sync"
)

// ImageBind is the front end of ImageBind's audio encoder at 16 kHz: of each of
// three parts of 2 s, spread evenly from the beginning to the end, features F of
// [Kaldi] with a Hanning window and 128 bands, cut or filled up with zeros to
// 204 frames,
//
//	(F + 4.268) / 9.138.
//
// The shape is 3 × 204 × 128; the original has bands in rows, and this turned
// round. Each part of a clip of less than 2 s is all of it.
//
// Source: ImageBind's data.py (53680b0) with the version of pytorchvideo that it
// asks for; release 0.1.5 of that places the parts at 0, 1/3 and 2/3 of where the
// last one could begin.
type ImageBind struct {
	bank    *Kaldi
	scratch sync.Pool // of *scratch
}

const imageBindPlanes, imageBindFrames, imageBindPart = 3, 204, 2 * 16000

// NewImageBind returns the front end.
func NewImageBind() (*ImageBind, error) {
	bank, err := NewKaldi(KaldiConfig{Window: Hanning, Bands: 128})
	if err != nil {
		return nil, err
	}
	b := &ImageBind{bank: bank}
	b.scratch.New = func() any { return new(scratch) }
	return b, nil
}

// SampleRate implements [FrontEnd].
func (b *ImageBind) SampleRate() int { return 16000 }

// Shape implements [FrontEnd]. It is the same for any n.
func (b *ImageBind) Shape(int) Shape {
	return Shape{Planes: imageBindPlanes, Rows: imageBindFrames, Cols: b.bank.cols}
}

// Compute implements [FrontEnd].
func (b *ImageBind) Compute(dst, x []float32) []float32 {
	shape := b.Shape(len(x))
	plane := shape.Rows * shape.Cols
	dst = grow(dst, shape.Len())
	// The original subtracts the mean of each part in place. As means of frames are
	// subtracted, too, that matters only where parts overlap: the later one finds
	// what the earlier one has left, with a step in it.
	overlap := len(x) < imageBindPlanes*imageBindPart
	if overlap {
		buf := b.scratch.Get().(*scratch)
		defer b.scratch.Put(buf)
		buf.samples = append(buf.samples[:0], x...)
		x = buf.samples
	}
	for i := range shape.Planes {
		start := imageBindStart(len(x), i)
		part := x[start:min(len(x), start+imageBindPart)]
		if overlap {
			subtractColumnMeans(part, 1)
		}
		b.bank.fill(dst[i*plane:][:plane], part)
	}
	normalize(dst, -4.268, 9.138)
	return dst
}

// imageBindStart returns where part i of n samples begins. The original takes
// the time left beside a part as a float64 and is exact from there on, so that
// the last part can end a sample early.
func imageBindStart(n, i int) int {
	left := max(0, float64(n)/16000-2)
	factor := float64(i) * 16000 / (imageBindPlanes - 1)
	start := math.Floor(left * factor)
	if math.FMA(left, factor, -start) < 0 { // the product was rounded up
		start--
	}
	return int(start)
}
