package plot

import (
	"fmt"
	"math"
	"strings"
	"testing"
)

// ramp is a grid whose values rise from 0 to 1, row by row.
func ramp(rows, columns int) Grid {
	g := Grid{RowAxis: "True class", ColumnAxis: "Nearest label", ValueAxis: "Part"}
	for i := range rows {
		g.Rows = append(g.Rows, fmt.Sprint("a row named ", i))
	}
	for i := range columns {
		g.Columns = append(g.Columns, fmt.Sprint("column ", i))
	}
	for i := range rows * columns {
		g.Values = append(g.Values, float32(i)/float32(rows*columns-1))
	}
	return g
}

// TestHeatmapCells reads the colour of every pixel back from the PNG: each must be
// that of the cell that its place belongs to.
func TestHeatmapCells(t *testing.T) {
	palette := Viridis.palette()
	for _, size := range [][4]int{{1, 2, 0, 0}, {3, 4, 0, 0}, {7, 5, 300, 500}, {60, 60, 0, 0}, {200, 150, 700, 0}} {
		g := ramp(size[0], size[1])
		cfg := Config{Width: size[2], Height: size[3], Colormap: Viridis}
		f, err := Heatmap(g, cfg)
		if err != nil {
			t.Fatal(err)
		}
		lo, hi := span32(g.Values)
		p, err := newGridPage(&g, &valueScale{bottom: lo, top: hi}, &cfg)
		if err != nil {
			t.Fatal(err)
		}
		img := decode(t, f)
		if img.Rect.Dx() != cfg.Width || img.Rect.Dy() != cfg.Height {
			t.Errorf("%v: %v, want %d×%d", size, img.Rect, cfg.Width, cfg.Height)
		}
		for x, column := range levelsIn(t, img, p.panel, Viridis) {
			for up, level := range column {
				row := (p.panel.Dy() - 1 - up) * size[0] / p.panel.Dy()
				at := x * size[1] / p.panel.Dx()
				// The edges of cells are rounded down, so a pixel may be of the next.
				is := func(r, c int) bool {
					v := g.Values[min(r, size[0]-1)*size[1]+min(c, size[1]-1)]
					return palette[level] == palette[levelOf(float64(v))] // some levels look the same
				}
				if !is(row, at) && !is(row+1, at) && !is(row, at+1) && !is(row+1, at+1) {
					t.Fatalf("%v: pixel %d,%d has level %d", size, x, up, level)
				}
			}
		}
	}
}

func TestHeatmapRange(t *testing.T) {
	nan := float32(math.NaN())
	for _, test := range []struct {
		values   []float32
		min, max float64
		want     string
	}{
		{[]float32{-1, 0, 1, 3}, 0, 0, "[0 60 120 239]"},
		{[]float32{-1, 0, 1, 3}, -1, 1, "[0 120 239 239]"},
		{[]float32{0.5, 0.5, nan, 0.5}, 0, 0, "[120 120 0 120]"},
		{[]float32{nan, nan, nan, float32(math.Inf(1))}, 0, 0, "[0 0 0 239]"},
	} {
		g := ramp(2, 2)
		g.Values, g.Min, g.Max = test.values, test.min, test.max
		cfg := Config{}
		f, err := Heatmap(g, cfg)
		if err != nil {
			t.Fatal(err)
		}
		p, _ := newGridPage(&g, &valueScale{top: 1}, &cfg)
		var got []uint8
		for i := range 4 {
			r := p.cell(i/2, i%2)
			got = append(got, f.pixels.ColorIndexAt(r.Min.X+3, r.Min.Y+3))
		}
		if fmt.Sprint(got) != test.want {
			t.Errorf("%v from %v to %v: levels %v, want %v", test.values, test.min, test.max, got, test.want)
		}
	}
}

func TestHeatmapLabels(t *testing.T) {
	for _, size := range [][2]int{{0, 0}, {300, 250}, {600, 400}, {2000, 2000}} {
		for _, n := range []int{1, 2, 10, 60, 150} {
			g := ramp(n, n)
			if n%10 == 0 {
				g.Rows[n/2] = strings.Repeat("long ", 30)
				g.Columns[n/2] = g.Rows[n/2]
			} else {
				g.RowAxis, g.ColumnAxis = "", ""
			}
			if n == 10 {
				for i := range g.Values {
					g.Texts = append(g.Texts, fmt.Sprint(i))
				}
			}
			cfg := Config{Width: size[0], Height: size[1], Title: strings.Repeat("a long title ", 30)}
			what := fmt.Sprintf("%v, %d", size, n)
			f, err := Heatmap(g, cfg)
			if err != nil {
				if n < 150 || size[0] == 0 || size[0] == 2000 {
					t.Errorf("%s: %v", what, err)
				}
				continue
			}
			checkLabels(t, what, f, nil)
			texts := 0
			for _, l := range f.labels {
				if l.text == "57" {
					texts++
				}
			}
			if n == 10 && (texts == 1) != (size[0] != 300) {
				t.Errorf("%s: the text of a cell is there %d times", what, texts)
			}
			if n == 60 && size[0] == 0 { // every name is there, those of both axes
				for i := range 60 {
					if i != 30 && countLabel(f, g.Rows[i]) != 1 || i != 30 && countLabel(f, g.Columns[i]) != 1 {
						t.Errorf("%s: the names of row or column %d are missing", what, i)
					}
				}
			}
		}
	}
}

func countLabel(f *Figure, text string) (n int) {
	for _, l := range f.labels {
		if l.text == text {
			n++
		}
	}
	return n
}

func TestHeatmapErrors(t *testing.T) {
	for _, test := range []struct {
		change func(g *Grid, cfg *Config)
		want   string
	}{
		{func(g *Grid, _ *Config) { g.Rows = nil }, "0 rows"},
		{func(g *Grid, _ *Config) { g.Values = g.Values[1:] }, "8 values are not 3 rows × 3 columns"},
		{func(g *Grid, _ *Config) { g.Texts = []string{"a"} }, "1 texts for 9 cells"},
		{func(g *Grid, _ *Config) { g.Min, g.Max = 1, 0 }, "from 1 to 0"},
		{func(g *Grid, _ *Config) { g.Max = math.NaN() }, "to NaN"},
		{func(_ *Grid, cfg *Config) { cfg.Width = 100 }, "they need about"},
		{func(_ *Grid, cfg *Config) { cfg.Height = -1 }, "-1×-1"},
		{func(_ *Grid, cfg *Config) { cfg.Colormap = 9 }, "Colormap 9"},
	} {
		g, cfg := ramp(3, 3), Config{}
		test.change(&g, &cfg)
		if _, err := Heatmap(g, cfg); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("error %v, want one with %q", err, test.want)
		}
	}
}
