package tokenizer

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/soundspace/soundspace/internal/tokenizer/ucd"
)

// normalizer brings a text into the form that a vocabulary is written in.
type normalizer interface {
	normalize(s string) string
}

// normalizeFunc is a normalizer without settings: lower case, a normal form.
type normalizeFunc func(s string) string

func (f normalizeFunc) normalize(s string) string { return f(s) }

// normalizers are applied in order.
type normalizers []normalizer

func (n normalizers) normalize(s string) string {
	for _, step := range n {
		s = step.normalize(s)
	}
	return s
}

// bertNormalizer is BERT's, each step of which can be switched off.
type bertNormalizer struct {
	// cleanText removes control characters and makes white space a blank.
	// handleChinese puts blanks around ideographs.
	// stripAccents decomposes (NFD) and removes nonspacing marks.
	cleanText, handleChinese, stripAccents, lowercase bool
}

func (n bertNormalizer) normalize(s string) string {
	if n.cleanText {
		s = strings.Map(cleanBert, s)
	}
	ascii := isASCII(s)
	if n.handleChinese && !ascii {
		s = spaceIdeographs(s)
	}
	if n.stripAccents && !ascii {
		s = without(ucd.BertMark, ucd.RustNFD.String(s))
	}
	if n.lowercase {
		s = ucd.LowerRust(s)
	}
	return s
}

func isASCII(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

func cleanBert(r rune) rune {
	switch {
	case ' ' <= r && r < 0x7f:
		return r
	case ucd.BertControl.Has(r):
		return -1
	case unicode.IsSpace(r):
		return ' '
	}
	return r
}

// ideographs are the blocks that BertNormalizer takes for Chinese characters. Extension E starts at U+2B820; the
// reference has U+2B920.
var ideographs = &unicode.RangeTable{
	R16: []unicode.Range16{{Lo: 0x3400, Hi: 0x4dbf, Stride: 1}, {Lo: 0x4e00, Hi: 0x9fff, Stride: 1}, {Lo: 0xf900, Hi: 0xfaff, Stride: 1}},
	R32: []unicode.Range32{
		{Lo: 0x20000, Hi: 0x2a6df, Stride: 1}, {Lo: 0x2a700, Hi: 0x2b81f, Stride: 1},
		{Lo: 0x2b920, Hi: 0x2ceaf, Stride: 1}, {Lo: 0x2f800, Hi: 0x2fa1f, Stride: 1},
	},
}

func spaceIdeographs(s string) string {
	if strings.IndexFunc(s, func(r rune) bool { return unicode.Is(ideographs, r) }) < 0 {
		return s
	}
	var b strings.Builder
	b.Grow(len(s) + len(s)/2)
	for _, r := range s {
		if unicode.Is(ideographs, r) {
			b.WriteByte(' ')
			b.WriteRune(r)
			b.WriteByte(' ')
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}

func without(class *ucd.Class, s string) string {
	return strings.Map(func(r rune) rune {
		if r >= utf8.RuneSelf && class.Has(r) {
			return -1
		}
		return r
	}, s)
}

// stripAccents removes all marks. It does not decompose.
func stripAccents(s string) string { return without(ucd.StripMark, s) }

// replacement puts content in the place of every occurrence of pattern.
type replacement struct {
	pattern, content string
}

func (n replacement) normalize(s string) string { return strings.ReplaceAll(s, n.pattern, n.content) }

// spaceReplacement puts content in the place of every run of white space: the regular expression \s+.
type spaceReplacement string

func (content spaceReplacement) normalize(s string) string {
	var b strings.Builder
	b.Grow(len(s))
	inSpace := false
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		if !unicode.IsSpace(r) {
			b.WriteString(s[i : i+size])
			inSpace = false
		} else if !inSpace {
			b.WriteString(string(content))
			inSpace = true
		}
		i += size
	}
	return b.String()
}

// prependage puts a text before any that is not empty.
type prependage string

func (p prependage) normalize(s string) string {
	if s == "" {
		return s
	}
	return string(p) + s
}

// trimmer removes white space at the ends.
type trimmer struct{ left, right bool }

func (n trimmer) normalize(s string) string {
	if n.left {
		s = strings.TrimLeftFunc(s, unicode.IsSpace)
	}
	if n.right {
		s = strings.TrimRightFunc(s, unicode.IsSpace)
	}
	return s
}

// maxGrowth is how many times longer a normalizer may make a text; the known ones reach 3.
const maxGrowth = 64

// growth bounds how many times longer n makes a text.
func growth(n normalizer) float64 {
	switch n := n.(type) {
	case normalizers:
		product := 1.0
		for _, step := range n {
			product *= growth(step)
		}
		return product
	case replacement:
		return max(1, float64(len(n.content))/float64(len(n.pattern)))
	case spaceReplacement:
		return max(1, float64(len(n)))
	case prependage:
		return max(1, float64(len(n)))
	}
	return 1
}
