package plot

import (
	"strings"
	"sync"
	"unicode"

	"codeberg.org/go-fonts/liberation/liberationsansregular"
	"golang.org/x/image/font/opentype"
	"gonum.org/v1/plot/font"
)

// sans is the only font used. Loading it alone keeps 4 MB of other faces, which
// the root package of gonum/plot registers, out of programs.
var sans = sync.OnceValue(func() *opentype.Font {
	f, err := opentype.Parse(liberationsansregular.TTF)
	if err != nil {
		panic("plot: the embedded font is broken: " + err.Error())
	}
	return f
})

// face returns the font at a size in pixels, which are points here: all
// canvases have 72 dots an inch.
func face(size float64) font.Face {
	return font.Face{
		Font: font.Font{Typeface: "Liberation", Variant: "Sans", Size: font.Points(size)},
		Face: sans(),
	}
}

// textWidth returns how many pixels s is wide.
func textWidth(s string, size float64) float64 {
	f := face(size)
	return f.Width(s).Points()
}

// fitText cuts s to at most width pixels, ending in "…" if anything was cut,
// or returns nothing if not even that fits.
func fitText(s string, size, width float64) string {
	if textWidth(s, size) <= width {
		return s
	}
	runes := []rune(s)
	// Widths grow with the number of characters, but for rare kerning: search.
	lo, hi := 0, len(runes)
	cut := func(n int) string { return strings.TrimRight(string(runes[:n]), " ") + "…" }
	for lo < hi {
		n := (lo + hi + 1) / 2
		if textWidth(cut(n), size) <= width {
			lo = n
		} else {
			hi = n - 1
		}
	}
	if lo == 0 {
		return ""
	}
	return cut(lo)
}

// cleanText makes s fit for every output: valid UTF-8 without the control
// characters that XML forbids.
func cleanText(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == 0xfffe || r == 0xffff {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD"))
}
