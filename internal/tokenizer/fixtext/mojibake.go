package fixtext

import (
	"bytes"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
)

// encoding is a one-byte encoding that UTF-8 is often mistaken for.
type encoding struct {
	decode [256]rune
	encode map[rune]byte
	// sloppy encodings give bytes without a meaning the character of the same number, and have byte 1A stand
	// for U+FFFD, a byte that was lost.
	sloppy bool
	// exactSpaces is set where a space must not be taken for a no-break space, byte A0 of the other encodings.
	exactSpaces bool
}

func newEncoding(table *charmap.Charmap, sloppy bool) *encoding {
	e := &encoding{sloppy: sloppy, encode: make(map[rune]byte, 256)}
	for b := range e.decode {
		r := table.DecodeByte(byte(b))
		if r == utf8.RuneError {
			r = rune(b)
		}
		if sloppy && b == lost {
			r = utf8.RuneError
		}
		e.decode[b] = r
		e.encode[r] = byte(b)
	}
	return e
}

// lost is the byte that stands for a lost one.
const lost = 0x1a

// encodings in the order in which they are tried.
var encodings = sync.OnceValue(func() []*encoding {
	macRoman := newEncoding(charmap.Macintosh, false)
	macRoman.exactSpaces = true
	return []*encoding{
		newEncoding(charmap.ISO8859_1, false),
		newEncoding(charmap.Windows1252, true),
		newEncoding(charmap.Windows1251, true),
		newEncoding(charmap.Windows1250, true),
		newEncoding(charmap.Windows1253, true),
		newEncoding(charmap.Windows1254, true),
		newEncoding(charmap.Windows1257, true),
		newEncoding(charmap.ISO8859_2, false),
		macRoman,
		newEncoding(charmap.CodePage437, false),
	}
})

func windows1252() *encoding { return encodings()[1] }

// bytes returns text in the encoding; false if it has characters that the encoding has not.
func (e *encoding) bytes(text []rune) ([]byte, bool) {
	out := make([]byte, len(text))
	for i, r := range text {
		if r < utf8.RuneSelf && r != lost {
			out[i] = byte(r)
			continue
		}
		b, ok := e.encode[r]
		if !ok {
			return nil, false
		}
		out[i] = b
	}
	return out, true
}

// fixEncoding repairs mojibake until there is none that it can repair.
func fixEncoding(s string) string {
	for range maxRounds {
		fixed := fixEncodingOnce(s)
		if fixed == s {
			break
		}
		s = fixed
	}
	return s
}

func fixEncodingOnce(s string) string {
	if isASCII(s) {
		return s
	}
	text := []rune(s)
	if !isBad(text) {
		return s
	}
	for _, e := range encodings() {
		if encoded, ok := e.bytes(text); ok {
			if decoded, ok := e.readAsUTF8(encoded); ok {
				return decoded
			}
		}
	}
	if fixed := fixEmbedded(text); fixed != s {
		return fixed
	}
	if fixed, ok := latin1AsWindows1252(text); ok && fixed != s {
		return fixed
	}
	return strings.Map(func(r rune) rune {
		if 0x80 <= r && r <= 0x9f {
			return windows1252().decode[r]
		}
		return r
	}, s)
}

// readAsUTF8 decodes bytes that are UTF-8 but for no-break spaces that became spaces and bytes that were lost.
func (e *encoding) readAsUTF8(b []byte) (string, bool) {
	if !e.exactSpaces {
		b = restoreNoBreakSpaces(b)
	}
	if e.sloppy {
		b = replaceLost(b)
	}
	if bytes.IndexByte(b, 0xed) >= 0 || bytes.IndexByte(b, 0xc0) >= 0 {
		return decodeVariants(b)
	}
	return string(b), utf8.Valid(b)
}

