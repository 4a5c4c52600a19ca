package ucd

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// LowerRust maps each character of s to lower case as tokenizers' Lowercase does: one by one, so Σ is always σ,
// and İ becomes i and U+0307.
func LowerRust(s string) string {
	return lower(s, func(b *strings.Builder, r rune, _ int) {
		if to, ok := rustLower[r]; ok {
			b.WriteRune(to)
			return
		}
		writeLower(b, r)
	})
}

// LowerPython maps s to lower case as Python's str.lower does: like LowerRust, but Σ at the end of a word is ς.
func LowerPython(s string) string {
	return lower(s, func(b *strings.Builder, r rune, at int) {
		if r == 'Σ' && endsWord(s, at) {
			b.WriteRune('ς')
			return
		}
		writeLower(b, r)
	})
}

func writeLower(b *strings.Builder, r rune) {
	if r == 'İ' {
		b.WriteString("i\u0307")
		return
	}
	b.WriteRune(unicode.ToLower(r))
}

// lower maps ASCII itself and leaves every other character, at its byte offset, to write.
func lower(s string, write func(b *strings.Builder, r rune, at int)) string {
	at := 0
	for at < len(s) && s[at] < utf8.RuneSelf && (s[at] < 'A' || s[at] > 'Z') {
		at++
	}
	if at == len(s) {
		return s
	}
	var b strings.Builder
	b.Grow(len(s))
	b.WriteString(s[:at])
	for at < len(s) {
		c := s[at]
		if c < utf8.RuneSelf {
			if 'A' <= c && c <= 'Z' {
				c += 'a' - 'A'
			}
			b.WriteByte(c)
			at++
			continue
		}
		r, size := utf8.DecodeRuneInString(s[at:])
		write(&b, r, at)
		at += size
	}
	return b.String()
}

// endsWord is the condition Final_Sigma of the Unicode standard (section 3.13) for the Σ at s[at]: a cased letter
// comes before it and none after it, with case-ignorable characters passed over.
func endsWord(s string, at int) bool {
	before := false
	for i := at; i > 0; {
		r, size := utf8.DecodeLastRuneInString(s[:i])
		if i -= size; !caseIgnorable(r) {
			before = cased(r)
			break
		}
	}
	if !before {
		return false
	}
	for _, r := range s[at+len("Σ"):] {
		if !caseIgnorable(r) {
			return !cased(r)
		}
	}
	return true
}

func cased(r rune) bool {
	return unicode.In(r, unicode.Lu, unicode.Ll, unicode.Lt, unicode.Other_Uppercase, unicode.Other_Lowercase)
}

// caseIgnorable is the property Case_Ignorable: marks, format characters, modifiers and the punctuation that may
// stand inside a word (Word_Break MidLetter, MidNumLet and Single_Quote).
func caseIgnorable(r rune) bool {
	return unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf, unicode.Lm, unicode.Sk) ||
		strings.ContainsRune("'.:\u00b7\u0387\u055f\u05f4\u2018\u2019\u2024\u2027\ufe13\ufe52\ufe55\uff07\uff0e\uff1a", r)
}
