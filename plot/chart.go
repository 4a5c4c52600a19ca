package plot

import (
	"image"
	"image/color"
	"math"
)

// curveColours are those of Okabe and Ito, told apart in every common form of
// colour blindness.
var curveColours = []color.RGBA{
	{0x00, 0x72, 0xb2, 255}, {0xd5, 0x5e, 0x00, 255}, {0x00, 0x9e, 0x73, 255}, {0xcc, 0x79, 0xa7, 255},
	{0xe6, 0x9f, 0x00, 255}, {0x56, 0xb4, 0xe9, 255}, {0x00, 0x00, 0x00, 255},
}

var lightGrey = color.RGBA{0xdd, 0xdd, 0xdd, 255}

func curveColour(i int) color.RGBA { return curveColours[i%len(curveColours)] }

// chart is a panel of curves.
type chart struct {
	*Figure
	panel image.Rectangle
	text  float64
	x, y  func(float64) float64 // values to the part of the way along and up
}

// axes draws grid, frame, ticks and names.
func (c *chart) axes(xTicks, yTicks []tick, xName, yName string) {
	for _, t := range xTicks {
		x := pixelAlong(c.panel, c.x(t.value))
		c.grid(point{x, float64(c.panel.Min.Y)}, point{x, float64(c.panel.Max.Y)})
	}
	for _, t := range yTicks {
		y := pixelUp(c.panel, c.y(t.value))
		c.grid(point{float64(c.panel.Min.X), y}, point{float64(c.panel.Max.X), y})
	}
	c.frame(c.panel, c.text)
	c.bottomTicks(c.panel, c.text, xTicks, c.x)
	c.bottomLabel(c.panel, c.text, xName)
	c.leftTicks(c.panel, c.text, yTicks, c.y)
	c.leftLabel(float64(c.panel.Min.X)-chartLeft(c.text)+(edgeRoom+0.5)*c.text, c.panel, c.text, yName)
}

func (c *chart) grid(a, b point) {
	c.strokes = append(c.strokes, stroke{points: []point{a, b}, width: 1, colour: lightGrey})
}

// linearTicksUp returns ticks for a vertical axis from lo to hi.
func (c *chart) linearTicksUp(lo, hi float64) []tick {
	height := float64(c.panel.Dy())
	return linearTicks(lo, hi, (hi-lo)*max(levelTickGap*c.text/height, 1.0/12), 0)
}

// linearTicksAlong returns ticks for a horizontal axis from lo to hi.
func (c *chart) linearTicksAlong(lo, hi float64) []tick {
	return linearTicks(lo, hi, (hi-lo)*5*c.text/float64(c.panel.Dx()), 0)
}

// extremes returns which of the values to draw: all of them or, where there are
// many more than pixels, the least and the greatest in each column, in order.
func extremes[T float32 | float64](values []T, columns []span) []int {
	var out []int
	if len(values) <= 4*len(columns) {
		for i := range values {
			out = append(out, i)
		}
		return out
	}
	for _, s := range columns {
		least, greatest := int(s.lo), int(s.lo)
		for i := int(s.lo); i < int(s.hi); i++ {
			if values[i] < values[least] {
				least = i
			}
			if values[i] > values[greatest] {
				greatest = i
			}
		}
		out = append(out, min(least, greatest))
		if least != greatest {
			out = append(out, max(least, greatest))
		}
	}
	return out
}

// curve draws a line through n points, without what lies outside of the panel.
// It has gaps where a value is NaN.
func (c *chart) curve(n int, at func(i int) (x, y float64), colour color.RGBA) {
	s := stroke{width: 1.2 * lineWidth(c.text), colour: colour}
	flush := func() {
		if len(s.points) > 1 {
			c.strokes = append(c.strokes, s)
		}
		s.points = nil
	}
	var last point
	have := false
	for i := range n {
		x, y := at(i)
		p := point{
			float64(c.panel.Min.X) + c.x(x)*float64(c.panel.Dx()),
			float64(c.panel.Max.Y) - c.y(y)*float64(c.panel.Dy()),
		}
		if math.IsNaN(p.x) || math.IsNaN(p.y) {
			flush()
			have = false
			continue
		}
		// An infinite value is drawn as one far away.
		p.y = min(max(p.y, -1e6), 1e6)
		if have {
			a, b, ok := c.clip(last, p)
			switch {
			case !ok:
				flush()
			case len(s.points) > 0 && s.points[len(s.points)-1] == a:
				s.points = append(s.points, b)
			default:
				flush()
				s.points = append(s.points, a, b)
			}
		}
		last, have = p, true
	}
	flush()
}

// clip returns the part of the line from a to b that lies in the panel, after
// Liang and Barsky.
func (c *chart) clip(a, b point) (point, point, bool) {
	from, to := 0.0, 1.0
	for _, side := range [4][2]float64{
		{a.x - b.x, a.x - float64(c.panel.Min.X)}, {b.x - a.x, float64(c.panel.Max.X) - a.x},
		{a.y - b.y, a.y - float64(c.panel.Min.Y)}, {b.y - a.y, float64(c.panel.Max.Y) - a.y},
	} {
		switch t := side[1] / side[0]; {
		case side[0] == 0 && side[1] < 0:
			return a, b, false
		case side[0] < 0:
			from = max(from, t)
		case side[0] > 0:
			to = min(to, t)
		}
	}
	if from > to {
		return a, b, false
	}
	along := func(t float64) point {
		switch t {
		case 0:
			return a
		case 1:
			return b
		}
		return point{a.x + t*(b.x-a.x), a.y + t*(b.y-a.y)}
	}
	return along(from), along(to), true
}

// legend names the curves in the top right corner of the panel.
func (c *chart) legend(names []string) {
	sample, pad := 1.6*c.text, 0.5*c.text
	room := float64(c.panel.Dx()) - 5*pad - sample
	widest := 0.0
	for i, name := range names {
		names[i] = fitText(cleanText(name), c.text, room)
		widest = max(widest, textWidth(names[i], c.text))
	}
	if widest == 0 || float64(len(names))*lineRoom*c.text+3*pad > float64(c.panel.Dy()) {
		return
	}
	x1 := float64(c.panel.Max.X) - pad
	x0 := x1 - widest - 3*pad - sample
	y0 := float64(c.panel.Min.Y) + pad
	y1 := y0 + float64(len(names))*lineRoom*c.text + pad
	c.strokes = append(c.strokes, stroke{
		points: []point{{x0, y0}, {x1, y0}, {x1, y1}, {x0, y1}}, closed: true, width: 1, colour: lightGrey, fill: true,
	})
	for i, name := range names {
		y := y0 + pad/2 + (float64(i)+0.5)*lineRoom*c.text
		c.strokes = append(c.strokes, stroke{
			points: []point{{x0 + pad, y}, {x0 + pad + sample, y}}, width: 2 * lineWidth(c.text), colour: curveColour(i),
		})
		c.addLabel(label{text: name, size: c.text, x: x0 + 2*pad + sample, y: y})
	}
}

// chartLeft is the room left of a chart for its axis.
func chartLeft(text float64) float64 {
	return math.Ceil((edgeRoom+lineRoom+tickRoom+labelGap)*text + textWidth("-0000", text))
}