// decodeVariants decodes UTF-8, CESU-8 (a character above U+FFFF as two surrogates of three bytes each) and Java's
// two-byte NUL. The reference takes a line feed that ends the text for the last byte of either; so does this.
func decodeVariants(b []byte) (string, bool) {
	var out []byte
	for len(b) > 0 {
		switch {
		case len(b) >= 2 && b[0] == 0xc0 && (b[1] == 0x80 || len(b) == 2 && b[1] == '\n'):
			out = append(out, 0)
			b = b[2:]
		case len(b) >= 6 && b[0] == 0xed && b[1]&0xf0 == 0xa0 && isContinuation(b[2]) &&
			b[3] == 0xed && b[4]&0xf0 == 0xb0 && (isContinuation(b[5]) || len(b) == 6 && b[5] == '\n'):
			r := rune(b[1]&0x0f)<<16 + rune(b[2]&0x3f)<<10 + rune(b[4]&0x0f)<<6 + rune(b[5]&0x3f) + 0x10000
			out = utf8.AppendRune(out, r)
			b = b[6:]
		default:
			r, size := utf8.DecodeRune(b)
			if r == utf8.RuneError && size == 1 {
				return "", false
			}
			out = append(out, b[:size]...)
			b = b[size:]
		}
	}
	return string(out), true
}

func isContinuation(b byte) bool { return b&0xc0 == 0x80 }

// restoreNoBreakSpaces turns a space back into byte A0 where that completes a likely UTF-8 sequence. Byte C3 and a
// space is the word "à" with its own space lost, but for some Portuguese words.
func restoreNoBreakSpaces(b []byte) []byte {
	if bytes.IndexByte(b, ' ') < 0 {
		return b
	}
	out := make([]byte, 0, len(b)+8)
	for len(b) > 0 {
		n := alteredSequence(b)
		if n == 0 {
			out = append(out, b[0])
			b = b[1:]
			continue
		}
		for _, c := range b[:n] {
			if c == ' ' {
				c = 0xa0
			}
			out = append(out, c)
		}
		if b[0] == 0xc3 && isLoneA(b) {
			out = append(out, ' ')
		}
		b = b[n:]
	}
	return out
}

// isLoneA reports whether b, which starts with C3 and a space, is followed by another word.
func isLoneA(b []byte) bool {
	rest := b[2:]
	for _, ending := range []string{" ", "quele", "quela", "quilo", "s "} {
		if bytes.HasPrefix(rest, []byte(ending)) {
			return false
		}
	}
	return true
}

// alteredSequence returns the length of a UTF-8 sequence at the start of b one of whose A0 bytes is a space.
func alteredSequence(b []byte) int {
	// inner bytes of a sequence: 85 and A0 would make unlikely characters.
	inner := func(c byte) bool { return isContinuation(c) && c != 0x85 && c != 0xa0 }
	at := func(i int) byte {
		if i < len(b) {
			return b[i]
		}
		return 0
	}
	b1, b2, b3 := at(1), at(2), at(3)
	switch c := b[0]; c {
	case 0xc2, 0xc3, 0xc5, 0xce, 0xd0, 0xd9:
		if b1 == ' ' {
			return 2
		}
	case 0xe0, 0xe1, 0xe2, 0xe3:
		if b1 == ' ' && inner(b2) && c >= 0xe2 || inner(b1) && b2 == ' ' {
			return 3
		}
	case 0xf0:
		if b1 == ' ' && isContinuation(b2) && isContinuation(b3) ||
			isContinuation(b1) && b2 == ' ' && isContinuation(b3) ||
			isContinuation(b1) && isContinuation(b2) && b3 == ' ' {
			return 4
		}
	}
	return 0
}

// replaceLost makes each UTF-8 sequence with lost bytes, and each lost byte beside, a U+FFFD. At most one of the
// bytes of a sequence may also be a question mark.
func replaceLost(b []byte) []byte {
	if bytes.IndexByte(b, lost) < 0 && bytes.IndexByte(b, '?') < 0 {
		return b
	}
	out := make([]byte, 0, len(b)+8)
	for len(b) > 0 {
		if n := lostSequence(b); n > 0 {
			out = utf8.AppendRune(out, utf8.RuneError)
			b = b[n:]
			continue
		}
		out = append(out, b[0])
		b = b[1:]
	}
	return out
}

