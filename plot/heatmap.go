package plot

import (
	"fmt"
	"image"
	"math"
)

// Grid is a matrix of values with names for its rows and columns, such as the
// confusions of a classifier or the cosines of embeddings.
type Grid struct {
	// Rows are the names of the rows, the first on top, and Columns those of the
	// columns, the first on the left.
	Rows, Columns []string
	// Values holds len(Rows)·len(Columns) values, row by row.
	Values []float32
	// RowAxis, ColumnAxis and ValueAxis name the axes and the colour bar.
	RowAxis, ColumnAxis, ValueAxis string
	// Min and Max are the ends of the colours. If they are the same, the least
	// and the greatest value are.
	Min, Max float64
	// Texts, if there are any, stand in the cells, a text for each value. They are
	// left out if the cells are too small for them.
	Texts []string
}

// Heatmap draws the values of a grid as colours. Every cell is the same number of
// pixels wide and high, but for rounding, and of one colour; NaN is darkest. Where
// cells are too small for a name each, names stand at every second, third and so
// on.
//
// Of Config, Width, Height, Title and Colormap are used. If Width and Height are 0,
// the picture is as large as the names need: all can be read up to some 150 rows.
// If one of them is 0 it is as the other.
func Heatmap(g Grid, cfg Config) (*Figure, error) {
	rows, columns := len(g.Rows), len(g.Columns)
	if rows == 0 || columns == 0 {
		return nil, fmt.Errorf("plot: a grid of %d rows and %d columns cannot be drawn", rows, columns)
	}
	if len(g.Values) != rows*columns {
		return nil, fmt.Errorf("plot: %d values are not %d rows × %d columns", len(g.Values), rows, columns)
	}
	if len(g.Texts) > 0 && len(g.Texts) != len(g.Values) {
		return nil, fmt.Errorf("plot: %d texts for %d cells", len(g.Texts), len(g.Values))
	}
	scale := valueScale{bottom: g.Min, top: g.Max, name: g.ValueAxis}
	if g.Min == g.Max {
		scale.bottom, scale.top = span32(g.Values)
	}
	if !(scale.bottom < scale.top) || math.IsInf(scale.top-scale.bottom, 0) {
		return nil, fmt.Errorf("plot: values cannot be drawn from %g to %g", g.Min, g.Max)
	}
	p, err := newGridPage(&g, &scale, &cfg)
	if err != nil {
		return nil, err
	}

	f := newFigure(cfg.Width, cfg.Height, cfg.Colormap)
	level := func(row, column int) uint8 {
		return levelOf((float64(g.Values[row*columns+column]) - scale.bottom) / (scale.top - scale.bottom))
	}
	for row := range rows {
		for column := range columns {
			f.fill(p.cell(row, column), level(row, column))
		}
	}
	f.frame(p.panel, p.text)
	f.title(p.title, p.titleSize, p.panel.Min.X, p.text)
	p.names(f, &g)
	f.colourBar(p.bar, p.text, &scale)

	if !p.textsFit(g.Texts) {
		return f, nil
	}
	for i, s := range g.Texts {
		if s == "" {
			continue
		}
		cell := p.cell(i/columns, i%columns)
		at := label{text: s, size: p.text, x: middle(cell.Min.X, cell.Max.X), y: middle(cell.Min.Y, cell.Max.Y), align: 0.5}
		// Text is black and grey, and most colours are dark: it gets a white ground.
		w, h := (textWidth(s, p.text)+textPad*p.text)/2, (digitHeight+textPad)*p.text/2
		f.fill(image.Rect(int(at.x-w), int(at.y-h), int(math.Ceil(at.x+w)), int(math.Ceil(at.y+h))), paletteWhite)
		f.addLabel(at)
	}
	return f, nil
}

// textPad is the room around the text of a cell, as a multiple of its size.
const textPad = 0.4

func middle(a, b int) float64 { return float64(a+b) / 2 }

