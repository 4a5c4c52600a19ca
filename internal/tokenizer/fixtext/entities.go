package fixtext

import (
	"html"
	"strings"
	"unicode"
	"unicode/utf8"
)

// replaceEntities replaces HTML entities that end in a semicolon, also ones whose name was put into capitals
// (&EACUTE;). With deep set, &amp;amp;amp; becomes & at once.
func replaceEntities(s string, deep bool) string {
	at := strings.IndexByte(s, '&')
	if at < 0 {
		return s
	}
	var b strings.Builder
	b.Grow(len(s))
	for ; at >= 0; at = strings.IndexByte(s, '&') {
		b.WriteString(s[:at])
		s = s[at:]
		entity := entityAt(s)
		text, ok := entityText(entity)
		if !ok {
			b.WriteByte('&')
			s = s[1:]
			continue
		}
		b.WriteString(text)
		s = s[len(entity):]
		for deep && text == "&" && strings.HasPrefix(s, "amp;") {
			s = s[len("amp;"):]
		}
	}
	b.WriteString(s)
	return b.String()
}

// entityAt returns what at the start of s, which starts with "&", has the form of an entity:
// an optional #, 1 to 24 letters and digits and a semicolon.
func entityAt(s string) string {
	i := 1
	if i < len(s) && s[i] == '#' {
		i++
	}
	start := i
	for i < len(s) && i-start < 24 && isAlphanumeric(s[i]) {
		i++
	}
	if i == start || i == len(s) || s[i] != ';' {
		return ""
	}
	return s[:i+1]
}

func isAlphanumeric(c byte) bool {
	return '0' <= c && c <= '9' || isASCIILetter(rune(c))
}

func entityText(entity string) (string, bool) {
	if entity == "" {
		return "", false
	}
	if entity[1] == '#' {
		text := Unescape(entity)
		return text, !strings.Contains(text, ";")
	}
	name := entity[1:]
	if text, ok := namedEntity(name); ok {
		return text, true
	}
	// A name in capitals counts if the name in small letters exists and nothing in HTML claims the capitals.
	if name != strings.ToUpper(name) || Unescape(entity) != entity {
		return "", false
	}
	text, ok := namedEntity(strings.ToLower(name))
	return upper(text), ok
}

// upper is Python's str.upper for what named entities stand for.
func upper(s string) string {
	switch s {
	case "ß":
		return "SS"
	case "ŉ":
		return "ʼN"
	case "ﬀ", "ﬁ", "ﬂ", "ﬃ", "ﬄ":
		return strings.ToUpper(ligatures[[]rune(s)[0]])
	}
	return strings.ToUpper(s)
}

// namedEntity looks up a name of the HTML standard, which ends in a semicolon but for the oldest ones.
// The table is that of package html, whose function replaces a known beginning of an unknown name, too: then the
// end of the name stays behind. Two names are missing there.
func namedEntity(name string) (string, bool) {
	switch name {
	case "semi;":
		return ";", true
	case "nGt;":
		return "\u226b\u20d2", true
	case "nLt;":
		return "\u226a\u20d2", true
	}
	if name == "" || !isAlphanumeric(name[0]) {
		return "", false
	}
	text := html.UnescapeString("&" + name)
	return text, text[len(text)-1] != name[len(name)-1]
}

// Unescape replaces character references as Python's html.unescape does: also ones without a semicolon, and the
// longest known beginning of an unknown name.
func Unescape(s string) string {
	at := strings.IndexByte(s, '&')
	if at < 0 {
		return s
	}
	var b strings.Builder
	b.Grow(len(s))
	for ; at >= 0; at = strings.IndexByte(s, '&') {
		b.WriteString(s[:at])
		s = s[at+1:]
		if strings.HasPrefix(s, "#") {
			s = writeNumeric(&b, s)
		} else {
			s = writeNamed(&b, s)
		}
	}
	b.WriteString(s)
	return b.String()
}

// writeNumeric replaces the reference whose text after "&" starts s and returns the rest of s.
func writeNumeric(b *strings.Builder, s string) string {
	i, base := 1, 10
	if strings.HasPrefix(s[1:], "x") || strings.HasPrefix(s[1:], "X") {
		i, base = 2, 16
	}
	start, n := i, 0
	for ; i < len(s); i++ {
		d := digit(s[i])
		if d >= base {
			break
		}
		n = min(n*base+d, unicode.MaxRune+1)
	}
	if i == start {
		b.WriteByte('&')
		return s
	}
	if strings.HasPrefix(s[i:], ";") {
		i++
	}
	switch r := rune(n); {
	case r == 0 || 0xd800 <= r && r <= 0xdfff || r > unicode.MaxRune:
		b.WriteRune(utf8.RuneError)
	case 0x80 <= r && r <= 0x9f:
		b.WriteRune(windows1252().decode[r])
	case r == '\r' || !isInvalidReference(r):
		b.WriteRune(r)
	}
	return s[i:]
}

func digit(c byte) int {
	switch {
	case '0' <= c && c <= '9':
		return int(c - '0')
	case 'a' <= c|0x20 && c|0x20 <= 'f':
		return int(c|0x20-'a') + 10
	}
	return 16
}

// isInvalidReference reports the control characters and noncharacters to which a reference must not point.
func isInvalidReference(r rune) bool {
	return 0 < r && r < ' ' && r != '\t' && r != '\n' && r != '\f' || r == 0x7f ||
		'\ufdd0' <= r && r <= '\ufdef' || r&0xfffe == 0xfffe
}

// writeNamed replaces the reference whose text after "&" starts s and returns the rest of s.
func writeNamed(b *strings.Builder, s string) string {
	const maxRunes = 32
	end, n := 0, 0
	for i, r := range s {
		if end = i; n == maxRunes || strings.ContainsRune("\t\n\f <&#;", r) {
			break
		}
		n++
		end = len(s)
	}
	if n == 0 {
		b.WriteByte('&')
		return s
	}
	name, rest := s[:end], s[end:]
	if strings.HasPrefix(rest, ";") {
		name, rest = s[:end+1], s[end+1:]
	}
	// No name goes on behind a character that is not a letter or a digit.
	longest := 0
	for longest < len(name) && isAlphanumeric(name[longest]) {
		longest++
	}
	if strings.HasPrefix(name[longest:], ";") {
		longest++
	}
	for k := longest; k > 1; k-- {
		if text, ok := namedEntity(name[:k]); ok {
			b.WriteString(text)
			b.WriteString(name[k:])
			return rest
		}
	}
	b.WriteByte('&')
	b.WriteString(name)
	return rest
}