// lostSequence returns the length of a UTF-8 or CESU-8 sequence with lost bytes at the start of b.
func lostSequence(b []byte) int {
	gone := func(i int) bool { return i < len(b) && (b[i] == lost || b[i] == '?') }
	either := func(i int) bool { return i < len(b) && (b[i] == lost || isContinuation(b[i])) }
	between := func(i int, low, high byte) bool { return i < len(b) && low <= b[i] && b[i] <= high }
	switch c := b[0]; {
	case c == lost:
		return 1
	case 0xc2 <= c && c <= 0xdf:
		if len(b) > 1 && (b[1] == lost || b[1] == '?' && c <= 0xc3) {
			return 2
		}
	case 0xe0 <= c && c <= 0xef:
		if c == 0xed && between(1, 0xa0, 0xaf) && between(3, 0xed, 0xed) && between(4, 0xb0, 0xbf) &&
			(gone(2) && (gone(5) || either(5)) || either(2) && gone(5)) {
			return 6
		}
		if gone(1) && either(2) || either(1) && gone(2) {
			return 3
		}
	case 0xf0 <= c && c <= 0xf4:
		if gone(1) && either(2) && either(3) || either(1) && gone(2) && either(3) || either(1) && either(2) && gone(3) {
			return 4
		}
	}
	return 0
}

// latin1AsWindows1252 reads Latin-1 text with C1 controls as the Windows-1252 it must have been.
func latin1AsWindows1252(text []rune) (string, bool) {
	out := make([]rune, len(text))
	for i, r := range text {
		if r > 0xff {
			return "", false
		}
		if out[i] = windows1252().decode[r]; 0x80 <= r && r <= 0x9f && out[i] == r {
			return "", false
		}
		if r == lost {
			out[i] = lost
		}
	}
	return string(out), true
}

// The characters that the bytes of UTF-8 sequences become in Latin-1 and the Windows encodings, a no-break space
// also as a space.
const (
	firstOf2 = "Â-ßĀĂĆČĎĐĒĖĘĚĞĢĪİĶĹĻŁŃŅŇŌŐŘŚŞŠŢŪŮŰŲŹŻŽΒ-ΡΣ-ίВ-Я"
	firstOf3 = "à-ïāăąćčďēėęěģīįķĺļŕźΰ-οа-п"
	firstOf4 = "ðóđğšπσру"
	// notAlone are those continuation bytes that do not stand for themselves beside mojibake.
	notAlone     = "\u0080-\u00bfÆØæøĄąĽľŁłŒœŖŗŚśŞ-šŤťŸ-žƒˆˇ˘˛-˝΄-ΆΈ-ΊΌΎΏЁ-ЌЎЏё-ќўџҐґ†‡‰‹›€№™"
	continuation = notAlone + " –-―‘-‚“-„•…"
)

// sequences finds what looks like UTF-8 read in another encoding.
type sequences struct {
	length           map[rune]int // of the sequence that a character begins
	follow, notAlone map[rune]bool
}

var embedded = sync.OnceValue(func() *sequences {
	q := &sequences{map[rune]int{}, map[rune]bool{}, map[rune]bool{}}
	for n, first := range []string{2: firstOf2, 3: firstOf3, 4: firstOf4} {
		for _, r := range expand(first) {
			q.length[r] = n
		}
	}
	for _, r := range expand(continuation) {
		q.follow[r] = true
	}
	for _, r := range expand(notAlone) {
		q.notAlone[r] = true
	}
	return q
})

// at returns the length of the run of sequences that starts at text[i].
func (q *sequences) at(text []rune, i int) int {
	if i > 0 && q.notAlone[text[i-1]] {
		return 0
	}
	end := i
	for end < len(text) {
		n := q.length[text[end]]
		if n == 0 || end+n > len(text) || slices.ContainsFunc(text[end+1:end+n], func(r rune) bool { return !q.follow[r] }) {
			break
		}
		end += n
	}
	return end - i
}

// fixEmbedded repairs those parts of text that are mojibake by themselves.
func fixEmbedded(text []rune) string {
	q := embedded()
	var b strings.Builder
	for i := 0; i < len(text); {
		n := q.at(text, i)
		if n == 0 {
			b.WriteRune(text[i])
			i++
			continue
		}
		part := text[i : i+n]
		// A part as long as the whole would be tried again and again.
		if n < len(text) && isBad(part) {
			b.WriteString(fixEncoding(string(part)))
		} else {
			b.WriteString(string(part))
		}
		i += n
	}
	return b.String()
}
