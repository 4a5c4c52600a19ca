package tokenizer

import (
	"unicode"
	"unicode/utf8"

	"github.com/soundspace/soundspace/internal/tokenizer/ucd"
)

// splitter is one step of a pre-tokenizer: it cuts a text into pieces, perhaps leaving out what is between them.
type splitter struct {
	// next returns the first piece of s that starts at the byte at or behind it; from == to == len(s) if there is
	// none. The next search starts at to.
	next func(s string, at int) (from, to int)
	// prefix puts a blank before a text that does not start with one.
	prefix bool
}

// The patterns of regular expressions that are known here, as they stand in tokenizer.json.
const (
	// gpt2Pattern cuts a text into words with the blank before them, numbers, runs of other characters and white
	// space, whose last blank belongs to the next word.
	gpt2Pattern = `'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`
	// clipPattern finds words, single digits and runs of other characters.
	clipPattern = `'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+`
)

// nextWhole takes everything as one piece.
func nextWhole(s string, _ int) (from, to int) { return 0, len(s) }

// nextGPT2 follows gpt2Pattern.
func nextGPT2(s string, at int) (from, to int) {
	if n := contraction(s[at:]); n > 0 {
		return at, at + n
	}
	start := at
	if s[at] == ' ' {
		start++
	}
	if start < len(s) {
		r, size := utf8.DecodeRuneInString(s[start:])
		if kind := onigKind(r); kind != spaceKind {
			return at, endOfRun(s, start+size, kind, onigKind)
		}
	}
	// White space: all but the last character of it, which goes to what follows; all of it at the end or if it
	// is one character.
	end, last := at, at
	for end < len(s) {
		r, size := utf8.DecodeRuneInString(s[end:])
		if !unicode.IsSpace(r) {
			break
		}
		last = end
		end += size
	}
	if end < len(s) && last > at {
		end = last
	}
	return at, end
}

// nextCLIP follows clipPattern.
func nextCLIP(s string, at int) (from, to int) {
	for at < len(s) {
		if n := contraction(s[at:]); n > 0 {
			return at, at + n
		}
		r, size := utf8.DecodeRuneInString(s[at:])
		switch kind := onigKind(r); kind {
		case spaceKind:
			at += size
		case numberKind:
			return at, at + size
		default:
			return at, endOfRun(s, at+size, kind, onigKind)
		}
	}
	return at, at
}

// contraction returns the length of an English ending with its apostrophe at the start of s.
func contraction(s string) int {
	if len(s) < 2 || s[0] != '\'' {
		return 0
	}
	switch s[1] {
	case 's', 't', 'm', 'd':
		return 2
	case 'r', 'v', 'l':
		if len(s) > 2 && (s[1] != 'l' && s[2] == 'e' || s[1] == 'l' && s[2] == 'l') {
			return 3
		}
	}
	return 0
}

// kind is how the patterns divide characters.
type kind uint8

const (
	otherKind kind = iota
	letterKind
	numberKind
	spaceKind
)

// onigKind is the kind of r for the patterns of tokenizer.json.
func onigKind(r rune) kind {
	if r < utf8.RuneSelf {
		return asciiKinds[r]
	}
	return kindIn(r, ucd.OnigLetter, ucd.OnigNumber)
}

func kindIn(r rune, letter, number *ucd.Class) kind {
	switch {
	case letter.Has(r):
		return letterKind
	case number.Has(r):
		return numberKind
	case unicode.IsSpace(r):
		return spaceKind
	}
	return otherKind
}

var asciiKinds = func() (kinds [utf8.RuneSelf]kind) {
	for r := range kinds {
		kinds[r] = kindIn(rune(r), ucd.OnigLetter, ucd.OnigNumber)
	}
	return kinds
}()

// endOfRun returns where the characters of one kind end that go on at s[at:].
func endOfRun(s string, at int, run kind, kindOf func(rune) kind) int {
	for at < len(s) {
		if c := s[at]; c < utf8.RuneSelf {
			if asciiKinds[c] != run {
				break
			}
			at++
			continue
		}
		r, size := utf8.DecodeRuneInString(s[at:])
		if kindOf(r) != run {
			break
		}
		at += size
	}
	return at
}

// nextBert cuts at white space and around every punctuation character.
func nextBert(s string, at int) (from, to int) {
	at = skipSpace(s, at)
	for i, r := range s[at:] {
		switch {
		case unicode.IsSpace(r):
			return at, at + i
		case ucd.BertPunct.Has(r):
			if i == 0 {
				return at, at + utf8.RuneLen(r)
			}
			return at, at + i
		}
	}
	return at, len(s)
}

// nextUnspaced cuts at white space.
func nextUnspaced(s string, at int) (from, to int) {
	at = skipSpace(s, at)
	for i, r := range s[at:] {
		if unicode.IsSpace(r) {
			return at, at + i
		}
	}
	return at, len(s)
}

// nextPunct cuts around every punctuation character.
func nextPunct(s string, at int) (from, to int) {
	for i, r := range s[at:] {
		if ucd.BertPunct.Has(r) {
			if i == 0 {
				return at, at + utf8.RuneLen(r)
			}
			return at, at + i
		}
	}
	return at, len(s)
}

// nextWord finds runs of word characters and of characters that are neither those nor white space: \w+|[^\w\s]+.
func nextWord(s string, at int) (from, to int) {
	at = skipSpace(s, at)
	word := false
	for i, r := range s[at:] {
		isWord := ucd.RustWord.Has(r)
		if i == 0 {
			word = isWord
		} else if isWord != word || unicode.IsSpace(r) {
			return at, at + i
		}
	}
	return at, len(s)
}

func skipSpace(s string, at int) int {
	for at < len(s) {
		r, size := utf8.DecodeRuneInString(s[at:])
		if !unicode.IsSpace(r) {
			break
		}
		at += size
	}
	return at
}