// span32 returns the least and the greatest finite value, and some room if they are
// the same or there are none.
func span32(values []float32) (lo, hi float64) {
	lo, hi = math.Inf(1), math.Inf(-1)
	for _, v := range values {
		if v := float64(v); !math.IsNaN(v) && !math.IsInf(v, 0) {
			lo, hi = min(lo, v), max(hi, v)
		}
	}
	switch {
	case lo > hi:
		return 0, 1
	case lo == hi:
		return lo - math.Max(1e-3, math.Abs(lo)/2), hi + math.Max(1e-3, math.Abs(lo)/2)
	}
	return lo, hi
}

// fill gives a part of the picture one colour.
func (f *Figure) fill(r image.Rectangle, level uint8) {
	for y := r.Min.Y; y < r.Max.Y; y++ {
		row := f.pixels.Pix[f.pixels.PixOffset(r.Min.X, y):][:r.Dx()]
		for x := range row {
			row[x] = level
		}
	}
}

// gridPage is where everything stands in a picture of a grid.
type gridPage struct {
	text          float64 // size of text
	nameSize      float64 // size of the names of rows and columns, at most that of text
	title         []string
	titleSize     float64
	panel, bar    image.Rectangle
	rows, columns int
	below         float64 // the middle of the line under the names of columns
}

// Sizes in pixels.
const (
	minNameSize  = 9
	nameRoom     = 1.2 // a line of names, as a multiple of their size
	largestCell  = 56
	smallestCell = 14 // if the picture may grow
	usualPanel   = 800
	largestPanel = 2200 // where even smallest cells have to shrink
)

// newGridPage lays out a grid, and sets the size of the picture in cfg if it is 0.
func newGridPage(g *Grid, scale *valueScale, cfg *Config) (*gridPage, error) {
	grow := cfg.Width == 0 && cfg.Height == 0
	if cfg.Width == 0 {
		cfg.Width = cfg.Height
	} else if cfg.Height == 0 {
		cfg.Height = cfg.Width
	}
	c, err := cfg.resolve(1)
	if err != nil {
		return nil, err
	}
	p := &gridPage{rows: len(g.Rows), columns: len(g.Columns), title: titleLines(cfg.Title)}
	p.text = 12
	if !grow {
		p.text = textSize(c.Width, c.Height)
	}
	p.titleSize = math.Round(1.15 * p.text)
	px := func(times float64) int { return int(math.Ceil(times * p.text)) }

	barText := math.Max(textWidth("-0000", p.text), textWidth(fmt.Sprintf("%.1f", scale.top), p.text))
	top := px(edgeRoom) + int(float64(len(p.title))*lineRoom*p.titleSize)
	right := px(barGap+barWidth+tickRoom+labelGap+lineRoom+edgeRoom) + int(barText)

	// margins returns the room left and below for names of a size.
	margins := func(longest float64) (left, bottom int) {
		left = px(edgeRoom+tickRoom+labelGap) + int(lineWidth(p.text)) + 1
		bottom = left
		if g.RowAxis != "" {
			left += px(lineRoom)
		}
		if g.ColumnAxis != "" {
			bottom += px(lineRoom)
		}
		return left + int(min(longest, widest(g.Rows, p.nameSize))), bottom + int(min(longest, widest(g.Columns, p.nameSize)))
	}

	var left, bottom, width, height int
	if grow {
		most := max(p.rows, p.columns)
		cell := float64(usualPanel) / float64(most)
		cell = min(max(cell, smallestCell), largestCell, largestPanel/float64(most))
		if len(g.Texts) > 0 {
			if need := p.textRoom(g.Texts); need*float64(most) <= largestPanel/2 {
				cell = max(cell, need)
			}
		}
		p.nameSize = nameSize(cell, p.text)
		left, bottom = margins(24 * p.nameSize)
		width, height = int(math.Ceil(cell*float64(p.columns))), int(math.Ceil(cell*float64(p.rows)))
		width, height = max(width, minPanelWidth, p.columns), max(height, 4*minPanelHeight, p.rows)
		c.Width, c.Height = left+width+right, top+height+bottom
		if c, err = c.resolve(1); err != nil {
			return nil, err
		}
	} else {
		p.nameSize = p.text
		for range 3 { // names shrink with the cells, which leaves more room for these
			left, bottom = margins(0.3 * float64(min(c.Width, c.Height)))
			width, height = c.Width-left-right, c.Height-top-bottom
			p.nameSize = nameSize(min(float64(width)/float64(p.columns), float64(height)/float64(p.rows)), p.text)
		}
	}
	if needWidth, needHeight := max(minPanelWidth, p.columns), max(minPanelHeight, p.rows); width < needWidth || height < needHeight {
		return nil, fmt.Errorf("plot: Config.Width×Height of %d×%d leaves no room for %d×%d cells beside their names; they need about %d×%d",
			c.Width, c.Height, p.columns, p.rows, c.Width-width+needWidth, c.Height-height+needHeight)
	}
	p.panel = image.Rect(left, top, left+width, top+height)
	x := left + width + px(barGap)
	p.bar = image.Rect(x, top, x+px(barWidth), top+height)
	p.below = float64(c.Height) - (edgeRoom+0.5)*p.text
	*cfg = c
	return p, nil
}

