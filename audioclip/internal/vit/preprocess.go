package vit

import (
	"errors"
	"image"
	"image/color"
	"image/draw"
	"math"
)

// Preprocess makes pictures of any size fit a model: the shorter side is resized to
// Size pixels, the middle of the longer one is kept, and (value/255 - Mean)/Std is
// what remains of a red, green or blue value of 0 to 255.
type Preprocess struct {
	Size      int
	Mean, Std [3]float32
	// Transformers chooses what Hugging Face's CLIPImageProcessor does where it
	// differs from openai/CLIP and OpenCLIP: it forgets palettes and transparency
	// before it resizes, and of two pixels in the middle it begins at the first.
	Transformers bool
}

// CLIPPreprocess returns how CLIP's models see pictures.
func CLIPPreprocess(size int) Preprocess {
	return Preprocess{
		Size: size,
		Mean: [3]float32{0.48145466, 0.4578275, 0.40821073},
		Std:  [3]float32{0.26862954, 0.26130258, 0.27577711},
	}
}

// ErrNoPixels is returned for pictures without any.
var ErrNoPixels = errors.New("vit: a picture without pixels")

// Apply sets dst, Size × Size pixels of red, green and blue, to a picture.
//
// The values are those that openai/CLIP gets with Pillow and torchvision, to the
// bit: bicubic interpolation in 8 bits, with a low-pass where it shrinks the
// picture and with colours weighted by their opacity; pictures with a palette are
// resized by the nearest pixel. Transparency is ignored then. Pictures of 16 bits
// are rounded down to 8 before, and those of other colour models converted.
// For Transformers they are those of CLIPImageProcessor (the slow one).
func (p Preprocess) Apply(dst []float32, picture image.Image) error {
	if len(dst) != 3*p.Size*p.Size {
		panic("vit: Preprocess needs Size × Size × 3 values")
	}
	bounds := picture.Bounds()
	if bounds.Empty() {
		return ErrNoPixels
	}
	width, height := p.Size, p.Size
	if w, h := bounds.Dx(), bounds.Dy(); w <= h {
		height = p.Size * h / w
	} else {
		width = p.Size * w / h
	}
	x := middle{bounds.Dx(), width, p.Size, p.start(width)}
	y := middle{bounds.Dy(), height, p.Size, p.start(height)}
	if p.Transformers {
		picture = opaque(picture)
	}
	var pixels []uint8
	if paletted, ok := picture.(*image.Paletted); ok {
		pixels = nearest(paletted, x, y)
	} else {
		pixels = bicubic(picture, x, y)
	}

	var table [3][256]float32
	for ch := range table {
		for v := range table[ch] {
			table[ch][v] = (float32(v)/255 - p.Mean[ch]) / p.Std[ch]
		}
	}
	for i := range p.Size * p.Size {
		for ch := range 3 {
			dst[3*i+ch] = table[ch][pixels[4*i+ch]]
		}
	}
	return nil
}

// start returns the first pixel that is kept of a side of n.
func (p Preprocess) start(n int) int {
	if p.Transformers {
		return (n - p.Size) / 2
	}
	return int(math.RoundToEven(float64(n-p.Size) / 2))
}

// opaque returns a picture with the colours of another, without its palette and its
// opacity.
func opaque(picture image.Image) image.Image {
	_, paletted := picture.(*image.Paletted)
	if o, ok := picture.(interface{ Opaque() bool }); ok && o.Opaque() && !paletted {
		return picture
	}
	bounds := picture.Bounds()
	copied := image.NewNRGBA(bounds)
	for y := bounds.Min.Y; y < bounds.Max.Y; y++ {
		for x := bounds.Min.X; x < bounds.Max.X; x++ {
			c := color.NRGBAModel.Convert(picture.At(x, y)).(color.NRGBA)
			c.A = 255
			copied.SetNRGBA(x, y, c)
		}
	}
	return copied
}

// middle is one side of a picture: from in pixels it is resized to out, of which
// keep are wanted, from start on.
type middle struct{ in, out, keep, start int }

// nearest resizes to the pixels at the centres of the new ones.
func nearest(picture *image.Paletted, x, y middle) []uint8 {
	colours := make([]color.NRGBA, 256) // indices beyond the palette are black
	for i, c := range picture.Palette {
		colours[i] = color.NRGBAModel.Convert(c).(color.NRGBA)
	}
	columns, rows := x.nearest(), y.nearest()
	pixels := make([]uint8, 0, 4*x.keep*y.keep)
	for _, r := range rows {
		row := picture.Pix[r*picture.Stride:]
		for _, col := range columns {
			c := colours[row[col]]
			pixels = append(pixels, c.R, c.G, c.B, 255)
		}
	}
	return pixels
}

func (m middle) nearest() []int {
	scale := float64(m.in) / float64(m.out)
	places := make([]int, 0, m.keep)
	place := scale / 2 // added up, as Pillow does: it matters at the edges of pixels
	for i := range m.start + m.keep {
		if i >= m.start {
			places = append(places, min(int(place), m.in-1))
		}
		place += scale
	}
	return places
}

