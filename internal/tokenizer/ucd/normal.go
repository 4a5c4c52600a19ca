package ucd

import (
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Form is a Unicode normal form with the data of one library (UAX #15).
//
// The work is done here and not by golang.org/x/text/unicode/norm, which cuts runs of more than 30 combining
// marks with U+034F as its stream-safe format wants; that package's tables are used.
type Form struct {
	form    norm.Form
	compose bool
	unknown set // characters that the library takes for plain, uncombined ones
}

// The normal forms of CPython 3.12 and of tokenizers 0.22.
var (
	PythonNFC  = &Form{form: norm.NFC, compose: true}
	PythonNFKC = &Form{form: norm.NFKC, compose: true}
	RustNFC    = &Form{norm.NFC, true, rustUnknown}
	RustNFD    = &Form{norm.NFD, false, rustUnknown}
	RustNFKC   = &Form{norm.NFKC, true, rustUnknown}
	RustNFKD   = &Form{norm.NFKD, false, rustUnknown}
)

// String returns s in the normal form. s must be valid UTF-8.
func (f *Form) String(s string) string {
	if isASCII(s) || f.form.IsNormalString(s) {
		return s
	}
	w := writer{form: f}
	w.out.Grow(len(s))
	for i := 0; i < len(s); {
		if c := s[i]; c < utf8.RuneSelf {
			w.add(char{rune(c), 0})
			i++
			continue
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		w.decompose(r, s[i:i+size])
		i += size
	}
	w.flush()
	return w.out.String()
}

func isASCII(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// char is a character with its canonical combining class.
type char struct {
	r   rune
	ccc uint8
}

// writer puts characters in canonical order, composes them and writes them out. It holds back one starter with
// the marks that follow it.
type writer struct {
	form *Form
	held []char
	out  strings.Builder
}

// Hangul syllables are made by arithmetic (Unicode standard, section 3.12).
const (
	hangulBase, leadBase, vowelBase, tailBase = 0xAC00, 0x1100, 0x1161, 0x11A7
	leads, vowels, tails                      = 19, 21, 28
)

// decompose adds the full decomposition of r, whose bytes are s.
func (w *writer) decompose(r rune, s string) {
	if n := r - hangulBase; 0 <= n && n < leads*vowels*tails {
		w.add(char{leadBase + n/(vowels*tails), 0})
		w.add(char{vowelBase + n/tails%vowels, 0})
		if n%tails > 0 {
			w.add(char{tailBase + n%tails, 0})
		}
		return
	}
	if w.form.unknown.has(r) {
		w.add(char{r, 0})
		return
	}
	// The decomposition of a composing form is empty where the character is its own normal form.
	decomposing := norm.NFD
	if w.form.form == norm.NFKC || w.form.form == norm.NFKD {
		decomposing = norm.NFKD
	}
	properties := decomposing.PropertiesString(s)
	parts := properties.Decomposition()
	if parts == nil {
		w.add(char{r, properties.CCC()})
		return
	}
	for len(parts) > 0 {
		r, size := utf8.DecodeRune(parts)
		w.add(char{r, decomposing.Properties(parts).CCC()})
		parts = parts[size:]
	}
}

// add takes the next decomposed character.
func (w *writer) add(c char) {
	if c.ccc == 0 {
		w.settle()
		if len(w.held) == 1 && w.form.compose {
			if r, ok := composed(w.held[0].r, c.r); ok && !w.form.unknown.has(r) {
				w.held[0].r = r
				return
			}
		}
		w.flush()
	}
	w.held = append(w.held, c)
}

// flush writes what is held back.
func (w *writer) flush() {
	w.settle()
	for _, c := range w.held {
		w.out.WriteRune(c.r)
	}
	w.held = w.held[:0]
}

// settle orders the held marks by combining class and composes what composes with the starter.
func (w *writer) settle() {
	if len(w.held) < 2 {
		return
	}
	marks := w.held
	starts := w.held[0].ccc == 0
	if starts {
		marks = w.held[1:]
	}
	slices.SortStableFunc(marks, func(a, b char) int { return int(a.ccc) - int(b.ccc) })
	if !starts || !w.form.compose {
		return
	}
	kept := w.held[:1]
	for _, c := range marks {
		blocked := len(kept) > 1 && kept[len(kept)-1].ccc >= c.ccc
		if r, ok := composed(kept[0].r, c.r); ok && !blocked && !w.form.unknown.has(r) {
			kept[0].r = r
			continue
		}
		kept = append(kept, c)
	}
	w.held = kept
}

// composed returns the primary composite of a and b.
func composed(a, b rune) (rune, bool) {
	if l, v := a-leadBase, b-vowelBase; 0 <= l && l < leads && 0 <= v && v < vowels {
		return hangulBase + (l*vowels+v)*tails, true
	}
	if s, t := a-hangulBase, b-tailBase; 0 <= s && s < leads*vowels*tails && s%tails == 0 && 0 < t && t < tails {
		return a + t, true
	}
	r, ok := compositions()[[2]rune{a, b}]
	return r, ok
}

// compositions are the primary composites by their two parts. The characters that keep their form under NFC
// though they decompose are exactly those, and the last character of the decomposition is the second part.
var compositions = sync.OnceValue(func() map[[2]rune]rune {
	composites := make(map[[2]rune]rune, 1024)
	for r := rune(0xC0); r < 0x20000; r++ {
		s := string(r)
		if len(norm.NFC.PropertiesString(s).Decomposition()) == 0 || !norm.NFC.IsNormalString(s) {
			continue
		}
		parts := norm.NFD.String(s)
		last, size := utf8.DecodeLastRuneInString(parts)
		first := []rune(norm.NFC.String(parts[:len(parts)-size]))
		if len(first) == 1 {
			composites[[2]rune{first[0], last}] = r
		}
	}
	return composites
})