// nameSize returns the size of names for cells of so many pixels.
func nameSize(cell, text float64) float64 { return min(max(cell/nameRoom, minNameSize), text) }

// widest returns how many pixels the longest name is wide.
func widest(names []string, size float64) float64 {
	w := 0.0
	for _, s := range names {
		w = max(w, textWidth(cleanText(s), size))
	}
	return math.Ceil(w)
}

// cell returns the pixels of a cell.
func (p *gridPage) cell(row, column int) image.Rectangle {
	d := p.panel.Size()
	return image.Rect(column*d.X/p.columns, row*d.Y/p.rows, (column+1)*d.X/p.columns, (row+1)*d.Y/p.rows).Add(p.panel.Min)
}

// textRoom returns the side of a cell that all texts fit in.
func (p *gridPage) textRoom(texts []string) float64 {
	return max(widest(texts, p.text)+2*textPad*p.text, nameRoom*p.text+2)
}

func (p *gridPage) textsFit(texts []string) bool {
	need := p.textRoom(texts)
	return float64(p.panel.Dx()/p.columns) >= need && float64(p.panel.Dy()/p.rows) >= nameRoom*p.text+2
}

// names draws those of rows and columns, and of their axes.
func (p *gridPage) names(f *Figure, g *Grid) {
	every := func(n, pixels int) int {
		return int(math.Ceil(nameRoom * p.nameSize * float64(n) / float64(pixels) * (1 - 1e-9)))
	}
	end := (tickRoom + labelGap) * p.text
	left := float64(p.panel.Min.X) - lineWidth(p.text)
	room := left - end - edgeRoom*p.text
	if g.RowAxis != "" {
		room -= lineRoom * p.text
	}
	for i := 0; i < p.rows; i += every(p.rows, p.panel.Dy()) {
		cell := p.cell(i, 0)
		y := middle(cell.Min.Y, cell.Max.Y)
		f.line(p.text, left-math.Round(tickRoom*p.text), y, left, y)
		f.addLabel(label{text: g.Rows[i], size: p.nameSize, x: left - end, y: y, align: 1, fit: room})
	}
	bottom := float64(p.panel.Max.Y) + lineWidth(p.text)
	room = float64(f.height) - bottom - end - edgeRoom*p.text
	if g.ColumnAxis != "" {
		room -= lineRoom * p.text
	}
	for i := 0; i < p.columns; i += every(p.columns, p.panel.Dx()) {
		cell := p.cell(0, i)
		x := middle(cell.Min.X, cell.Max.X)
		f.line(p.text, x, bottom, x, bottom+math.Round(tickRoom*p.text))
		f.addLabel(label{text: g.Columns[i], size: p.nameSize, x: x, y: bottom + end, align: 1, upright: true, fit: room})
	}
	f.leftLabel((edgeRoom+0.5)*p.text, p.panel, p.text, g.RowAxis)
	f.addLabel(label{
		text: g.ColumnAxis, size: p.text, fit: float64(p.panel.Dx()),
		x: middle(p.panel.Min.X, p.panel.Max.X), y: p.below, align: 0.5,
	})
}
