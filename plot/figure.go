package plot

import (
	"bytes"
	"image"
	"image/color"
	"math"

	"gonum.org/v1/plot/vg"
)

// Figure is a finished picture. Its methods may be called concurrently.
type Figure struct {
	width, height int
	// pixels is the whole picture without its lines and labels, white where
	// nothing else is; nil in pictures of curves.
	pixels  *image.Paletted
	strokes []stroke
	labels  []label
}

// point is a place in the picture, in pixels from its top left corner.
type point struct{ x, y float64 }

// stroke is a line through points.
type stroke struct {
	points []point
	closed bool
	fill   bool // white inside
	width  float64
	colour color.RGBA
}

// label is a line of text.
type label struct {
	text    string
	size    float64
	x, y    float64 // y is half-way up the digits
	align   float64 // the part of the text that lies before x: 0, 0.5 or 1
	upright bool    // reads upwards, with x half-way up the digits
	fit     float64 // the room there is, 0 for any
}

// digitHeight is that of the font's digits and capitals, as a part of its size.
const digitHeight = 0.69

func newFigure(width, height int, colours Colormap) *Figure {
	f := &Figure{width: width, height: height}
	f.pixels = &image.Paletted{
		Pix:     bytes.Repeat([]byte{paletteWhite}, width*height),
		Stride:  width,
		Rect:    image.Rect(0, 0, width, height),
		Palette: colours.palette(),
	}
	return f
}

// addLabel adds a line of text, cut to what fits.
func (f *Figure) addLabel(l label) {
	l.text = cleanText(l.text)
	if l.fit > 0 {
		l.text = fitText(l.text, l.size, l.fit)
	}
	if l.text != "" {
		f.labels = append(f.labels, l)
	}
}

// draw puts strokes and labels on a canvas of 72 dots an inch, whose points are
// our pixels, counted from the bottom.
func (f *Figure) draw(c vg.Canvas) {
	at := func(p point) vg.Point {
		return vg.Point{X: vg.Length(p.x), Y: vg.Length(float64(f.height) - p.y)}
	}
	for _, s := range f.strokes {
		var path vg.Path
		for i, p := range s.points {
			if i == 0 {
				path.Move(at(p))
			} else {
				path.Line(at(p))
			}
		}
		if s.closed {
			path.Close()
		}
		if s.fill {
			c.SetColor(color.White)
			c.Fill(path)
		}
		c.SetColor(s.colour)
		c.SetLineWidth(vg.Length(s.width))
		c.Stroke(path)
	}
	c.SetColor(black)
	for _, l := range f.labels {
		before := l.align * textWidth(l.text, l.size)
		below := l.size * digitHeight / 2
		if !l.upright {
			c.FillString(face(l.size), at(point{l.x - before, l.y + below}), l.text)
			continue
		}
		// The canvas turns about its origin, so the place is turned back: a
		// quarter turn to the left takes (y, -x) to (x, y).
		place := at(point{l.x + below, l.y + before})
		c.Push()
		c.Rotate(math.Pi / 2)
		c.FillString(face(l.size), vg.Point{X: place.Y, Y: -place.X}, l.text)
		c.Pop()
	}
}
