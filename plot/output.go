package plot

import (
	"bytes"
	"fmt"
	"image"
	"image/png"
	"io"
	"strings"

	"git.sr.ht/~sbinet/gg"
	"golang.org/x/image/font/sfnt"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/vgimg"
	"gonum.org/v1/plot/vg/vgpdf"
	"gonum.org/v1/plot/vg/vgsvg"
)

// Image returns the picture as pixels: a paletted image for spectrograms, in
// which the pixels of a spectrogram have the exact colours of the colour bar. It
// must not be changed.
func (f *Figure) Image() image.Image {
	if len(f.strokes) == 0 && len(f.labels) == 0 {
		return f.pixels
	}
	// With a context of its own the canvas draws on this image, not on a copy.
	drawn := image.NewRGBA(image.Rect(0, 0, f.width, f.height))
	context := gg.NewContextForRGBA(drawn)
	context.SetLineCapButt()
	context.InvertY()
	f.draw(pngCanvas{vgimg.NewWith(vgimg.UseDPI(72), vgimg.UseImageWithContext(drawn, context))})
	if f.pixels == nil {
		return drawn
	}
	// Lines and labels are grey and keep clear of the spectrogram: where they
	// left the canvas white, the pixels below show.
	img := image.NewPaletted(f.pixels.Rect, f.pixels.Palette)
	copy(img.Pix, f.pixels.Pix)
	for i, pix := 0, drawn.Pix; i < len(img.Pix); i, pix = i+1, pix[4:] {
		if y := pix[0]; y != 255 {
			img.Pix[i] = paletteGrey(y)
		}
	}
	return img
}

// WritePNG writes the picture as a PNG file, paletted for spectrograms. The
// same figure gives the same bytes.
func (f *Figure) WritePNG(w io.Writer) error {
	e := png.Encoder{CompressionLevel: png.BestSpeed}
	return e.Encode(w, f.Image())
}

// WriteSVG writes the picture as an SVG file: lines and text as such, the
// spectrogram as an image whose pixels are not to be smoothed. The same figure
// gives the same bytes.
func (f *Figure) WriteSVG(w io.Writer) error {
	c := vgsvg.NewWith(vgsvg.UseWH(vg.Length(f.width), vg.Length(f.height)))
	if f.pixels != nil {
		c.DrawImage(f.canvasRect(), f.pixels)
	}
	f.draw(c)
	var b bytes.Buffer
	if _, err := c.WriteTo(&b); err != nil {
		return fmt.Errorf("plot: writing SVG: %w", err)
	}
	// What vgsvg has no options for. None of the replaced strings can come from
	// a label, where quotes and angle brackets are escaped.
	_, err := strings.NewReplacer(
		`<image `, `<image style="image-rendering:pixelated" `,
		`"data:image/jpg;`, `"data:image/png;`,
		`style="font-family:Liberation Sans;`, `style="font-family:Liberation Sans,Arial,Helvetica,sans-serif;`,
	).WriteString(w, b.String())
	return err
}

// WritePDF writes the picture as a PDF file: lines and text as such, the
// spectrogram as an image. Characters outside of Windows-1252 become question
// marks. The same figure gives the same bytes; the date in the file is that of
// 1 January 1970.
func (f *Figure) WritePDF(w io.Writer) (err error) {
	// vgpdf panics where it fails, for instance to write to a temporary folder.
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("plot: writing PDF: %v", r)
		}
	}()
	c := vgpdf.New(vg.Length(f.width), vg.Length(f.height))
	if f.pixels != nil {
		// vgpdf draws images upside down.
		c.Push()
		c.Translate(vg.Point{Y: vg.Length(f.height)})
		c.Scale(1, -1)
		c.DrawImage(f.canvasRect(), f.pixels)
		c.Pop()
	}
	f.draw(pdfCanvas{c})
	var b bytes.Buffer
	if _, err := c.WriteTo(&b); err != nil {
		return fmt.Errorf("plot: writing PDF: %w", err)
	}
	for _, key := range []string{"/CreationDate (D:", "/ModDate (D:"} {
		if i := bytes.LastIndex(b.Bytes(), []byte(key)); i >= 0 {
			copy(b.Bytes()[i+len(key):], "19700101000000")
		}
	}
	_, err = w.Write(b.Bytes())
	return err
}

func (f *Figure) canvasRect() vg.Rectangle {
	return vg.Rectangle{Max: vg.Point{X: vg.Length(f.width), Y: vg.Length(f.height)}}
}

// pngCanvas draws a box for every character that the font lacks, where vgimg
// would leave it out.
type pngCanvas struct{ vg.Canvas }

func (c pngCanvas) FillString(f font.Face, at vg.Point, s string) {
	var b sfnt.Buffer
	c.Canvas.FillString(f, at, strings.Map(func(r rune) rune {
		if i, err := f.Face.GlyphIndex(&b, r); err != nil || i == 0 {
			return '□'
		}
		return r
	}, s))
}

// pdfCanvas writes text in the encoding that vgpdf declares but leaves to its
// callers.
type pdfCanvas struct{ vg.Canvas }

func (c pdfCanvas) FillString(f font.Face, at vg.Point, s string) {
	c.Canvas.FillString(f, at, windows1252(s))
}