// bicubic resizes columns, then rows, each to 8 bits; or rows first, where their
// number shrinks by much more. Pillow before 13.0 did not do that, and could get
// values that differ by 1.
func bicubic(picture image.Image, x, y middle) []uint8 {
	columns, rows := x.bicubic(), y.bicubic()
	pixels := make([]uint8, 4*x.keep*y.keep)
	if y.in > y.out && y.in-y.out > 2*(x.in-x.out) {
		rowsFirst(pixels, picture, columns, rows)
	} else {
		columnsFirst(pixels, picture, columns, rows)
	}
	for i := 0; i < len(pixels); i += 4 {
		unmultiply(pixels[i : i+4])
	}
	return pixels
}

func columnsFirst(pixels []uint8, picture image.Image, columns, rows []taps) {
	source := newRows(picture)
	first, last := rows[0].from, 0
	for _, t := range rows {
		last = max(last, t.from+len(t.weights))
	}
	width := 4 * len(columns)
	narrow := make([]uint8, width*(last-first))
	for r := first; r < last; r++ {
		resizeRow(narrow[width*(r-first):][:width], source.read(r), columns)
	}
	sums := make([]int32, width)
	for r, t := range rows {
		clear(sums)
		for i, w := range t.weights {
			addTimes(sums, narrow[width*(t.from-first+i):][:width], w)
		}
		round(pixels[width*r:][:width], sums)
	}
}

func rowsFirst(pixels []uint8, picture image.Image, columns, rows []taps) {
	source := newRows(picture)
	sums := make([]int32, 4*picture.Bounds().Dx())
	row := make([]uint8, len(sums))
	width := 4 * len(columns)
	for r, t := range rows {
		clear(sums)
		for i, w := range t.weights {
			addTimes(sums, source.read(t.from+i), w)
		}
		round(row, sums)
		resizeRow(pixels[width*r:][:width], row, columns)
	}
}

// resizeRow resizes a row of pixels.
func resizeRow(dst, src []uint8, columns []taps) {
	for i, t := range columns {
		var sums [4]int32
		for j, w := range t.weights {
			addTimes(sums[:], src[4*(t.from+j):][:4], w)
		}
		round(dst[4*i:4*i+4], sums[:])
	}
}

// addTimes adds x times a weight to sums.
func addTimes(sums []int32, x []uint8, weight int32) {
	for i, v := range x {
		sums[i] += weight * int32(v)
	}
}

// round takes the weights' unit out of sums.
func round(dst []uint8, sums []int32) {
	for i, s := range sums {
		dst[i] = uint8(min(max((s+1<<(precision-1))>>precision, 0), 255))
	}
}

// taps are the pixels that a new one is made of.
type taps struct {
	from    int
	weights []int32 // in units of 2^-precision
}

const precision = 22

// bicubic returns the taps of the pixels that are kept. The kernel is Keys' cubic
// convolution with a = -1/2, stretched where the picture shrinks.
//
// Reference: Pillow, ImagingResample, whose order of operations decides which way
// weights are rounded.
func (m middle) bicubic() []taps {
	scale := float64(m.in) / float64(m.out)
	stretch := max(scale, 1)
	line := make([]taps, m.keep)
	var weights []float64
	for i := range line {
		centre := (float64(m.start+i) + 0.5) * scale
		from := max(int(centre-2*stretch+0.5), 0)
		to := min(int(centre+2*stretch+0.5), m.in)
		weights = weights[:0]
		var total float64
		for p := from; p < to; p++ {
			w := cubic((float64(p) - centre + 0.5) * (1 / stretch))
			weights = append(weights, w)
			total += w
		}
		line[i] = taps{from, make([]int32, len(weights))}
		for j, w := range weights {
			line[i].weights[j] = int32(math.Round(w / total * (1 << precision)))
		}
	}
	return line
}

func cubic(x float64) float64 {
	const a = -0.5
	x = math.Abs(x)
	switch {
	case x < 1:
		return ((a+2)*x-(a+3))*x*x + 1
	case x < 2:
		return (((x-5)*x+8)*x - 4) * a
	}
	return 0
}

// rows reads the rows of a picture as red, green, blue, each times the opacity, and
// the opacity.
type rows struct {
	picture image.Image
	row     *image.RGBA
}

func newRows(picture image.Image) *rows {
	return &rows{picture, image.NewRGBA(image.Rect(0, 0, picture.Bounds().Dx(), 1))}
}

func (r *rows) read(y int) []uint8 {
	from := r.picture.Bounds().Min.Add(image.Pt(0, y))
	if p, ok := r.picture.(*image.NRGBA); ok {
		copy(r.row.Pix, p.Pix[p.PixOffset(from.X, from.Y):])
		for i := 0; i < len(r.row.Pix); i += 4 {
			multiply(r.row.Pix[i : i+4])
		}
	} else {
		draw.Draw(r.row, r.row.Rect, r.picture, from, draw.Src)
	}
	return r.row.Pix
}

// multiply weights a pixel's colours by its opacity, with Pillow's rounding.
func multiply(p []uint8) {
	for ch := range 3 {
		v := int(p[ch])*int(p[3]) + 128
		p[ch] = uint8((v>>8 + v) >> 8)
	}
}

// unmultiply is the inverse, as Pillow has it.
func unmultiply(p []uint8) {
	if p[3] == 0 || p[3] == 255 {
		return
	}
	for ch := range 3 {
		p[ch] = uint8(min(255*int(p[ch])/int(p[3]), 255))
	}
}
