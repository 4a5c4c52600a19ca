package plot

import (
	"fmt"
	"image/color"
	"math"
	"strings"
)

// Colormap names the colours that values are drawn in, darkest for the
// smallest. All four rise evenly in lightness, so that they also read right in
// grey print.
type Colormap uint8

// Colour maps. Magma, Viridis and Inferno are those of matplotlib.
const (
	Magma Colormap = iota
	Viridis
	Inferno
	Grey
)

var colormapNames = []string{"magma", "viridis", "inferno", "grey"}

// String returns the name in lower case.
func (c Colormap) String() string { return enumName(colormapNames, int(c), "Colormap") }

// MarshalText returns the name, as String does.
func (c Colormap) MarshalText() ([]byte, error) {
	return marshalEnum(colormapNames, int(c), "Colormap")
}

// UnmarshalText accepts the name of a colour map in lower case.
func (c *Colormap) UnmarshalText(text []byte) error {
	i, err := parseEnum(colormapNames, text, "colour map")
	if err == nil {
		*c = Colormap(i)
	}
	return err
}

// levels is the number of colours a value can take in a picture. The other 16
// entries of a 256-colour palette are greys, for axes and anti-aliased text.
const levels = 240

// palette holds the colours of a picture: the levels from dark to light, then
// 16 greys from black to white.
func (c Colormap) palette() color.Palette {
	p := make(color.Palette, 0, 256)
	for i := range levels {
		p = append(p, c.at(float64(i)/(levels-1)))
	}
	for i := range 256 - levels {
		y := uint8(17 * i)
		p = append(p, color.RGBA{y, y, y, 255})
	}
	return p
}

// paletteWhite is the place of white in every palette.
const paletteWhite = 255

// paletteGrey returns the place of the grey next to y.
func paletteGrey(y uint8) uint8 { return uint8(levels + (int(y)+8)/17) }

// at returns the colour at x in [0, 1], interpolated between table entries.
func (c Colormap) at(x float64) color.RGBA {
	var table *[256]uint32
	switch c {
	case Viridis:
		table = &viridisTable
	case Inferno:
		table = &infernoTable
	case Grey:
		y := uint8(math.Round(255 * x))
		return color.RGBA{y, y, y, 255}
	default:
		table = &magmaTable
	}
	i := min(int(255*x), 254)
	f := 255*x - float64(i)
	mix := func(shift uint) uint8 {
		a, b := table[i]>>shift&0xff, table[i+1]>>shift&0xff
		return uint8(math.Round(float64(a)*(1-f) + float64(b)*f))
	}
	return color.RGBA{mix(16), mix(8), mix(0), 255}
}

func enumName(names []string, i int, kind string) string {
	if i < len(names) {
		return names[i]
	}
	return fmt.Sprintf("%s(%d)", kind, i)
}

func marshalEnum(names []string, i int, kind string) ([]byte, error) {
	if i < len(names) {
		return []byte(names[i]), nil
	}
	return nil, fmt.Errorf("plot: %s(%d) has no name", kind, i)
}

func parseEnum(names []string, text []byte, what string) (int, error) {
	for i, n := range names {
		if n == string(text) {
			return i, nil
		}
	}
	return 0, fmt.Errorf("plot: unknown %s %q; one of %s", what, text, strings.Join(names, ", "))
}
