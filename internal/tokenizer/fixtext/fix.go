// Package fixtext repairs text the way the ftfy library (version 6.3, default settings) does: what CLIP's original
// tokenizer does to every text before anything else.
//
// Text that was UTF-8 but was read as an old one-byte encoding ("mojibake": donâ€™t for don’t) is found by the
// sequences of characters that such a mistake leaves behind (badness.go) and read again (mojibake.go). Then
// HTML entities, C1 controls, Latin ligatures, full and half width forms, curly quotes, line breaks, terminal
// escapes and control characters are replaced by what a plain text would hold, and the result is brought to NFC.
// All of it is repeated until nothing changes.
//
// Reference: R. Speer, ftfy 6.3.1, functions fix_text and fix_and_explain.
package fixtext

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/soundspace/soundspace/internal/tokenizer/ucd"
)

const (
	// segmentRunes is the longest piece of a line that is repaired at once.
	segmentRunes = 1_000_000
	// layers of entities (&amp;amp;amp;…) are taken off one a round up to this many, and then all at once: ftfy
	// takes time that grows with the square of the number of layers.
	entityRounds = 32
	// maxRounds ends the repetition for text made to keep it busy. Real text takes two or three rounds.
	maxRounds = 1000
)

// Fix repairs s, which must be valid UTF-8. Lines are repaired independently, but from the first line that holds a
// "<", taken for the start of HTML, entities are left alone.
func Fix(s string) string {
	if !suspicious(s) {
		return s
	}
	var b strings.Builder
	b.Grow(len(s))
	entities := true
	for s != "" {
		end := len(s)
		if i := strings.IndexByte(s, '\n'); i >= 0 {
			end = i + 1
		}
		if end > segmentRunes {
			end = min(end, runes(s, segmentRunes))
		}
		segment := s[:end]
		entities = entities && !strings.Contains(segment, "<")
		b.WriteString(fixSegment(segment, entities))
		s = s[end:]
	}
	return b.String()
}

// suspicious reports whether anything in s could be changed: ASCII without entities and controls cannot.
func suspicious(s string) bool {
	for i := 0; i < len(s); i++ {
		if c := s[i]; c >= 0x7f || c == '&' || c < ' ' && c != '\t' && c != '\n' && c != '\f' {
			return true
		}
	}
	return false
}

// runes returns the length in bytes of the first n characters of s.
func runes(s string, n int) int {
	for i := range s {
		if n == 0 {
			return i
		}
		n--
	}
	return len(s)
}

func fixSegment(s string, entities bool) string {
	for round := 0; round < maxRounds; round++ {
		before := s
		if entities {
			s = replaceEntities(s, round >= entityRounds)
		}
		s = fixEncoding(s)
		s = fixCharacters(s)
		s = removeTerminalEscapes(s)
		s = removeControls(s)
		s = ucd.PythonNFC.String(s)
		if s == before {
			break
		}
	}
	return s
}

// fixCharacters replaces C1 controls by what Windows-1252 has in their place, takes Latin ligatures apart, gives
// full and half width forms their usual width, straightens curly quotes and makes every line break \n.
func fixCharacters(s string) string {
	const carriageReturn, delete = '\r', 0x7f
	odd := strings.IndexFunc(s, func(r rune) bool { return r == carriageReturn || r > delete })
	if odd < 0 {
		return s
	}
	var b strings.Builder
	b.Grow(len(s))
	b.WriteString(s[:odd])
	for i, r := range s[odd:] {
		switch {
		case r == carriageReturn:
			if strings.HasPrefix(s[odd+i+1:], "\n") {
				continue
			}
			b.WriteByte('\n')
		case r <= delete:
			b.WriteByte(byte(r))
		default:
			writeFixed(&b, r)
		}
	}
	return b.String()
}

func writeFixed(b *strings.Builder, r rune) {
	if 0x80 <= r && r <= 0x9f {
		r = windows1252().decode[r]
	}
	switch {
	case r == '\u02bc' || '\u2018' <= r && r <= '\u201b':
		b.WriteByte('\'')
	case '\u201c' <= r && r <= '\u201f':
		b.WriteByte('"')
	case r == '\u2028' || r == '\u2029':
		b.WriteByte('\n')
	case r == '\u3000':
		b.WriteByte(' ')
	case '\uff01' <= r && r <= '\uffef':
		b.WriteString(ucd.PythonNFKC.String(string(r)))
	case r == 'ŉ': // its apostrophe is one of the curly quotes
		b.WriteString("'n")
	default:
		if letters, ok := ligatures[r]; ok {
			b.WriteString(letters)
			return
		}
		b.WriteRune(r)
	}
}

// ligatures of Latin letters, and digraphs that are one character for the sake of old encodings.
var ligatures = map[rune]string{
	'Ĳ': "IJ", 'ĳ': "ij",
	'Ǆ': "DŽ", 'ǅ': "Dž", 'ǆ': "dž", 'Ǉ': "LJ", 'ǈ': "Lj", 'ǉ': "lj", 'Ǌ': "NJ", 'ǋ': "Nj", 'ǌ': "nj",
	'Ǳ': "DZ", 'ǲ': "Dz", 'ǳ': "dz",
	'ﬀ': "ff", 'ﬁ': "fi", 'ﬂ': "fl", 'ﬃ': "ffi", 'ﬄ': "ffl", 'ﬅ': "ſt", 'ﬆ': "st",
}

// removeTerminalEscapes removes sequences such as ESC [ 1 ; 31 m.
func removeTerminalEscapes(s string) string {
	const start = "\x1b["
	at := strings.Index(s, start)
	if at < 0 {
		return s
	}
	var b strings.Builder
	for ; at >= 0; at = strings.Index(s, start) {
		rest := strings.TrimLeftFunc(s[at+len(start):], func(r rune) bool { return r == ';' || unicode.IsDigit(r) })
		if rest != "" && isASCIILetter(rune(rest[0])) {
			b.WriteString(s[:at])
			s = rest[1:]
			continue
		}
		b.WriteString(s[:at+len(start)])
		s = s[at+len(start):]
	}
	b.WriteString(s)
	return b.String()
}

// removeControls removes control characters without a visible effect; tabs, line feeds and form feeds stay, and
// so do C1 controls, joiners and direction marks.
func removeControls(s string) string {
	if strings.IndexFunc(s, isRemoved) < 0 {
		return s
	}
	return strings.Map(func(r rune) rune {
		if isRemoved(r) {
			return -1
		}
		return r
	}, s)
}

func isRemoved(r rune) bool {
	switch {
	case r < ' ':
		return r != '\t' && r != '\n' && r != '\f' && r != '\r'
	case r == 0x7f, r == '\ufeff':
		return true
	}
	return '\u206a' <= r && r <= '\u206f' || '\ufff9' <= r && r <= '\ufffc'
}

func isASCII(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

func isASCIILetter(r rune) bool {
	return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z'
}
